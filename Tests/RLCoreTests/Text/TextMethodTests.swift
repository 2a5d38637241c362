import Schema
import Testing

@testable import RLCore

/// A small world of letters, in which everything can be said about everything.
enum Letters {
  static let tokenizer = try! Tokenizer(characters: "abcd.")

  /// With some taste of its own, so that responses differ in likelihood.
  static func model(seed: UInt64 = 4, context: Int = 24) throws -> LanguageModel {
    var source = RandomSource(seed: seed)
    var model = LanguageModel(
      try LanguageModelShape(
        vocabulary: tokenizer.vocabulary, layers: 1, heads: 2, width: 16, context: context),
      using: &source)
    for index in model.layout.embedding.places {
      model.weights[index] += Float(source.normal() * 0.2)
    }
    return model
  }

  static let plan = try! TextPlan(prompts: ["b", "cd"], tokens: 10, stop: ["."])

  /// How much of it is the letter a.
  static func taste(_ text: String) -> Double {
    Double(text.count { $0 == "a" }) / Double(max(text.count, 1))
  }

  static func liking(_ sign: Double) -> TextReward {
    { responses in responses.map { sign * taste($0.text) } }
  }

  static func responses(of model: LanguageModel, count: Int, seed: UInt64) throws -> [TextResponse]
  {
    let prompts = (0..<count).map { plan.prompts[$0 / 2 % 2] }
    let encoded = try prompts.map { try tokenizer.encode($0) }
    let source = RandomSource(seed: seed)
    let generator = Generator(
      model, tokenizer: tokenizer, prompts: encoded,
      sampling: try Sampling(tokens: plan.tokens, stop: plan.stop),
      streams: prompts.indices.map { source.split("response", $0) })
    return try zip(zip(prompts, encoded), generator.finish()).map { prompt, completion in
      try TextResponse(prompt: prompt.0, promptTokens: prompt.1, completion: completion)
    }
  }

  static func score(of model: LanguageModel) throws -> Double {
    mean(try responses(of: model, count: 256, seed: 99).map { taste($0.text) })
  }

  /// Comparisons by taste, or by its opposite.
  static func comparisons(_ count: Int, sign: Double = 1, seed: UInt64 = 5) throws -> [TextFeedback]
  {
    let drawn = try responses(of: model(), count: 2 * count, seed: seed)
    return (0..<count).map { index in
      let (left, right) = (drawn[2 * index], drawn[2 * index + 1])
      let margin = sign * (taste(left.text) - taste(right.text))
      return .comparison(
        id: index + 1, left: left, right: right,
        choice: margin == 0 ? .equal : margin > 0 ? .left : .right)
    }
  }

  static func coaching(_ method: String, _ settings: Settings = [:]) throws -> TextCoaching {
    var given = settings
    let parameters = try TextMethods.named(method).declaration.parameters.map(\.name)
    // So that a few iterations are enough.
    for name in ["learning_rate", "reward_learning_rate"]
    where parameters.contains(name) && given[name] == nil {
      given[name] = 4e-3
    }
    if parameters.contains("minibatch_size"), given["batch_size"] == nil {
      (given["batch_size"], given["minibatch_size"]) = (32, 16)
    }
    return try TextCoaching(
      model(), tokenizer: tokenizer, method: method, settings: given, seed: 11)
  }
}

extension TextTrainer {
  /// Pulled to its end.
  func finished() throws -> (coaching: TextCoaching, end: End, reports: [TextReport]) {
    var (trainer, reports) = (self, [TextReport]())
    while true {
      switch try trainer.advance() {
      case .working(let share): #expect((0...1).contains(share))
      case .iterated(let report): reports.append(report)
      case .finished(let end): return (trainer.coaching, end, reports)
      }
    }
  }
}

struct TextMethodTests {
  static let sampling = ["ppo", "rloo", "grpo"]
  static let answering = ["dpo", "ipo", "kto"]

  @Test(
    "a method that samples learns what is rewarded, and the opposite where that is",
    arguments: sampling, [1.0, -1])
  func learnsReward(method: String, sign: Double) throws {
    let coaching = try Letters.coaching(method)
    let trainer = try TextTrainer(
      training: coaching, steps: 12, plan: Letters.plan, reward: Letters.liking(sign))
    let result = try trainer.finished()
    let (before, after) = (
      try Letters.score(of: coaching.model), try Letters.score(of: result.coaching.model)
    )
    #expect(sign * (after - before) > 0.08, "\(before) to \(after)")
    let last = try #require(result.reports.last)
    #expect(result.end.reason == .goal && last.kl > 0.2 && last.iteration == 12)
  }

  @Test(
    "a method that learns from answers learns what is said, and the opposite where that is",
    arguments: answering, [1.0, -1])
  func learnsAnswers(method: String, sign: Double) throws {
    var coaching = try Letters.coaching(method)
    for answer in try Letters.comparisons(120, sign: sign) { try coaching.receive(answer) }
    let result = try TextTrainer(learning: coaching).finished()
    let (before, after) = (
      try Letters.score(of: coaching.model), try Letters.score(of: result.coaching.model)
    )
    #expect(sign * (after - before) > 0.08, "\(before) to \(after)")
    #expect(result.reports.count == 3)
    #expect(try #require(result.reports.last?.accuracy) > 0.6)
    let measured = try #require(result.end.report)
    #expect(measured.kl > 0 && measured.entropy > 0 && !measured.sample.isEmpty)
  }

  @Test("single ratings teach as comparisons do")
  func ratings() throws {
    let drawn = try Letters.responses(of: Letters.model(), count: 120, seed: 8)
    for method in ["kto", "reward_model"] {
      var coaching = try Letters.coaching(method)
      for (index, response) in drawn.enumerated() {
        let value = Letters.taste(response.text) > 0.25 ? 1.0 : -1
        try coaching.receive(.rating(id: index, response, value: value))
      }
      let result = try TextTrainer(learning: coaching).finished()
      #expect(try #require(result.coaching.judge().accuracy) > 0.6, "\(method)")
    }
  }

  @Test("a reward model from comparisons tells responses apart, and PPO climbs it")
  func learnedReward() throws {
    var coaching = try Letters.coaching(
      "ppo", ["reward_epochs": 5, "members": 2])
    for answer in try Letters.comparisons(200) { try coaching.receive(answer) }
    coaching = try TextTrainer(learning: coaching).finished().coaching
    let card = try coaching.judge()
    #expect(card.heldOut > 10 && card.accuracy! > 0.7, "\(card)")
    let result = try TextTrainer(
      training: coaching, steps: 10, plan: Letters.plan, judge: Letters.liking(1)
    ).finished()
    let (first, last) = (result.reports[0], result.reports[9])
    #expect(last.reward! > first.reward! + 0.3 && last.trueReward! > first.trueReward!)
    #expect(first.spread! > 0)
  }

  @Test("the best of n is chosen by the reward, and no weight is changed")
  func bestOfN() throws {
    let coaching = try Letters.coaching("best_of_n", ["num_generations": 4, "batch_size": 64])
    let result = try TextTrainer(
      training: coaching, steps: 1, plan: Letters.plan, reward: Letters.liking(1)
    ).finished()
    #expect(result.coaching.policy.weights == coaching.policy.weights)
    #expect(result.reports[0].reward! > (try Letters.score(of: coaching.model)) + 0.1)
    #expect(abs(result.reports[0].kl - 0.6363) < 1e-4)
    #expect(BestOfN.best([1, 3, 3, 2]) == 1)
  }

  @Test(
    "the divergence is 0 and no ratio is clipped before anything was learned", arguments: sampling)
  func beginsAtReference(method: String) throws {
    let coaching = try Letters.coaching(
      method, ["batch_size": 16, "minibatch_size": 16, "n_epochs": 1])
    let result = try TextTrainer(
      training: coaching, steps: 3, plan: Letters.plan, reward: Letters.liking(1)
    ).finished()
    #expect(result.reports[0].kl == 0 && result.reports[0].klError == 0)
    #expect(result.reports[0].clipFraction == 0)
    #expect(result.reports.allSatisfy { $0.kl > -0.1 })
  }

  @Test(
    "learning from pairs ends where the policy would be too far, at the last look within",
    arguments: ["dpo", "ipo"])
  func lessonEndsByDivergence(method: String) throws {
    func learned(_ target: Setting) throws -> (coaching: TextCoaching, end: TextTrainer.End) {
      var coaching = try Letters.coaching(
        method, ["kl_target": target, "learning_rate": 3e-3, "n_epochs": 10])
      for answer in try Letters.comparisons(40) { try coaching.receive(answer) }
      let result = try TextTrainer(learning: coaching).finished()
      return (result.coaching, result.end)
    }
    let free = try learned("none").end
    let kl = try #require(free.report).kl
    #expect(free.reason == .goal && kl > 0.5)
    let bound = try learned(.real(kl / 2))
    #expect(bound.end.reason == .divergence && bound.coaching.pending.isEmpty)
    #expect(try #require(bound.end.report).klUpperBound <= kl / 2)
  }

  @Test("training ends before the divergence goes beyond its target, and stays there")
  func stopsByDivergence() throws {
    let coaching = try Letters.coaching("rloo", ["kl_target": 1.0, "learning_rate": 3e-3])
    let reward = Letters.liking(1)
    let result = try TextTrainer(
      training: coaching, steps: 60, plan: Letters.plan, reward: reward
    ).finished()
    #expect(result.end.reason == .divergence && result.reports.count < 60)
    #expect(try #require(result.end.report).klUpperBound <= 1)
    #expect(result.end.report == result.reports.last)
    let again = try TextTrainer(
      training: result.coaching, steps: 5, plan: Letters.plan, reward: reward
    ).finished()
    #expect(again.end.reason == .divergence && again.reports.isEmpty)
    #expect(again.coaching.archive == result.coaching.archive)
    var further = result.coaching
    try further.coach(method: "rloo", settings: ["kl_target": 2.0])
    let measured = try TextTrainer(
      training: further, steps: 0, plan: Letters.plan, reward: reward
    ).finished()
    #expect(measured.end.report!.kl < 1)
  }

  @Test("an adaptive coefficient rises while the divergence is above its target")
  func adapts() throws {
    let coaching = try Letters.coaching(
      "ppo", ["kl_target": 0.05, "adaptive_kl": true, "kl_horizon": 100.0])
    let result = try TextTrainer(
      training: coaching, steps: 10, plan: Letters.plan, reward: Letters.liking(1)
    ).finished()
    #expect(result.reports.count == 10)
    let coefficients = result.reports.map(\.klCoefficient)
    #expect(coefficients[1] < coefficients[0] && coefficients[9] > coefficients[3])
  }

  @Test("methods, prompts and rewards that mean nothing are refused with the reason")
  func refusals() throws {
    #expect(throws: CoreError.self) { try Letters.coaching("pop") }
    #expect(throws: CoreError.self) { try Letters.coaching("dpo", ["kl_coef": 1]) }
    #expect(throws: CoreError.self) { try TextPlan(prompts: [], tokens: 3) }
    let coaching = try Letters.coaching("ppo")
    let plan = try TextPlan(prompts: ["abcd"], tokens: 21)
    let long = #expect(throws: CoreError.self) {
      try TextTrainer(training: coaching, steps: 1, plan: plan, reward: Letters.liking(1))
    }
    #expect(long?.description.contains("context of 24") == true)
    #expect(throws: CoreError.self) {
      try TextTrainer(training: coaching, steps: 1, plan: Letters.plan)
    }
    var trainer = try TextTrainer(
      training: coaching, steps: 1, plan: Letters.plan, reward: { $0.map { _ in .nan } })
    #expect(throws: CoreError.self) { while true { _ = try trainer.advance() } }
    #expect(trainer.coaching.archive == coaching.archive)
    var dpo = try Letters.coaching("dpo")
    #expect(throws: CoreError.self) {
      try TextTrainer(training: dpo, steps: 1, plan: Letters.plan, reward: Letters.liking(1))
    }
    let response = try TextResponse(
      prompt: "b", text: "aa", tokenizer: Letters.tokenizer, stop: ".")
    #expect(response.tokens.count == 3 && response.ended)
    try dpo.receive(.rating(id: 1, response, value: 1))
    #expect(throws: CoreError.self) { try TextTrainer(learning: dpo) }
    #expect(throws: CoreError.self) { try dpo.judge() }
  }
}

import Testing

@testable import RLCore

struct TextCoachingTests {
  static var reward: TextReward { Letters.liking(1) }

  static func trained(
    _ coaching: TextCoaching, steps: Int, pool: ThreadPool? = nil, learned: Bool = false
  ) throws -> TextCoaching {
    try TextTrainer(
      training: coaching, steps: steps, plan: Letters.plan, reward: learned ? nil : reward,
      pool: pool
    ).finished().coaching
  }

  static func learned(_ coaching: TextCoaching, pool: ThreadPool? = nil) throws -> TextCoaching {
    try TextTrainer(learning: coaching, pool: pool).finished().coaching
  }

  @Test(
    "so many iterations, saved, loaded and continued on other threads are as many without a stop",
    arguments: TextMethodTests.sampling)
  func continues(method: String) throws {
    let coaching = try Letters.coaching(method, ["kl_target": 50])
    let whole = try Self.trained(coaching, steps: 5)
    let half = try Self.trained(coaching, steps: 2)
    let loaded = try TextCoaching(from: half.archive)
    #expect(loaded.archive == half.archive)
    let pool = ThreadPool(threads: 2)
    let rest = try Self.trained(loaded, steps: 3, pool: pool)
    #expect(rest.archive == whole.archive)
    #expect(rest.reports == whole.reports && rest.reports.count == 5)
  }

  @Test("training left in the middle of an iteration goes on with the same bits")
  func leftInTheMiddle() throws {
    let coaching = try Letters.coaching("ppo")
    let whole = try Self.trained(coaching, steps: 3)
    var trainer = try TextTrainer(
      training: coaching, steps: 3, plan: Letters.plan, reward: Self.reward)
    var iterations = 0
    while iterations < 2 {
      if case .iterated = try trainer.advance() { iterations += 1 }
    }
    for _ in 0..<14 { _ = try trainer.advance() }
    #expect(trainer.coaching.steps == 2)
    let rest = try Self.trained(TextCoaching(from: trainer.coaching.archive), steps: 1)
    #expect(rest.archive == whole.archive)
  }

  @Test("learning from answers, left in the middle, saved and continued, ends with the same bits")
  func lessonLeftInTheMiddle() throws {
    for method in ["dpo", "reward_model"] {
      var coaching = try Letters.coaching(method, method == "dpo" ? [:] : ["members": 2])
      for answer in try Letters.comparisons(40) { try coaching.receive(answer) }
      let whole = try Self.learned(coaching)
      var trainer = try TextTrainer(learning: coaching)
      for _ in 0..<(method == "dpo" ? 8 : 22) { _ = try trainer.advance() }
      let half = trainer.coaching
      #expect(half.learnedCount == 0 && half.policy.weights == coaching.policy.weights)
      let pool = ThreadPool(threads: 2)
      let rest = try Self.learned(TextCoaching(from: half.archive), pool: pool)
      #expect(rest.archive == whole.archive, "\(method)")
      let nothing = try TextTrainer(learning: whole).finished()
      #expect(nothing.end.reason == .nothingNew && nothing.coaching.archive == whole.archive)
    }
  }

  @Test("an answer taken back leaves what would be had it never been given, training and all")
  func retracts() throws {
    let answers = try Letters.comparisons(30)
    func story(without missing: Int?) throws -> TextCoaching {
      var coaching = try Letters.coaching("rloo", ["reward_epochs": 1])
      for answer in answers.prefix(20) where answer.id != missing { try coaching.receive(answer) }
      coaching = try Self.learned(coaching)
      coaching = try Self.trained(coaching, steps: 2, learned: true)
      for answer in answers.dropFirst(20) where answer.id != missing {
        try coaching.receive(answer)
      }
      coaching = try Self.learned(coaching)
      return try Self.trained(coaching, steps: 1, learned: true)
    }
    let told = try TextCoaching(from: story(without: nil).archive)
    for id in [3, 25] {
      #expect(told.cost(without: id) == (id == 3 ? 3 : 1))
      let result = try TextTrainer(retracting: id, from: told).finished()
      #expect(result.coaching.archive == (try story(without: id)).archive, "\(id)")
    }
    #expect(throws: CoreError.self) { try TextTrainer(retracting: 99, from: told) }
  }

  @Test("what was said but not learned is forgotten at once; what was learned is not")
  func forgets() throws {
    let answers = try Letters.comparisons(8)
    var coaching = try Letters.coaching("dpo")
    for answer in answers.prefix(6) { try coaching.receive(answer) }
    let before = coaching
    try coaching.receive(answers[6])
    #expect(coaching.pending.count == 7 && coaching.forget(7))
    #expect(coaching.archive == before.archive)
    coaching = try Self.learned(coaching)
    #expect(!coaching.forget(3) && !coaching.forget(99) && coaching.pending.isEmpty)
    // The only ones taken back, one after the other: as if nothing had been said.
    for id in 1...6 {
      coaching = try TextTrainer(retracting: id, from: coaching).finished().coaching
    }
    #expect(coaching.answers.isEmpty && coaching.policy.weights == before.policy.weights)
  }

  @Test("another method goes on from the model as it is, and keeps answers and reward model")
  func changesMethod() throws {
    var coaching = try Letters.coaching("reward_model")
    for answer in try Letters.comparisons(20) { try coaching.receive(answer) }
    coaching = try Self.learned(coaching)
    try coaching.coach(method: "grpo", settings: ["batch_size": 16])
    #expect(coaching.pending.isEmpty && coaching.rewardModel != nil)
    coaching = try Self.trained(coaching, steps: 2, learned: true)
    let tuned = coaching.model
    #expect(tuned.weights != coaching.reference.weights)
    try coaching.coach(method: "dpo")
    #expect(coaching.pending.count == 20 && coaching.reference.weights == tuned.weights)
    #expect(throws: CoreError.self) { try coaching.coach(method: "dpo", settings: ["beta": 0]) }
    #expect(coaching.kind.declaration.name == "dpo")
  }

  @Test("a damaged checkpoint is refused with the reason")
  func damaged() throws {
    var coaching = try Letters.coaching("ppo")
    for answer in try Letters.comparisons(10) { try coaching.receive(answer) }
    let sound = try Self.trained(Self.learned(coaching), steps: 1, learned: true).archive
    #expect(try TextCoaching(from: sound).archive == sound)
    for name in ["policy/weights", "optimizer/step", "reward/scales", "coaching/counts"] {
      var archive = sound
      archive.tensors.removeAll { $0.name == name }
      #expect(throws: CoreError.self) { try TextCoaching(from: archive) }
    }
    for key in ["operations", "answers", "reports", "method"] {
      var archive = sound
      archive.metadata[key] = "x"
      #expect(throws: CoreError.self) { try TextCoaching(from: archive) }
    }
  }

  @Test("the alarm fires where the learned reward rises and what is wanted falls")
  func overOptimization() throws {
    // The reward likes the letter a; what is wanted is anything else.
    let coaching = try Letters.coaching("rloo", ["kl_target": "none", "kl_coef": 0])
    let result = try TextTrainer(
      training: coaching, steps: 14, plan: Letters.plan, reward: Self.reward,
      judge: Letters.liking(-1)
    ).finished()
    let alarms = result.reports.flatMap { $0.alarms }
    #expect(alarms.contains { $0.contains("true reward falls") }, "\(alarms)")
    #expect(result.reports[0].alarms.isEmpty)
    // And keeps silent where both agree.
    let agreed = try TextTrainer(
      training: coaching, steps: 8, plan: Letters.plan, reward: Self.reward, judge: Self.reward
    ).finished()
    #expect(
      !agreed.reports.contains { report in report.alarms.contains { $0.contains("true reward") } })
  }

  @Test("the alarm tells longer and more uniform texts, and members that disagree")
  func alarms() {
    var reports = (0..<8).map { iteration in
      var report = TextReport(iteration: iteration + 1)
      report.reward = Double(iteration)
      (report.length, report.distinct2, report.spread) = (10, 0.4, 0.1)
      return report
    }
    #expect(OverOptimization.alarms(reports).isEmpty)
    (reports[7].length, reports[7].distinct2, reports[7].spread) = (16, 0.1, 0.5)
    #expect(OverOptimization.alarms(reports).count == 3)
    for index in reports.indices { reports[index].reward = -Double(index) }
    #expect(OverOptimization.alarms(reports).isEmpty)
  }

  @Test("distinct-2 counts different pairs of neighbours")
  func distinct() {
    #expect(TextReport.distinct2([[1, 2, 1, 2], [2, 1]]) == 0.5)
    #expect(TextReport.distinct2([[1]]) == 1)
  }
}

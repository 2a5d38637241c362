import RLCore
import Schema

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A grammar of sentences, each word chosen with equal probability, and a teacher's taste in words.
/// Its entropy is known: what a model loses above it, it has not learned.
struct Grammar: Sendable {
  let name: String
  /// Sentences by words: each place has the words that can stand there.
  let places: [[String]]
  /// What each word adds to a response's score.
  let taste: [String: Double]
  /// Sentences of a line, from 1 up to it, each number equally likely.
  let sentences: Int

  /// Adjectives and adverbs that are liked or not, nearly as many.
  static let animals = Grammar(
    name: "animals",
    places: [
      ["the", "a", "my"], ["kind", "bright", "calm", "old", "small", "rude", "dull"],
      ["cat", "dog", "bird", "fox", "hen", "mouse"], ["sees", "hears", "follows", "finds"],
      ["the", "a", "my"], ["cat", "dog", "bird", "fox", "hen", "mouse"],
      ["gladly", "slowly", "today", "badly"],
    ],
    taste: ["kind": 1, "bright": 1, "calm": 0.5, "gladly": 1, "rude": -1, "dull": -1, "badly": -1],
    sentences: 2)

  /// Orders of a kitchen: one dish is wanted, and short orders.
  static let kitchen = Grammar(
    name: "kitchen",
    places: [
      ["bring", "cook", "serve", "pack"], ["one", "two", "three", "four"],
      ["soup", "rice", "fish", "bread", "salad", "cake", "tea", "beans"],
      ["now", "later", "please", "again"],
    ],
    taste: ["soup": 1, "please": 1, "four": -0.5, "now": -0.5], sentences: 3)

  /// A line without its end.
  func line(using source: inout RandomSource) -> String {
    let count = 1 + source.integer(below: sentences)
    return (0..<count).map { _ in
      places.map { $0[source.integer(below: $0.count)] }.joined(separator: " ")
    }.joined(separator: ", ")
  }

  /// Nats of a line: of the words, and of their number.
  var entropy: Double {
    let mean = Double(sentences + 1) / 2
    return log(Double(sentences)) + mean * places.reduce(0) { $0 + log(Double($1.count)) }
  }

  func score(_ text: String) -> Double {
    text.split { $0 == " " || $0 == "," || $0 == "\n" }.reduce(0) {
      $0 + (taste[String($1)] ?? 0)
    }
  }

  /// First words, from which responses go on.
  var prompts: [String] { places[0].map { $0 + " " } }
}

/// A base model of one grammar and what methods make of it: `[GRAMMAR [SEEDS [LAYERS WIDTH
/// [ROW [SETTING=VALUE…]…]]]]`. Each is measured on 2,048 responses held against as many of the base.
func benchmarkTextFeedback(_ arguments: [String]) {
  let grammar = arguments.first == "kitchen" ? Grammar.kitchen : .animals
  let numbers = arguments.dropFirst().prefix(3).compactMap { Int($0) }
  let study = FeedbackStudy(
    grammar: grammar, seeds: numbers.first ?? 3, layers: numbers.count > 1 ? numbers[1] : 2,
    width: numbers.count > 2 ? numbers[2] : 64)
  do {
    try study.run(rows: study.rows(chosen: Array(arguments.dropFirst(4))))
  } catch {
    print(error)
  }
}

private struct FeedbackStudy {
  let grammar: Grammar
  let seeds: Int
  let layers: Int
  let width: Int
  private let samples = 2_048
  private let tokens = 100
  private let pool = ThreadPool(threads: 1)

  private struct Outcome {
    var gain = 0.0
    var win = 0.0
    var kl = 0.0
    var iterations = 0
    var seconds = 0.0
  }

  /// A row of the result: how the method is set up, and what it is to reach.
  struct Row {
    let name: String
    let method: String
    /// Pairs that it learns from; 0 for the teacher's own score.
    let pairs: Int
    var settings: Settings = [:]
  }

  private let rows = [
    Row(name: "ppo", method: "ppo", pairs: 0), Row(name: "rloo", method: "rloo", pairs: 0),
    Row(name: "grpo", method: "grpo", pairs: 0),
    Row(name: "ppo-500", method: "ppo", pairs: 500),
    Row(name: "rloo-500", method: "rloo", pairs: 500),
    Row(name: "dpo-500", method: "dpo", pairs: 500),
    Row(name: "ipo-500", method: "ipo", pairs: 500),
    Row(name: "kto-500", method: "kto", pairs: 500),
  ]

  /// All rows, or those named, each with the settings that follow it.
  func rows(chosen words: [String]) -> [Row] {
    var chosen: [Row] = []
    for word in words {
      let parts = word.split(separator: "=").map(String.init)
      if parts.count == 2, !chosen.isEmpty {
        let value = parts[1]
        chosen[chosen.count - 1].settings[parts[0]] =
          Bool(value).map(Setting.boolean) ?? Int(value).map(Setting.integer)
          ?? Double(value).map(Setting.real) ?? .string(value)
      } else {
        chosen += rows.filter { $0.name == word }
      }
    }
    return words.isEmpty ? rows : chosen
  }

  func run(rows: [Row]) throws {
    let (model, tokenizer) = try pretrained()
    let base = try responses(of: model, tokenizer, seed: 1)
    let scores = base.map { grammar.score($0.text) }
    print(
      "base: score", rounded(mean(scores)), "deviation", rounded(standardDeviation(scores)),
      "tokens", rounded(mean(base.map { Double($0.tokens.count) })))
    try bestOfFour(model, tokenizer, scores)
    for row in rows {
      print(row.name, row.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
      var outcomes: [Outcome] = []
      for seed in 0..<seeds {
        let outcome = try measure(row, model, tokenizer, seed: UInt64(seed), base: scores)
        outcomes.append(outcome)
        describe(row.name, "seed \(seed)", [outcome])
      }
      describe(row.name, "mean", outcomes)
    }
  }

  private func pretrained() throws -> (LanguageModel, Tokenizer) {
    var source = RandomSource(seed: 100)
    let text = (0..<6_000).map { _ in grammar.line(using: &source) + "\n" }.joined()
    let tokenizer = try Tokenizer(characters: text)
    let corpus = try Corpus(text, tokenizer: tokenizer)
    let shape = try LanguageModelShape(
      vocabulary: tokenizer.vocabulary, layers: layers, heads: layers, width: width, context: 128)
    var learning = LanguageLearning()
    learning.totalSteps = 1_500
    let learner = try LanguageLearner(
      shape, tokenizer: tokenizer, learning: learning, source: RandomSource(seed: 7))
    var trainer = try LanguageTrainer(learner, corpus: corpus, evaluations: 1_500, pool: pool)
    var loss = 0.0
    while true {
      let event = try trainer.advance()
      if case .evaluated(let evaluation) = event { loss = evaluation.loss }
      if event == .finished { break }
    }
    let characters = Double(text.utf8.count) / 6_000
    print(
      "\(grammar.name): held-out loss", rounded(loss), "nats a character, the grammar's entropy",
      rounded(grammar.entropy / characters))
    return (trainer.learner.model, tokenizer)
  }

  private func responses(
    of model: LanguageModel, _ tokenizer: Tokenizer, seed: UInt64, count: Int? = nil
  ) throws -> [TextResponse] {
    let prompts = (0..<(count ?? samples)).map { grammar.prompts[$0 % grammar.prompts.count] }
    let encoded = try prompts.map { try tokenizer.encode($0) }
    let source = RandomSource(seed: seed)
    let generator = Generator(
      model, tokenizer: tokenizer, prompts: encoded,
      sampling: try Sampling(tokens: tokens, stop: ["\n"]),
      streams: prompts.indices.map { source.split("response", $0) }, pool: pool)
    return try zip(zip(prompts, encoded), generator.finish()).map { prompt, completion in
      try TextResponse(prompt: prompt.0, promptTokens: prompt.1, completion: completion)
    }
  }

  private func measure(
    _ row: Row, _ model: LanguageModel, _ tokenizer: Tokenizer, seed: UInt64, base: [Double]
  ) throws -> Outcome {
    let start = processorSeconds()
    var coaching = try TextCoaching(
      model, tokenizer: tokenizer, method: row.method, settings: row.settings, seed: seed)
    let score: TextReward = { responses in responses.map { grammar.score($0.text) } }
    if row.pairs > 0 {
      try answer(&coaching, pairs: row.pairs, model, seed: seed)
      coaching = try finished(TextTrainer(learning: coaching, pool: pool))
      if let accuracy = try coaching.judge().accuracy { print("  accuracy", rounded(accuracy)) }
    }
    if coaching.kind.trains {
      coaching = try finished(
        TextTrainer(
          training: coaching, steps: 30,
          plan: TextPlan(prompts: grammar.prompts, tokens: tokens, stop: ["\n"]),
          reward: row.pairs > 0 ? nil : score, judge: score, pool: pool))
    }
    var outcome = Outcome()
    outcome.seconds = processorSeconds() - start
    outcome.iterations = coaching.steps
    let after = try responses(of: coaching.model, tokenizer, seed: 1_000 + seed)
    let scores = after.map { grammar.score($0.text) }
    outcome.gain = mean(scores) - mean(base)
    let decided = zip(scores, base).filter { $0 != $1 }
    outcome.win = Double(decided.count { $0 > $1 }) / Double(max(decided.count, 1))
    outcome.kl = divergence(of: after, coaching.model, from: model)
    return outcome
  }

  /// Comparisons of the base model's own responses, equal ones left out.
  private func answer(
    _ coaching: inout TextCoaching, pairs: Int, _ model: LanguageModel, seed: UInt64
  ) throws {
    let drawn = try responses(
      of: model, coaching.tokenizer, seed: 500 + seed, count: 4 * pairs)
    // The same prompt comes again after as many responses as there are prompts.
    let apart = grammar.prompts.count
    var given = 0
    for index in drawn.indices where index / apart % 2 == 0 && index + apart < drawn.count {
      let (left, right) = (drawn[index], drawn[index + apart])
      let margin = grammar.score(left.text) - grammar.score(right.text)
      guard margin != 0, given < pairs else { continue }
      given += 1
      try coaching.receive(
        .comparison(id: given, left: left, right: right, choice: margin > 0 ? .left : .right))
    }
  }

  private func finished(_ trainer: TextTrainer) throws -> TextCoaching {
    var trainer = trainer
    let isVerbose = getenv("RLHS_VERBOSE") != nil
    while true {
      let event = try trainer.advance()
      if case .iterated(let report) = event, isVerbose { print("   ", line(report)) }
      if case .finished(let end) = event {
        if isVerbose, let report = end.report { print("   ", end.reason, line(report)) }
        return trainer.coaching
      }
    }
  }

  private func line(_ report: TextReport) -> String {
    let parts: [(String, Double?)] = [
      ("", Double(report.iteration)), ("reward", report.reward), ("true", report.trueReward),
      ("kl", report.kl), ("entropy", report.entropy), ("length", report.length),
      ("ended", report.ended), ("distinct-2", report.distinct2), ("loss", report.loss),
      ("clipped", report.clipFraction), ("accuracy", report.accuracy),
      ("chosen", report.chosenLogRatio), ("rejected", report.rejectedLogRatio),
    ]
    return parts.compactMap { part in part.1.map { "\(part.0) \(rounded($0))" } }
      .joined(separator: " ") + " " + report.alarms.joined(separator: "; ")
  }

  /// Nats a response.
  private func divergence(
    of responses: [TextResponse], _ model: LanguageModel, from reference: LanguageModel
  ) -> Double {
    let workspace = LanguageModel.Workspace()
    var sum = 0.0
    for start in stride(from: 0, to: responses.count, by: 16) {
      let part = responses[start..<min(start + 16, responses.count)]
      let batch = TokenBatch(
        part.map { $0.promptTokens + $0.tokens }, firstTargets: part.map(\.promptTokens.count))
      for (one, sign) in [(model, 1.0), (reference, -1)] {
        one.forward(batch, in: workspace, pool: pool)
        sum += sign * workspace.logProbabilities.reduce(0.0) { $0 + Double($1) }
      }
    }
    return sum / Double(responses.count)
  }

  /// How far the best of four parts from one, by how often each score comes: never above the bound.
  private func bestOfFour(
    _ model: LanguageModel, _ tokenizer: Tokenizer, _ base: [Double]
  ) throws {
    let four = try responses(of: model, tokenizer, seed: 2, count: 4 * samples)
    let scores = four.map { grammar.score($0.text) }
    let best = stride(from: 0, to: scores.count, by: 4).map { scores[$0..<$0 + 4].max()! }
    func shares(_ values: [Double]) -> [Double: Double] {
      values.reduce(into: [:]) { $0[$1, default: 0] += 1 / Double(values.count) }
    }
    let single = shares(scores)
    let divergence = shares(best).reduce(0) { $0 + $1.value * log($1.value / single[$1.key]!) }
    print(
      "best of 4: score", rounded(mean(best) - mean(base)), "more, divergence", rounded(divergence),
      "nats, bound", rounded(try bestOfNKL(4)))
  }

  private func describe(_ name: String, _ which: String, _ outcomes: [Outcome]) {
    func average(_ value: (Outcome) -> Double) -> String { rounded(mean(outcomes.map(value))) }
    print(
      name, which, "gain", average(\.gain), "win", average(\.win), "kl", average(\.kl),
      "iterations", average { Double($0.iterations) }, "seconds", average(\.seconds))
  }

  private func rounded(_ value: Double) -> String {
    formatReal((value * 1_000).rounded() / 1_000)
  }
}

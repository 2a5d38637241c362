import Schema

extension TextMethodKind {
  static let bestOfN = TextMethodKind(
    Declaration(
      name: "best_of_n",
      summary: "Draws n responses and takes the one with the highest reward; learns no weights.",
      parameters: [
        .textSteps,
        Parameter(
          "num_generations", .integer(1...1024), default: .setting(4),
          "Responses to each prompt, of which the best is taken.", search: .choice([2, 4, 16])),
        Parameter(
          "batch_size", .integer(2...65_536), default: .setting(128),
          "Responses sampled in an iteration."),
        .temperature,
      ] + .rewardModel,
      examples: [Example("coach p method=best_of_n reward=fn(prompt, response) => len(response)")],
      details: """
        The model stays as it is: the choice alone moves what is written, by ln n - (n - 1) / n \
        nats a response at most. It shows what a reward is good for before anything is trained.
        """,
      source: "Stiennon et al. 2020, arXiv 2009.01325; Gao et al. 2022, arXiv 2210.10760"),
    kinds: RewardModelLesson.kinds, policy: { BestOfN($0) }, lesson: { RewardModelLesson($0) })
}

/// Sampling with a choice in place of training.
struct BestOfN: PolicyMethod {
  static let learningRate = 0.0

  let responsesPerPrompt: Int
  let needsValues = false
  let epochs = 0

  init(_ settings: Settings) {
    responsesPerPrompt = settings.integer("num_generations")
  }

  func assignCredit(_ batch: inout [Experience], klCoefficient: Double) {}

  func loss(
    _ experience: Experience, _ now: ResponseOutputs, _ minibatch: MinibatchSize,
    klCoefficient: Double
  ) -> PolicyLoss { PolicyLoss() }

  func choice(among batch: [Experience]) -> (chosen: [Int], divergence: Double)? {
    let chosen = stride(from: 0, to: batch.count, by: responsesPerPrompt).map { start in
      start + Self.best(batch[start..<start + responsesPerPrompt].map(\.score))
    }
    // One response at least: this cannot fail.
    return (chosen, try! bestOfNKL(responsesPerPrompt))
  }

  /// The index of the highest reward; of equal ones the first.
  static func best(_ rewards: [Double]) -> Int {
    rewards.indices.max { (rewards[$0], $1) < (rewards[$1], $0) } ?? 0
  }
}

import Schema

extension TextMethodKind {
  static let rloo = TextMethodKind(
    Declaration(
      name: "rloo",
      summary: "REINFORCE, each response held against the others to the same prompt.",
      parameters: .sampling(epochs: 1, klCoefficient: 0.05, learningRate: RLOO.learningRate) + [
        Parameter(
          "num_generations", .integer(2...64), default: .setting(4),
          "Responses to each prompt.", search: .choice([2, 4, 8])),
        .clipRange(0.2),
      ] + .rewardModel,
      examples: [Example("coach p method=rloo reward=fn(prompt, response) => len(response)")],
      details: """
        The return of a response is its reward minus kl_coef times its divergence from the \
        reference; its advantage is that minus the mean of the other responses to the prompt. The \
        whole response is one action: its ratio to the sampling policy is clipped.
        """,
      source: "Ahmadian et al. 2024, arXiv 2402.14740; Kool et al. 2019"),
    kinds: RewardModelLesson.kinds, policy: { RLOO($0) }, lesson: { RewardModelLesson($0) })
}

/// REINFORCE with a leave-one-out baseline.
struct RLOO: PolicyMethod {
  static let learningRate = 2e-5

  let responsesPerPrompt: Int
  let needsValues = false
  let epochs: Int
  private let clip: Double

  init(_ settings: Settings) {
    responsesPerPrompt = settings.integer("num_generations")
    epochs = settings.integer("n_epochs")
    clip = settings.real("clip_range")
  }

  func assignCredit(_ batch: inout [Experience], klCoefficient: Double) {
    for start in stride(from: 0, to: batch.count, by: responsesPerPrompt) {
      let group = start..<start + responsesPerPrompt
      let returns = batch[group].map { $0.score - klCoefficient * $0.logRatios.reduce(0, +) }
      let total = returns.reduce(0, +)
      for (index, value) in zip(group, returns) {
        let others = (total - value) / Double(returns.count - 1)
        batch[index].advantages = [value - others]
      }
    }
  }

  func loss(
    _ experience: Experience, _ now: ResponseOutputs, _ minibatch: MinibatchSize,
    klCoefficient: Double
  ) -> PolicyLoss {
    let before = experience.logProbabilities.reduce(0.0) { $0 + Double($1) }
    let surrogate = clippedSurrogate(
      logRatio: now.logProbabilities.reduce(0.0) { $0 + Double($1) } - before,
      advantage: experience.advantages[0], clip: clip)
    let (share, count) = (1 / Double(minibatch.responses), now.logProbabilities.count)
    // The ratio is that of all tokens together: each has the same slope.
    return PolicyLoss(
      loss: share * surrogate.loss,
      byLogProbabilities: Array(repeating: Float(share * surrogate.slope), count: count),
      clipped: surrogate.isClipped ? count : 0)
  }
}

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Schema

extension TextMethodKind {
  static let grpo = TextMethodKind(
    Declaration(
      name: "grpo",
      summary:
        "Group relative policy optimisation: rewards standardised among a prompt's responses.",
      parameters: .sampling(epochs: 1, klCoefficient: 0.04, learningRate: GRPO.learningRate) + [
        Parameter(
          "num_generations", .integer(2...64), default: .setting(8),
          "Responses to each prompt.", search: .choice([4, 8, 16])),
        .clipRange(0.2),
      ] + .rewardModel,
      examples: [Example("coach p method=grpo reward=fn(prompt, response) => len(response)")],
      details: """
        A response's advantage is its reward minus the group's mean, divided by the group's \
        deviation, the same for each of its tokens. The divergence from the reference is no part of \
        the reward but of the loss, by its estimate k3.
        """,
      source: "Shao et al. 2024, arXiv 2402.03300"),
    kinds: RewardModelLesson.kinds, policy: { GRPO($0) }, lesson: { RewardModelLesson($0) })
}

/// PPO whose baseline is the group's mean, without values.
struct GRPO: PolicyMethod {
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
      let scores = batch[group].map(\.score)
      let (center, deviation) = (mean(scores), standardDeviation(scores))
      for (index, score) in zip(group, scores) {
        // A group without differences teaches nothing.
        batch[index].advantages = [deviation > 1e-6 ? (score - center) / deviation : 0]
      }
    }
  }

  func loss(
    _ experience: Experience, _ now: ResponseOutputs, _ minibatch: MinibatchSize,
    klCoefficient: Double
  ) -> PolicyLoss {
    var result = PolicyLoss()
    // A mean over the tokens of a response, then over responses.
    let share = 1 / Double(minibatch.responses * now.logProbabilities.count)
    for (token, logProbability) in now.logProbabilities.enumerated() {
      let surrogate = clippedSurrogate(
        logRatio: Double(logProbability) - Double(experience.logProbabilities[token]),
        advantage: experience.advantages[0], clip: clip)
      let away = Double(experience.referenceLogProbabilities[token]) - Double(logProbability)
      result.loss += share * (surrogate.loss + klCoefficient * (expm1(away) - away))
      result.byLogProbabilities.append(
        Float(share * (surrogate.slope - klCoefficient * expm1(away))))
      result.clipped += surrogate.isClipped ? 1 : 0
    }
    return result
  }
}

import Schema

extension TextMethodKind {
  static let ppo = TextMethodKind(
    Declaration(
      name: "ppo",
      summary: "Proximal policy optimisation: a value of every token, moves clipped.",
      parameters: .sampling(epochs: 4, klCoefficient: 0.05, learningRate: TextPPO.learningRate) + [
        .clipRange(0.2),
        Parameter(
          "clip_range_vf", .positiveReal, default: .setting(0.2),
          "How far a value may move from what it was when the batch was sampled."),
        Parameter(
          "gae_lambda", .real(0...1), default: .setting(1.0),
          "Share of each further token in the advantage: 0 trusts the values, 1 the rewards."),
        Parameter(
          "vf_coef", .real(from: 0), default: .setting(0.1),
          "Weight of the values' error in the loss."),
        Parameter(
          "whiten_rewards", .boolean, default: .setting(false),
          "Bring a batch's token rewards to deviation 1, their mean kept."),
      ] + .rewardModel,
      examples: [Example("coach p method=ppo reward=fn(prompt, response) => len(response)")],
      details: """
        Each token is rewarded with -kl_coef (log pi - log pi_ref), and the last one with the \
        reward of the whole response beside it. Advantages by GAE without discount, whitened; \
        -min(r A, clip(r) A) + vf_coef (V - R)^2 over n_epochs. The value head stands on the \
        policy's own last layer and begins at 0. The reward comes with the last token, so no share \
        of it is kept from the first ones: with a lambda of 0.95, and rewards brought to deviation \
        1, as was done first, a third of the gain was had here.
        """,
      source:
        "Ziegler et al. 2019, arXiv 1909.08593; Stiennon et al. 2020, arXiv 2009.01325; lambda 1: Ahmadian et al. 2024, arXiv 2402.14740"
    ),
    kinds: RewardModelLesson.kinds, policy: { TextPPO($0) }, lesson: { RewardModelLesson($0) })
}

/// PPO on tokens, as it was first used with language models.
struct TextPPO: PolicyMethod {
  static let learningRate = 3e-5

  let responsesPerPrompt = 1
  let needsValues = true
  let epochs: Int
  private let clip: Double
  private let valueClip: Double
  private let lambda: Double
  private let valueCoefficient: Double
  private let whitensRewards: Bool

  init(_ settings: Settings) {
    epochs = settings.integer("n_epochs")
    clip = settings.real("clip_range")
    valueClip = settings.real("clip_range_vf")
    lambda = settings.real("gae_lambda")
    valueCoefficient = settings.real("vf_coef")
    whitensRewards = settings.boolean("whiten_rewards")
  }

  func assignCredit(_ batch: inout [Experience], klCoefficient: Double) {
    var rewards = batch.flatMap { one in
      var rewards = one.logRatios.map { -klCoefficient * $0 }
      rewards[rewards.count - 1] += one.score
      return rewards
    }
    if whitensRewards { rewards = whiten(rewards, keepingMean: true) }
    var start = 0
    for index in batch.indices {
      let count = batch[index].response.tokens.count
      let values = batch[index].values.map(Double.init)
      var ends = Array(repeating: false, count: count)
      ends[count - 1] = true
      // Lists of one length: this cannot fail.
      let advantages = try! generalizedAdvantages(
        rewards: Array(rewards[start..<start + count]), values: values, terminated: ends,
        truncated: Array(repeating: false, count: count), final: 0, gamma: 1, lambda: lambda)
      batch[index].advantages = advantages
      batch[index].returns = zip(advantages, values).map(+)
      start += count
    }
    let advantages = whiten(batch.flatMap(\.advantages))
    start = 0
    for index in batch.indices {
      let count = batch[index].advantages.count
      batch[index].advantages = Array(advantages[start..<start + count])
      start += count
    }
  }

  func loss(
    _ experience: Experience, _ now: ResponseOutputs, _ minibatch: MinibatchSize,
    klCoefficient: Double
  ) -> PolicyLoss {
    var result = PolicyLoss()
    let share = 1 / Double(minibatch.tokens)
    for (token, (logProbability, value)) in zip(now.logProbabilities, now.values).enumerated() {
      let surrogate = clippedSurrogate(
        logRatio: Double(logProbability) - Double(experience.logProbabilities[token]),
        advantage: experience.advantages[token], clip: clip)
      let error = valueError(
        Double(value), before: Double(experience.values[token]), goal: experience.returns[token])
      result.loss += share * (surrogate.loss + valueCoefficient * error.loss)
      result.byLogProbabilities.append(Float(share * surrogate.slope))
      result.byValues.append(Float(share * valueCoefficient * error.slope))
      result.clipped += surrogate.isClipped ? 1 : 0
    }
    return result
  }

  /// Half the squared error, or that of the value bounded near what it was, whichever is greater.
  private func valueError(
    _ value: Double, before: Double, goal: Double
  ) -> (loss: Double, slope: Double) {
    let bounded = min(max(value, before - valueClip), before + valueClip)
    let (free, cut) = (value - goal, bounded - goal)
    return cut * cut > free * free ? (cut * cut / 2, 0) : (free * free / 2, free)
  }
}

import Schema

/// The parameters that several text methods have, declared once.
extension [Parameter] {
  /// What every method that samples has. Defaults that differ are given.
  static func sampling(
    batchSize: Int = 128, minibatchSize: Int = 32, epochs: Int, klCoefficient: Double,
    learningRate: Double
  ) -> [Parameter] {
    [
      .textSteps,
      Parameter(
        "batch_size", .integer(2...65_536), default: .setting(.integer(batchSize)),
        "Responses sampled in an iteration.", search: .choice([64, 128, 256])),
      Parameter(
        "minibatch_size", .integer(1...65_536), default: .setting(.integer(minibatchSize)),
        "Responses in a gradient step.", search: .choice([16, 32, 64])),
      Parameter(
        "n_epochs", .integer(1...100), default: .setting(.integer(epochs)),
        "Passes over each batch.", search: .choice([1, 2, 4])),
      .textLearningRate("learning_rate", learningRate),
      Parameter(
        "kl_coef", .real(from: 0), default: .setting(.real(klCoefficient)),
        "How strongly the reference holds: what a nat of divergence costs.",
        search: .choice([0.0, 0.02, 0.05, 0.1])),
      Parameter(
        "kl_step", .positiveReal, default: .setting(0.2),
        "Divergence, in nats a response, that an iteration's policy may move: its passes end there.",
        search: .choice([0.05, 0.1, 0.2, 0.5])),
      .klTarget, .adaptiveKL, .klHorizon, .temperature,
      .textGradientNorm,
      Parameter(
        "missing_end_penalty", .real(from: 0),
        default: .described("1 where the reward is learned, 0 for a function's"),
        "Taken off the reward of a response that the number of tokens cut short."),
    ]
  }

  /// How a reward model is fitted, for every method that can use one.
  static let rewardModel: [Parameter] = [
    Parameter(
      "members", .integer(1...16), default: .setting(1),
      "Reward models side by side; their mean is the reward."),
    Parameter(
      "reward_epochs", .integer(1...100), default: .setting(3),
      "Passes over the answers when the reward model is fitted.", search: .choice([1, 2, 3, 5])),
    .textLearningRate("reward_learning_rate", RewardModelLesson.learningRate),
    Parameter(
      "reward_batch_size", .integer(1...4096), default: .setting(8),
      "Answers in a gradient step of the reward model."),
    .holdout,
  ]

  /// What every method that learns the policy from answers has.
  static func answers(epochs: Int, beta: Double, learningRate: Double) -> [Parameter] {
    [
      Parameter(
        "beta", .positiveReal, default: .setting(.real(beta)),
        "How strongly the reference holds.", search: .choice([0.03, 0.1, 0.3])),
      Parameter(
        "n_epochs", .integer(1...100), default: .setting(.integer(epochs)),
        "Passes over the answers.", search: .choice([1, 2, 4])),
      Parameter(
        "batch_size", .integer(1...4096), default: .setting(8), "Answers in a gradient step."),
      .textLearningRate("learning_rate", learningRate), .klTarget, .textGradientNorm, .holdout,
    ]
  }
}

extension Parameter {
  static let textSteps = Parameter(
    "total_steps", .integer(from: 1), default: .setting(30),
    "Iterations of a training that is not told how many.")

  /// What a step size is by default is said for a model of a million weights.
  static func textLearningRate(_ name: String, _ value: Double) -> Parameter {
    Parameter(
      name, .positiveReal,
      default: .described("\(formatReal(value)) times the root of a million over the weights"),
      "Step size of AdamW.", search: .logUniform(1e-6, 1e-2))
  }

  static let klTarget = Parameter(
    "kl_target", .either([.positiveReal, .words([Word("none", "No limit.")])]),
    default: .setting(15.0),
    "Divergence from the reference, in nats a response, that training does not pass: it ends there."
  )

  static let adaptiveKL = Parameter(
    "adaptive_kl", .boolean, default: .setting(false),
    "Move kl_coef so that the divergence stays near kl_target, rather than ending there.")

  static let klHorizon = Parameter(
    "kl_horizon", .positiveReal, default: .setting(10_000.0),
    "Responses over which an adaptive kl_coef moves.")

  static let temperature = Parameter(
    "temperature", .positiveReal, default: .setting(1.0),
    "What logits are divided by, when sampling and in all log-probabilities.")

  static let textGradientNorm = Parameter(
    "max_grad_norm", .positiveReal, default: .setting(1.0),
    "Longer gradients are scaled to this length.")

  static let holdout = Parameter(
    "holdout", .real(0...0.5), default: .setting(0.1),
    "Share of the answers that is not learned from, but judged by.")

  static func clipRange(_ value: Double) -> Parameter {
    Parameter(
      "clip_range", .positiveReal, default: .setting(.real(value)),
      "How far a probability may move from that of the sampling policy, as a share of it.",
      search: .choice([0.1, 0.2, 0.3]))
  }
}

extension Settings {
  /// The step size given under this name; else the preset, which falls with the root of the number
  /// of weights: small models need, and large ones bear, no other.
  func learningRate(_ name: String, preset: Double, for model: LanguageModel) -> Double {
    self[name]?.real ?? preset * (1e6 / Double(model.parameterCount)).squareRoot()
  }

  /// The divergence that is not passed; nil for none.
  var klTarget: Double? { self["kl_target"]?.real }
}

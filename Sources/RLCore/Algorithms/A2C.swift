import Schema

/// Advantage actor-critic: one gradient step over each short rollout of several environments.
///
/// Source: Mnih et al., "Asynchronous Methods for Deep Reinforcement Learning", 2016, made
/// synchronous as OpenAI Baselines did; settings and defaults are Stable-Baselines3's.
struct A2C: ActorCriticAlgorithm {
  var learner: ActorCritic
  private var hyperparameters: Hyperparameters

  /// Memory that is used again and again, and no part of the state.
  private var advantages: [Float]
  private var values: [Float]
  private var logProbabilityGradient: [Float]
  private var valueGradient: [Float]

  init(
    _ settings: Settings, observationSpace: Space, actionSpace: Space, weights: RandomSource
  ) throws(CoreError) {
    learner = try ActorCritic(
      settings, algorithm: "a2c", epsilon: settings.real("rms_prop_eps"),
      observationSpace: observationSpace, actionSpace: actionSpace, weights: weights)
    hyperparameters = Hyperparameters(settings)
    advantages = Array(repeating: 0, count: learner.rollout.capacity)
    values = advantages
    logProbabilityGradient = advantages
    valueGradient = advantages
  }

  /// The settings as training reads them.
  private struct Hyperparameters: Sendable {
    let learningRate: Scheduled
    let entropyCoefficient: Float
    let valueCoefficient: Float
    let maximumNorm: Double
    let normalizesAdvantage: Bool

    init(_ settings: Settings) {
      learningRate = Scheduled(settings, "learning_rate")
      entropyCoefficient = Float(settings.real("ent_coef"))
      valueCoefficient = Float(settings.real("vf_coef"))
      maximumNorm = settings.real("max_grad_norm")
      normalizesAdvantage = settings.boolean("normalize_advantage")
    }
  }

  mutating func record(_ transition: borrowing Transition) { learner.record(transition) }

  var updateCost: Int {
    6 * learner.rollout.capacity * learner.multiplicationCount + 20 * learner.parameterCount
  }

  mutating func update(using random: inout RandomSource) throws(CoreError) -> UpdateMetrics? {
    guard learner.rollout.isFull else { return nil }
    let rows = learner.rollout.capacity
    let share = 1 / Float(rows)
    let actions = learner.rollout.actions
    for row in 0..<rows { advantages[row] = learner.rollout.advantages[row] }
    if hyperparameters.normalizesAdvantage && rows > 1 { standardize(&advantages) }

    learner.values(learner.rollout.features, rows: rows, into: &values)
    learner.evaluate(learner.rollout.features, actions: actions, rows: rows)
    var (policyLoss, valueLoss): (Float, Float) = (0, 0)
    for row in 0..<rows {
      policyLoss -= learner.policy.logProbabilities[row] * advantages[row]
      logProbabilityGradient[row] = -advantages[row] * share
      let error = values[row] - learner.rollout.returns[row]
      valueLoss += error * error
      valueGradient[row] = hyperparameters.valueCoefficient * 2 * error * share
    }
    let entropy = VectorMath.sum(learner.policy.entropies)
    let loss =
      share
      * (policyLoss + hyperparameters.valueCoefficient * valueLoss
        - hyperparameters.entropyCoefficient * entropy)

    let norm = learner.step(
      actions: actions, logProbabilityGradient: logProbabilityGradient,
      entropyGradient: -hyperparameters.entropyCoefficient * share, valueGradient: valueGradient,
      learningRate: hyperparameters.learningRate.value(learner.progress),
      maximumNorm: hyperparameters.maximumNorm)
    guard loss.isFinite && norm.isFinite else {
      throw .notFinite(quantity: "gradient", update: updates + 1)
    }
    learner.beginRollout()
    return UpdateMetrics(loss: loss, gradientNorm: norm, approximateKL: nil)
  }

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    if name == "rms_prop_eps" {
      throw .fixedSetting(name: name, reason: "the optimizer is made with it")
    }
    try learner.set(name, to: value)
    hyperparameters = Hyperparameters(learner.settings)
  }

  func save(to archive: inout StateArchive, includingReplay: Bool) {
    learner.save(to: &archive, name: "a2c")
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try learner.restore(from: archive, name: "a2c")
  }
}

extension AlgorithmKind {
  static let a2c = AlgorithmKind(
    declaration: Declaration(
      name: "a2c",
      summary: "Advantage actor-critic: one gradient step over each short rollout.",
      parameters: networkParameters(activation: "tanh") + Parameter.image
        + Parameter.optimizer(.rmsprop) + [
          .learningRate(7e-4), Schedule.parameter(for: "learning_rate"),
          .environments(8), .rolloutSteps(5), .gamma(), .advantageDecay(1.0),
          Parameter(
            "normalize_advantage", .boolean, default: .setting(false),
            "Bring the advantages of a rollout to mean 0 and deviation 1."),
          .entropyCoefficient(0), .valueCoefficient(0.5), .maximumGradientNorm(0.5),
          Parameter(
            "rms_prop_eps", .positiveReal, default: .setting(1e-5),
            "Added to the optimizer's divisor."),
          .normalize, .orthogonalInitialization, .initialLogDeviation,
        ] + Parameter.stateDependentNoise,
      examples: [Example("a = agent a2c"), Example("a = agent a2c n_envs=16 n_steps=8")],
      details: """
        Collects n_steps in each of n_envs copies of the environment and goes down \
        -A log p(a) + vf_coef (V - R)^2 - ent_coef H once. Two separate networks act and value. \
        Settings have Stable-Baselines3's names and defaults, but for n_envs, which is 8, and
        optimizer=rmsprop for its use_rms_prop.
        """,
      source: "Mnih et al. 2016, arXiv 1602.01783; Stable-Baselines3"),
    make: { (settings, observations, actions, stream) throws(CoreError) in
      try A2C(settings, observationSpace: observations, actionSpace: actions, weights: stream)
    },
    warnings: { rolloutWarnings($0, steps: $1) })
}

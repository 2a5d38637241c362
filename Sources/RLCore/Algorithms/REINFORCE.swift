import Schema

/// REINFORCE: one gradient step over a few whole episodes, each action weighed by what followed it.
/// For discrete and continuous actions.
///
/// Source: Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist
/// Reinforcement Learning", 1992; Sutton and Barto, section 13.3. The baseline is the mean return
/// of the steps in the batch, and weights are brought to deviation 1, unless told otherwise. An
/// episode that the time limit cuts counts as far as it went: no value stands for the rest.
struct REINFORCE: Algorithm {
  private(set) var settings: Settings
  private let observationSpace: Space
  private var policy: Policy
  private var optimizer: Optimizer
  private var deviationOptimizer: Optimizer
  private(set) var steps = 0
  private(set) var updates = 0

  /// The episodes collected since the last update, one after another.
  private var features: [Float] = []
  private var actions: [Float] = []
  private var rewards: [Float] = []
  /// The number of steps up to the end of each.
  private var ends: [Int] = []

  /// Memory that is used again and again, and no part of the state.
  private var currentFeatures: [Float]
  private var action: [Float]
  private var gradient: [Float]

  init(
    _ settings: Settings, observationSpace: Space, actionSpace: Space, weights: RandomSource
  ) throws(CoreError) {
    var weights = weights
    self.settings = settings
    self.observationSpace = observationSpace
    policy = try Policy(
      settings, algorithm: "reinforce", observationSpace: observationSpace,
      actionSpace: actionSpace, using: &weights)
    optimizer = Optimizer(settings, parameterCount: policy.network.parameterCount)
    deviationOptimizer = Optimizer(settings, parameterCount: policy.logDeviations.count)
    gradient = Array(repeating: 0, count: policy.network.parameterCount)
    currentFeatures = Array(repeating: 0, count: observationSpace.featureCount)
    action = Array(repeating: 0, count: policy.actionSize)
  }

  var epsilon: Double? { nil }
  var replayCount: Int? { nil }
  var weights: [Float] {
    get { policy.weights }
    set { policy.weights = newValue }
  }
  var updateCost: Int { 6 * max(rewards.count, 1000) * policy.parameterCount }

  // MARK: Acting

  mutating func actionValues(_ observations: [Float], count: Int, into values: inout [Float]) {
    var features = Array(repeating: Float(0), count: count * observationSpace.featureCount)
    observationSpace.encode(observations, count: count, into: &features)
    policy.greedyOutputs(features, count: count, into: &values)
  }

  /// It has no values: `values` are the unnormalised log-probabilities, or empty.
  mutating func prediction(for observation: [Float], bias: [Float]) -> Prediction {
    var outputs: [Float] = []
    actionValues(observation, count: 1, into: &outputs)
    for index in bias.indices { outputs[index] += bias[index] }
    let probabilities = policy.probabilities(logits: outputs)
    if probabilities.isEmpty {
      return Prediction(
        action: .continuous(outputs.map(Double.init)), values: [], probabilities: [])
    }
    return Prediction(
      action: .discrete(argmax(outputs[...])), values: outputs, probabilities: probabilities)
  }

  mutating func explore(
    _ observation: [Float], bias: [Float], using random: inout RandomSource
  ) -> Action {
    observationSpace.encode(observation, count: 1, into: &currentFeatures)
    policy.sample(currentFeatures, into: &action, using: &random)
    return policy.action(action)
  }

  // MARK: Learning

  mutating func record(_ transition: borrowing Transition) {
    features += currentFeatures
    actions += action
    rewards.append(Float(transition.reward))
    if transition.terminated || transition.truncated { ends.append(rewards.count) }
    steps += 1
  }

  mutating func update(using random: inout RandomSource) throws(CoreError) -> UpdateMetrics? {
    guard ends.count >= settings.integer("n_episodes") else { return nil }
    let rows = rewards.count
    var weights = returns()
    if settings.boolean("normalize_return") && rows > 1 { standardize(&weights) }

    policy.evaluate(features, actions: actions, rows: rows)
    let share = 1 / Float(rows)
    let entropyCoefficient = Float(settings.real("ent_coef"))
    var loss = -entropyCoefficient * VectorMath.sum(policy.entropies) * share
    for row in 0..<rows {
      loss -= policy.logProbabilities[row] * weights[row] * share
      weights[row] *= -share
    }
    policy.backward(
      actions: actions, logProbabilityGradient: weights,
      entropyGradient: -entropyCoefficient * share, gradient: &gradient)
    let rate = Scheduled(settings, "learning_rate").value(
      Double(steps) / Double(settings.integer("total_steps")))
    let norm = optimizer.update(&policy.network.weights, gradient: gradient, learningRate: rate)
    if !policy.logDeviations.isEmpty {
      deviationOptimizer.update(
        &policy.logDeviations, gradient: policy.deviationGradient, learningRate: rate)
    }
    guard loss.isFinite && norm.isFinite else {
      throw .notFinite(quantity: "gradient", update: updates + 1)
    }
    removeEpisodes()
    updates += 1
    return UpdateMetrics(loss: loss, gradientNorm: norm, approximateKL: nil)
  }

  /// Of each step, the discounted sum of rewards from it to the end of its episode.
  private func returns() -> [Float] {
    let gamma = Float(settings.real("gamma"))
    let lastSteps = Set(ends.map { $0 - 1 })
    var returns = rewards
    for step in stride(from: rewards.count - 2, through: 0, by: -1)
    where !lastSteps.contains(step) {
      returns[step] += gamma * returns[step + 1]
    }
    return returns
  }

  private mutating func removeEpisodes() {
    features.removeAll(keepingCapacity: true)
    actions.removeAll(keepingCapacity: true)
    rewards.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    let fixed = MLP.fixedSettings + Optimizer.fixedSettings + ["ortho_init", "log_std_init"]
    if fixed.contains(name) {
      throw .fixedSetting(name: name, reason: "what was learned is laid out by it")
    }
    settings[name] = value
  }

  func save(to archive: inout StateArchive, includingReplay: Bool) {
    archive.add("reinforce/policy", policy.weights)
    optimizer.save(to: &archive, name: "reinforce/optimizer")
    deviationOptimizer.save(to: &archive, name: "reinforce/deviation_optimizer")
    archive.add("reinforce/counters", [steps, updates])
    archive.add("reinforce/features", features)
    archive.add("reinforce/actions", actions)
    archive.add("reinforce/rewards", rewards)
    archive.add("reinforce/ends", ends)
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    policy.weights = try archive.floats("reinforce/policy", count: policy.parameterCount)
    try optimizer.restore(from: archive, name: "reinforce/optimizer")
    try deviationOptimizer.restore(from: archive, name: "reinforce/deviation_optimizer")
    let counters = try archive.integers("reinforce/counters", count: 2)
    rewards = try archive.floats("reinforce/rewards")
    features = try archive.floats(
      "reinforce/features", count: rewards.count * observationSpace.featureCount)
    actions = try archive.floats("reinforce/actions", count: rewards.count * policy.actionSize)
    ends = try archive.integers("reinforce/ends")
    guard counters.allSatisfy(StateArchive.counts.contains),
      ends.allSatisfy({ (1...max(rewards.count, 1)).contains($0) }), rewards.count >= ends.count,
      policy.logDeviations.count > 0
        || actions.allSatisfy({ $0 >= 0 && $0 < Float(policy.network.outputCount) })
    else { throw .damagedArchive(reason: "the episodes of reinforce do not fit") }
    (steps, updates) = (counters[0], counters[1])
  }
}

extension AlgorithmKind {
  static let reinforce = AlgorithmKind(
    declaration: Declaration(
      name: "reinforce",
      summary: "Policy gradient from the returns of whole episodes.",
      parameters: networkParameters(activation: "tanh") + Parameter.image
        + Parameter.optimizer() + [
          .learningRate(3e-3), Schedule.parameter(for: "learning_rate"), .gamma(),
          Parameter(
            "n_episodes", .integer(1...10_000), default: .setting(8),
            "Episodes in a gradient step.", search: .choice([1, 4, 8, 16])),
          Parameter(
            "normalize_return", .boolean, default: .setting(true),
            "Bring the returns of a batch to mean 0 and deviation 1, its mean a baseline."),
          .entropyCoefficient(0), .orthogonalInitialization, .initialLogDeviation,
        ],
      examples: [Example("a = agent reinforce n_episodes=4")],
      details: """
        Goes down -G log p(a) once after each n_episodes, with G the discounted return from the \
        step on. An episode that the time limit cuts counts as far as it went.
        """,
      source: "Williams 1992; Sutton and Barto, section 13.3"),
    make: { (settings, observations, actions, stream) throws(CoreError) in
      try REINFORCE(
        settings, observationSpace: observations, actionSpace: actions, weights: stream)
    },
    warnings: { settings, _ in networkWarnings(settings) })
}

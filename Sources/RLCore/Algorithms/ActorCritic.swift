import Schema

/// What on-policy actor-critic algorithms share: a policy and a value network under one optimizer,
/// the rollout they collect, and the statistics by which they may normalise what they see.
struct ActorCritic: Sendable {
  var settings: Settings
  private let observationSpace: Space
  var policy: Policy
  private var critic: MLP
  private(set) var rollout: RolloutBuffer
  private var normalization: Normalization?
  private(set) var steps = 0
  var updates = 0

  private var policyOptimizer: Optimizer
  private var deviationOptimizer: Optimizer
  private var criticOptimizer: Optimizer

  /// Memory that is used again and again, and no part of the state.
  private var criticWorkspace = MLP.Workspace()
  private var policyGradient: [Float]
  private var criticGradient: [Float]
  /// What the networks see of the present observation, and the action drawn for it.
  private var features: [Float]
  private var action: [Float]

  /// - Parameter epsilon: added to the optimizer's divisor.
  init(
    _ settings: Settings, algorithm: String, epsilon: Double,
    observationSpace: Space, actionSpace: Space, weights: RandomSource
  ) throws(CoreError) {
    var weights = weights
    self.settings = settings
    self.observationSpace = observationSpace
    let featureCount = observationSpace.featureCount
    let environments = settings.integer("n_envs")
    let numbers =
      Double(environments) * Double(settings.integer("n_steps")) * Double(featureCount + 10)
    guard numbers <= RolloutBuffer.mostNumbers else {
      throw .incompatible(
        "a rollout of \(environments) x \(settings.integer("n_steps")) steps is too large: make "
          + "`n_envs` or `n_steps` smaller")
    }
    policy = try Policy(
      settings, algorithm: algorithm, observationSpace: observationSpace,
      actionSpace: actionSpace, using: &weights)
    critic = try MLP(
      settings, seeing: observationSpace, outputs: 1,
      initialization: settings.boolean("ortho_init")
        ? .orthogonal(hiddenGain: 2.0.squareRoot(), outputGain: 1) : .uniform,
      using: &weights)
    rollout = RolloutBuffer(
      steps: settings.integer("n_steps"), environments: environments, featureCount: featureCount,
      actionSize: policy.actionSize)
    if settings.boolean("normalize") {
      normalization = Normalization(
        featureCount: featureCount, environments: environments, gamma: settings.real("gamma"))
    }
    policyOptimizer = Optimizer(
      settings, parameterCount: policy.network.parameterCount, epsilon: epsilon)
    deviationOptimizer = Optimizer(
      settings, parameterCount: policy.logDeviations.count, epsilon: epsilon)
    criticOptimizer = Optimizer(
      settings, parameterCount: critic.parameterCount, epsilon: epsilon)
    policyGradient = Array(repeating: 0, count: policy.network.parameterCount)
    criticGradient = Array(repeating: 0, count: critic.parameterCount)
    features = Array(repeating: 0, count: featureCount)
    action = Array(repeating: 0, count: policy.actionSize)
  }

  var environmentCount: Int { rollout.environments }
  var progress: Double { Double(steps) / Double(settings.integer("total_steps")) }
  var parameterCount: Int { policy.parameterCount + critic.parameterCount }
  /// Multiplications for one observation.
  var multiplicationCount: Int {
    policy.network.multiplicationCount + critic.multiplicationCount
  }

  /// Everything that decides greedy actions and values, flat.
  var weights: [Float] {
    get { policy.weights + critic.weights + (normalization?.weights ?? []) }
    set {
      let (first, second) = (policy.parameterCount, parameterCount)
      policy.weights = Array(newValue[..<first])
      critic.weights = Array(newValue[first..<second])
      normalization?.weights = Array(newValue[second...])
    }
  }

  // MARK: Acting

  /// What the networks see of observations.
  func encode(_ observations: [Float], count: Int, into features: inout [Float]) {
    let size = count * observationSpace.featureCount
    if features.count != size { features = Array(repeating: 0, count: size) }
    observationSpace.encode(observations, count: count, into: &features)
    normalization?.normalize(&features)
  }

  mutating func actionValues(_ observations: [Float], count: Int, into values: inout [Float]) {
    var features: [Float] = []
    encode(observations, count: count, into: &features)
    policy.greedyOutputs(features, count: count, into: &values)
  }

  mutating func prediction(for observation: [Float], bias: [Float]) -> Prediction {
    var features: [Float] = []
    var outputs: [Float] = []
    encode(observation, count: 1, into: &features)
    policy.greedyOutputs(features, count: 1, into: &outputs)
    for index in bias.indices { outputs[index] += bias[index] }
    let probabilities = policy.probabilities(logits: outputs)
    return Prediction(
      action: probabilities.isEmpty
        ? .continuous(outputs.map(Double.init)) : .discrete(argmax(outputs[...])),
      values: [value(of: features)], probabilities: probabilities)
  }

  mutating func explore(_ observation: [Float], using random: inout RandomSource) -> Action {
    observationSpace.encode(observation, count: 1, into: &features)
    normalization?.observe(features)
    normalization?.normalize(&features)
    let lane = rollout.lane
    if isNoiseDue { policy.drawNoise(lane: lane, using: &random) }
    policy.sample(features, lane: lane, into: &action, using: &random)
    return policy.action(action)
  }

  /// Whether noise that depends on the state is drawn before this step.
  private var isNoiseDue: Bool {
    guard policy.noise != nil else { return false }
    let step = rollout.count / rollout.environments
    let interval = settings.integer("sde_sample_freq")
    return step == 0 || (interval > 0 && step.isMultiple(of: interval))
  }

  private mutating func value(of features: [Float]) -> Float {
    critic.predict(features.span, in: &criticWorkspace)
    return criticWorkspace.outputs[0]
  }

  // MARK: Collecting

  /// Takes in the step that `explore` chose; a full rollout gets its values, log-probabilities and
  /// advantages.
  mutating func record(_ transition: borrowing Transition) {
    steps += 1
    let ending: RolloutBuffer.Ending =
      if transition.terminated { .terminated } else if transition.truncated { .truncated } else {
        .goesOn
      }
    var following: Float = 0
    if ending == .truncated || (ending == .goesOn && rollout.isLastRound) {
      var features: [Float] = []
      encode(transition.next, count: 1, into: &features)
      following = value(of: features)
    }
    let reward =
      normalization?.scale(
        reward: transition.reward, lane: rollout.lane, episodeEnds: ending != .goesOn)
      ?? Float(transition.reward)
    rollout.append(
      features: features, action: action, reward: reward, ending: ending,
      followingValue: following)
    if rollout.isFull { complete() }
  }

  /// The networks have not changed while collecting, so all values come of one batch.
  private mutating func complete() {
    let (count, features) = (rollout.capacity, rollout.features)
    critic.predict(features.span, rows: count, in: &criticWorkspace)
    for index in 0..<count { rollout.values[index] = criticWorkspace.outputs[index] }
    policy.evaluate(features, actions: rollout.actions, rows: count)
    for index in 0..<count { rollout.logProbabilities[index] = policy.logProbabilities[index] }
    rollout.computeAdvantages(
      gamma: Float(settings.real("gamma")), lambda: Float(settings.real("gae_lambda")))
  }

  mutating func beginRollout() { rollout.removeAll() }

  // MARK: Learning

  /// Values of a batch, for which `step` may follow.
  mutating func values(_ features: [Float], rows: Int, into values: inout [Float]) {
    critic.forward(features.span, rows: rows, in: &criticWorkspace)
    for row in 0..<rows { values[row] = criticWorkspace.outputs[row] }
  }

  /// Log-probabilities and entropies of a batch, in `policy`, for which `step` may follow.
  mutating func evaluate(_ features: [Float], actions: [Float], rows: Int) {
    policy.evaluate(features, actions: actions, rows: rows)
  }

  /// Goes down the gradient of a loss for the batch that `values` and `evaluate` saw last.
  ///
  /// - Parameters:
  ///   - valueGradient: the loss's gradient by each value.
  ///   - logProbabilityGradient: by each action's log-probability.
  ///   - entropyGradient: by each entropy, the same for all.
  /// - Returns: the gradient's length before clipping.
  mutating func step(
    actions: [Float], logProbabilityGradient: [Float], entropyGradient: Float,
    valueGradient: [Float], learningRate: Double, maximumNorm: Double
  ) -> Float {
    policy.backward(
      actions: actions, logProbabilityGradient: logProbabilityGradient,
      entropyGradient: entropyGradient, gradient: &policyGradient)
    critic.backward(valueGradient.span, in: &criticWorkspace, gradient: &criticGradient)
    let norm = VectorMath.norm([
      VectorMath.norm(policyGradient), VectorMath.norm(policy.deviationGradient),
      VectorMath.norm(criticGradient),
    ])
    guard norm.isFinite else { return norm }
    let scale = Float(min(1, maximumNorm / (Double(norm) + 1e-6)))
    policyOptimizer.update(
      &policy.network.weights, gradient: policyGradient, learningRate: learningRate,
      gradientScale: scale)
    if !policy.logDeviations.isEmpty {
      deviationOptimizer.update(
        &policy.logDeviations, gradient: policy.deviationGradient, learningRate: learningRate,
        gradientScale: scale)
    }
    criticOptimizer.update(
      &critic.weights, gradient: criticGradient, learningRate: learningRate, gradientScale: scale)
    updates += 1
    return norm
  }
}

// MARK: - State

extension ActorCritic {
  /// Settings by which what was learned and collected is laid out.
  static let fixedSettings =
    MLP.fixedSettings + Optimizer.fixedSettings + [
      "ortho_init", "log_std_init", "n_steps", "n_envs", "normalize", "use_sde",
    ]

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    if Self.fixedSettings.contains(name) {
      throw .fixedSetting(name: name, reason: "what was learned is laid out by it")
    }
    settings[name] = value
  }

  func save(to archive: inout StateArchive, name: String) {
    archive.add("\(name)/policy", policy.weights)
    archive.add("\(name)/critic", critic.weights)
    policyOptimizer.save(to: &archive, name: "\(name)/policy_optimizer")
    deviationOptimizer.save(to: &archive, name: "\(name)/deviation_optimizer")
    criticOptimizer.save(to: &archive, name: "\(name)/critic_optimizer")
    policy.saveNoise(to: &archive, name: name)
    archive.add("\(name)/counters", [steps, updates])
    rollout.save(to: &archive, name: "\(name)/rollout")
    normalization?.save(to: &archive, name: "\(name)/normalization")
  }

  mutating func restore(from archive: StateArchive, name: String) throws(CoreError) {
    policy.weights = try archive.floats("\(name)/policy", count: policy.parameterCount)
    critic.weights = try archive.floats("\(name)/critic", count: critic.parameterCount)
    try policyOptimizer.restore(from: archive, name: "\(name)/policy_optimizer")
    try deviationOptimizer.restore(from: archive, name: "\(name)/deviation_optimizer")
    try criticOptimizer.restore(from: archive, name: "\(name)/critic_optimizer")
    try policy.restoreNoise(from: archive, name: name)
    let counters = try archive.integers("\(name)/counters", count: 2)
    guard counters.allSatisfy(StateArchive.counts.contains) else {
      throw .damagedArchive(reason: "a counter of \(name) is out of range")
    }
    (steps, updates) = (counters[0], counters[1])
    let choices: Int? = policy.logDeviations.isEmpty ? policy.network.outputCount : nil
    try rollout.restore(from: archive, name: "\(name)/rollout", choices: choices)
    try normalization?.restore(from: archive, name: "\(name)/normalization")
  }
}

/// An algorithm whose state is an actor and a critic, but for what its updates need.
protocol ActorCriticAlgorithm: Algorithm {
  var learner: ActorCritic { get set }
}

extension ActorCriticAlgorithm {
  var settings: Settings { learner.settings }
  var steps: Int { learner.steps }
  var updates: Int { learner.updates }
  var epsilon: Double? { nil }
  var replayCount: Int? { nil }
  var environmentCount: Int { learner.environmentCount }
  var weights: [Float] {
    get { learner.weights }
    set { learner.weights = newValue }
  }

  mutating func actionValues(_ observations: [Float], count: Int, into values: inout [Float]) {
    learner.actionValues(observations, count: count, into: &values)
  }

  mutating func prediction(for observation: [Float], bias: [Float]) -> Prediction {
    learner.prediction(for: observation, bias: bias)
  }

  mutating func explore(
    _ observation: [Float], bias: [Float], using policy: inout RandomSource
  ) -> Action {
    learner.explore(observation, using: &policy)
  }
}

import Schema

/// Twin delayed deep deterministic policy gradient, for continuous actions between bounds.
///
/// Source: Fujimoto et al., "Addressing Function Approximation Error in Actor-Critic Methods",
/// 2018; settings and defaults are Stable-Baselines3's, but for action_noise, which is 0.1 as in the
/// paper.
struct TD3: ContinuousAlgorithm {
  var learner: ContinuousLearner
  private var actor: MLP
  private var targetActor: MLP
  private var actorOptimizer: Optimizer

  /// Memory that is used again and again, and no part of the state.
  private var workspace = MLP.Workspace()
  private var gradient: [Float]
  private var actions: [Float] = []
  private var outputGradient: [Float] = []

  init(
    _ settings: Settings, observationSpace: Space, actionSpace: Space, weights: RandomSource
  ) throws(CoreError) {
    var weights = weights
    learner = try ContinuousLearner(
      settings, algorithm: "td3", observationSpace: observationSpace, actionSpace: actionSpace,
      using: &weights)
    actor = MLP(
      sizes: [learner.featureCount] + settings.integers("layers") + [learner.actionSize],
      activation: MLP.Activation(rawValue: settings.string("activation")) ?? .relu,
      using: &weights)
    targetActor = actor
    actorOptimizer = Optimizer(settings, parameterCount: actor.parameterCount)
    gradient = Array(repeating: 0, count: actor.parameterCount)
  }

  /// Everything that decides greedy actions and values, flat.
  var weights: [Float] {
    get { actor.weights + learner.critics.weights }
    set {
      actor.weights = Array(newValue[..<actor.parameterCount])
      learner.critics.weights = Array(newValue[actor.parameterCount...])
    }
  }

  var updateCost: Int {
    2 * learner.batch.count * (4 * actor.parameterCount + 10 * learner.critics.parameterCount)
  }

  // MARK: Acting

  /// tanh of a network's outputs for a batch, from -1 to 1; `workspace` is left for `backward`
  /// where it learns.
  private mutating func act(
    _ network: MLP, _ features: [Float], count: Int, learns: Bool = false,
    into actions: inout [Float]
  ) {
    if learns {
      network.forward(features.span, rows: count, in: &workspace)
    } else {
      network.predict(features.span, rows: count, in: &workspace)
    }
    let size = count * learner.actionSize
    if actions.count != size { actions = Array(repeating: 0, count: size) }
    for index in 0..<size { actions[index] = workspace.outputs[index] }
    VectorMath.tanh(&actions)
  }

  mutating func actionValues(_ observations: [Float], count: Int, into values: inout [Float]) {
    var features: [Float] = []
    learner.encode(observations, count: count, into: &features)
    act(actor, features, count: count, into: &values)
    scale(&values)
  }

  mutating func prediction(for observation: [Float], bias: [Float]) -> Prediction {
    var features: [Float] = []
    var action: [Float] = []
    learner.encode(observation, count: 1, into: &features)
    act(actor, features, count: 1, into: &action)
    return learner.prediction(features: features, action: action)
  }

  mutating func explore(
    _ observation: [Float], bias: [Float], using policy: inout RandomSource
  ) -> Action {
    if learner.isWarmingUp {
      learner.drawEvenly(using: &policy)
    } else {
      var features: [Float] = []
      var action: [Float] = []
      learner.encode(observation, count: 1, into: &features)
      act(actor, features, count: 1, into: &action)
      let noise = settings.real("action_noise")
      for index in action.indices {
        let noisy = action[index] + Float(noise * policy.normal())
        learner.action[index] = min(max(noisy, -1), 1)
      }
    }
    return learner.scaledAction
  }

  // MARK: Learning

  mutating func update(using random: inout RandomSource) throws(CoreError) -> UpdateMetrics? {
    guard let rows = learner.sampleBatch(using: &random) else { return nil }
    let rate = Scheduled(settings, "learning_rate").value(learner.progress)

    // Critics, towards r + gamma min Q'(s', mu'(s') + clipped noise).
    var actions: [Float] = []
    swap(&actions, &self.actions)
    act(targetActor, learner.nextFeatures, count: rows, into: &actions)
    let noise = settings.real("target_policy_noise")
    let bound = settings.real("target_noise_clip")
    for index in actions.indices {
      let draw = min(max(noise * random.normal(), -bound), bound)
      actions[index] = min(max(actions[index] + Float(draw), -1), 1)
    }
    learner.critics.evaluateTargets(learner.nextFeatures, actions, rows: rows)
    learner.computeTargets(learner.critics.values)
    let (loss, norm) = learner.learnCritics(learningRate: rate)

    // Now and then the actor, up Q1(s, mu(s)), and the targets behind it.
    var actorNorm: Float = 0
    if (updates + 1).isMultiple(of: settings.integer("policy_delay")) {
      actorNorm = improveActor(rows, rate, &actions)
      let tau = Float(settings.real("tau"))
      learner.critics.updateTargets(tau: tau)
      follow(&targetActor.weights, actor.weights, share: tau)
    }
    swap(&actions, &self.actions)
    guard loss.isFinite && norm.isFinite && actorNorm.isFinite else {
      throw .notFinite(quantity: "gradient", update: updates + 1)
    }
    learner.finishUpdate()
    return UpdateMetrics(loss: loss, gradientNorm: norm, approximateKL: nil)
  }

  private mutating func improveActor(
    _ rows: Int, _ rate: Double, _ actions: inout [Float]
  ) -> Float {
    act(actor, learner.features, count: rows, learns: true, into: &actions)
    learner.critics.actionGradient(learner.features, actions, rows: rows, onlyFirst: true)
    if outputGradient.count != actions.count { outputGradient = actions }
    for index in actions.indices {
      let slope = 1 - actions[index] * actions[index]
      outputGradient[index] = -learner.critics.actionGradients[index] * slope / Float(rows)
    }
    let outputGradient = outputGradient
    actor.backward(outputGradient.span, in: &workspace, gradient: &gradient)
    return actorOptimizer.update(&actor.weights, gradient: gradient, learningRate: rate)
  }

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    try learner.set(name, to: value)
  }

  func save(to archive: inout StateArchive, includingReplay: Bool) {
    learner.save(to: &archive, name: "td3", includingReplay: includingReplay)
    archive.add("td3/actor", actor.weights)
    archive.add("td3/target_actor", targetActor.weights)
    actorOptimizer.save(to: &archive, name: "td3/actor_optimizer")
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try learner.restore(from: archive, name: "td3")
    actor.weights = try archive.floats("td3/actor", count: actor.parameterCount)
    targetActor.weights = try archive.floats("td3/target_actor", count: actor.parameterCount)
    try actorOptimizer.restore(from: archive, name: "td3/actor_optimizer")
  }
}

extension AlgorithmKind {
  static let td3 = AlgorithmKind(
    declaration: Declaration(
      name: "td3",
      summary: "Twin delayed DDPG, for continuous actions, with replay and a deterministic actor.",
      parameters: continuousParameters(learningRate: 1e-3, layers: [400, 300]) + [
        Parameter(
          "action_noise", .real(from: 0), default: .setting(0.1),
          "Deviation of the noise added to actions, from -1 to 1, while training."),
        Parameter(
          "policy_delay", .integer(1...1000), default: .setting(2),
          "Updates of the critics for one of the actor."),
        Parameter(
          "target_policy_noise", .real(from: 0), default: .setting(0.2),
          "Deviation of the noise added to the target's actions."),
        Parameter(
          "target_noise_clip", .real(from: 0), default: .setting(0.5),
          "The most that this noise adds."),
      ],
      examples: [Example("env Pendulum-v1\na = agent td3 layers=[64, 64]")],
      details: """
        Critics go towards r + gamma min Q'(s', a') with a' the target actor's action and clipped \
        noise, the actor up Q1(s, a). Only `terminated` has no future. Settings have \
        Stable-Baselines3's names and defaults, and action_noise is 0.1.
        """,
      source: "Fujimoto et al. 2018, arXiv 1802.09477; Stable-Baselines3"),
    make: { (settings, observations, actions, stream) throws(CoreError) in
      try TD3(settings, observationSpace: observations, actionSpace: actions, weights: stream)
    },
    warnings: { replayWarnings($0, steps: $1) })
}

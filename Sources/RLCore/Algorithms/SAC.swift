import Schema

/// Soft actor-critic: learns to be rewarded while acting as randomly as it can afford to. For
/// continuous actions between bounds.
///
/// Source: Haarnoja et al., "Soft Actor-Critic Algorithms and Applications", 2018, with twin
/// critics and a temperature that is learned; settings and defaults are Stable-Baselines3's.
struct SAC: ContinuousAlgorithm {
  var learner: ContinuousLearner
  private var actor: MLP
  private var actorOptimizer: Optimizer
  /// The logarithm of the temperature, one number.
  private var logTemperature: [Float]
  private var temperatureOptimizer: Adam
  /// Where noise depends on the state; the actor then gives means alone.
  private var noise: StateDependentNoise?
  private var noiseOptimizer: Optimizer

  /// Memory that is used again and again, and no part of the state.
  private var workspace = MLP.Workspace()
  private var distribution: SquashedGaussian
  private var gradient: [Float]
  private var outputGradient: [Float] = []
  private var actionGradient: [Float] = []
  private var softValues: [Float] = []
  /// Of each row the means, then the logarithms of the deviations.
  private var parameters: [Float] = []
  private var latents: [Float] = []
  private var sigmaGradient: [Float] = []
  private var noiseGradient: [Float] = []

  init(
    _ settings: Settings, observationSpace: Space, actionSpace: Space, weights: RandomSource
  ) throws(CoreError) {
    var weights = weights
    learner = try ContinuousLearner(
      settings, algorithm: "sac", observationSpace: observationSpace, actionSpace: actionSpace,
      using: &weights)
    actor = MLP(
      sizes: [learner.featureCount] + settings.integers("layers")
        + [settings.boolean("use_sde") ? learner.actionSize : 2 * learner.actionSize],
      activation: MLP.Activation(rawValue: settings.string("activation")) ?? .relu,
      using: &weights)
    actorOptimizer = Optimizer(settings, parameterCount: actor.parameterCount)
    gradient = Array(repeating: 0, count: actor.parameterCount)
    if settings.boolean("use_sde") {
      noise = StateDependentNoise(
        latentCount: actor.latentCount, size: learner.actionSize, environments: 1,
        logDeviation: settings.real("log_std_init"))
    }
    noiseGradient = noise?.logDeviations ?? []
    noiseOptimizer = Optimizer(settings, parameterCount: noiseGradient.count)
    distribution = SquashedGaussian(size: learner.actionSize)
    temperatureOptimizer = Adam(parameterCount: 1)
    logTemperature = [0]
    if let fixed = settings["ent_coef"]?.real {
      logTemperature = [Float(fixed)]
      VectorMath.log(&logTemperature)
    }
  }

  /// Everything that decides greedy actions and values, flat.
  var weights: [Float] {
    get { actor.weights + learner.critics.weights + (noise?.logDeviations ?? []) }
    set {
      let (first, second) = (actor.parameterCount, newValue.count - noiseGradient.count)
      actor.weights = Array(newValue[..<first])
      learner.critics.weights = Array(newValue[first..<second])
      noise?.logDeviations = Array(newValue[second...])
    }
  }

  var updateCost: Int {
    2 * learner.batch.count * (4 * actor.parameterCount + 12 * learner.critics.parameterCount)
  }

  private var temperature: Float {
    var value = logTemperature
    VectorMath.exp(&value)
    return value[0]
  }

  // MARK: Acting

  private func bounded(_ mean: Float) -> Float {
    let bound = StateDependentNoise.meanBound
    return noise == nil ? mean : min(max(mean, -bound), bound)
  }

  /// tanh of the means, from -1 to 1.
  private mutating func means(_ features: [Float], count: Int, into means: inout [Float]) {
    actor.predict(features.span, rows: count, in: &workspace)
    let size = learner.actionSize
    if means.count != count * size { means = Array(repeating: 0, count: count * size) }
    for index in means.indices {
      means[index] = bounded(workspace.outputs[index / size * actor.outputCount + index % size])
    }
    VectorMath.tanh(&means)
  }

  mutating func actionValues(_ observations: [Float], count: Int, into values: inout [Float]) {
    var features: [Float] = []
    learner.encode(observations, count: count, into: &features)
    means(features, count: count, into: &values)
    scale(&values)
  }

  mutating func prediction(for observation: [Float], bias: [Float]) -> Prediction {
    var features: [Float] = []
    var action: [Float] = []
    learner.encode(observation, count: 1, into: &features)
    means(features, count: 1, into: &action)
    return learner.prediction(features: features, action: action)
  }

  mutating func explore(
    _ observation: [Float], bias: [Float], using policy: inout RandomSource
  ) -> Action {
    if learner.isWarmingUp {
      learner.drawEvenly(using: &policy)
    } else {
      var features: [Float] = []
      learner.encode(observation, count: 1, into: &features)
      if noise != nil {
        exploreByState(features, using: &policy)
        return learner.scaledAction
      }
      actor.predict(features.span, in: &workspace)
      distribution.sample(workspace.outputs, rows: 1, using: &policy)
      for index in learner.action.indices { learner.action[index] = distribution.actions[index] }
    }
    return learner.scaledAction
  }

  private mutating func exploreByState(_ features: [Float], using random: inout RandomSource) {
    let interval = settings.integer("sde_sample_freq")
    let round = interval < 0 ? settings.integer("train_freq") : interval
    if steps.isMultiple(of: round) { noise!.draw(lane: 0, using: &random) }
    actor.forward(features.span, rows: 1, in: &workspace)
    actor.copyLatents(rows: 1, from: workspace, into: &latents)
    for index in learner.action.indices {
      learner.action[index] =
        bounded(workspace.outputs[index]) + noise!.noise(latents, index, lane: 0)
    }
    VectorMath.tanh(&learner.action)
  }

  // MARK: Learning

  /// Draws an action for each row of a batch, in `distribution`, and leaves what `backward` needs.
  ///
  /// With noise that depends on the state each row's is drawn on its own here: of one state it is
  /// distributed alike, and rows that share none tell more.
  private mutating func sampleActions(
    _ features: [Float], rows: Int, using random: inout RandomSource
  ) {
    actor.forward(features.span, rows: rows, in: &workspace)
    guard noise != nil else {
      distribution.sample(workspace.outputs, rows: rows, using: &random)
      return
    }
    actor.copyLatents(rows: rows, from: workspace, into: &latents)
    noise!.evaluate(latents, rows: rows)
    let size = learner.actionSize
    if parameters.count != 2 * rows * size {
      parameters = Array(repeating: 0, count: 2 * rows * size)
    }
    for place in 0..<(rows * size) {
      let first = place / size * 2 * size + place % size
      parameters[first] = bounded(workspace.outputs[place])
      parameters[first + size] = noise!.logSigmas[place]
    }
    distribution.sample(parameters, rows: rows, using: &random)
  }

  mutating func update(using random: inout RandomSource) throws(CoreError) -> UpdateMetrics? {
    guard let rows = learner.sampleBatch(using: &random) else { return nil }
    let rate = Scheduled(settings, "learning_rate").value(learner.progress)
    let temperature = temperature

    // Critics, towards r + gamma (min Q'(s', a') - alpha log p(a')) with a' as it would act now.
    let nextFeatures = learner.nextFeatures
    sampleActions(nextFeatures, rows: rows, using: &random)
    learner.critics.evaluateTargets(nextFeatures, distribution.actions, rows: rows)
    if softValues.count != rows { softValues = Array(repeating: 0, count: rows) }
    for row in 0..<rows {
      softValues[row] =
        learner.critics.values[row] - temperature * distribution.logProbabilities[row]
    }
    learner.computeTargets(softValues)
    let (loss, norm) = learner.learnCritics(learningRate: rate)

    // Actor, down alpha log p(a) - min Q(s, a) through the action drawn.
    let actorNorm = improveActor(rows, temperature, rate, using: &random)
    if settings["ent_coef"]?.real == nil { adjustTemperature(rows, rate) }
    learner.critics.updateTargets(tau: Float(settings.real("tau")))

    guard loss.isFinite && norm.isFinite && actorNorm.isFinite else {
      throw .notFinite(quantity: "gradient", update: updates + 1)
    }
    learner.finishUpdate()
    return UpdateMetrics(loss: loss, gradientNorm: norm, approximateKL: nil)
  }

  private mutating func improveActor(
    _ rows: Int, _ temperature: Float, _ rate: Double, using random: inout RandomSource
  ) -> Float {
    let size = rows * learner.actionSize
    if actionGradient.count != size {
      actionGradient = Array(repeating: 0, count: size)
      outputGradient = Array(repeating: 0, count: 2 * size)
    }
    let features = learner.features
    sampleActions(features, rows: rows, using: &random)
    learner.critics.actionGradient(features, distribution.actions, rows: rows)
    let share = 1 / Float(rows)
    for index in 0..<size {
      actionGradient[index] = -learner.critics.actionGradients[index] * share
    }
    distribution.backward(
      outputs: noise == nil ? workspace.outputs : parameters, actionGradient: actionGradient,
      logProbabilityGradient: temperature * share, gradient: &outputGradient)
    if noise != nil { improveNoise(rows, rate) }
    let outputGradient = outputGradient
    actor.backward(outputGradient.span, in: &workspace, gradient: &gradient)
    return actorOptimizer.update(&actor.weights, gradient: gradient, learningRate: rate)
  }

  /// Takes the gradient by the deviations out of `outputGradient`, which is left with that by the
  /// means alone, and steps down it.
  private mutating func improveNoise(_ rows: Int, _ rate: Double) {
    let size = learner.actionSize
    if sigmaGradient.count != rows * size {
      sigmaGradient = Array(repeating: 0, count: rows * size)
    }
    for place in 0..<(rows * size) {
      let first = place / size * 2 * size + place % size
      sigmaGradient[place] = outputGradient[first + size]
      // What is written lies before what is still to be read. Beyond the bound nothing changes.
      let isBound = abs(workspace.outputs[place]) > StateDependentNoise.meanBound
      outputGradient[place] = isBound ? 0 : outputGradient[first]
    }
    noise!.backward(latents, sigmaGradient: sigmaGradient, gradient: &noiseGradient)
    noiseOptimizer.update(
      &noise!.logDeviations, gradient: noiseGradient, learningRate: rate)
  }

  /// Towards an entropy of as many nats below zero as an action has numbers.
  private mutating func adjustTemperature(_ rows: Int, _ rate: Double) {
    let entropy = -VectorMath.sum(distribution.logProbabilities) / Float(rows)
    let target = settings["target_entropy"]?.real.map { Float($0) } ?? -Float(learner.actionSize)
    temperatureOptimizer.update(
      &logTemperature, gradient: [entropy - target], learningRate: rate)
  }

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    if name == "ent_coef" {
      throw .fixedSetting(name: name, reason: "whether it is learned is settled at the start")
    }
    if ["use_sde", "log_std_init"].contains(name) {
      throw .fixedSetting(name: name, reason: "what was learned is laid out by it")
    }
    try learner.set(name, to: value)
  }

  func save(to archive: inout StateArchive, includingReplay: Bool) {
    learner.save(to: &archive, name: "sac", includingReplay: includingReplay)
    archive.add("sac/actor", actor.weights)
    actorOptimizer.save(to: &archive, name: "sac/actor_optimizer")
    archive.add("sac/log_temperature", logTemperature)
    temperatureOptimizer.save(to: &archive, name: "sac/temperature_optimizer")
    guard let noise else { return }
    archive.add("sac/noise", noise.logDeviations)
    noise.save(to: &archive, name: "sac")
    noiseOptimizer.save(to: &archive, name: "sac/noise_optimizer")
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try learner.restore(from: archive, name: "sac")
    actor.weights = try archive.floats("sac/actor", count: actor.parameterCount)
    try actorOptimizer.restore(from: archive, name: "sac/actor_optimizer")
    logTemperature = try archive.floats("sac/log_temperature", count: 1)
    try temperatureOptimizer.restore(from: archive, name: "sac/temperature_optimizer")
    guard noise != nil else { return }
    noise!.logDeviations = try archive.floats("sac/noise", count: noiseGradient.count)
    try noise!.restore(from: archive, name: "sac")
    try noiseOptimizer.restore(from: archive, name: "sac/noise_optimizer")
  }
}

extension AlgorithmKind {
  static let sac = AlgorithmKind(
    declaration: Declaration(
      name: "sac",
      summary: "Soft actor-critic, for continuous actions, with replay and a learned temperature.",
      parameters: continuousParameters(learningRate: 3e-4, layers: [256, 256]) + [
        Parameter(
          "ent_coef",
          .either([.positiveReal, .words([Word("auto", "Learned, to keep target_entropy.")])]),
          default: .setting("auto"), "Temperature: what a nat of entropy is worth in reward."),
        Parameter(
          "target_entropy",
          .either([.real, .words([Word("auto", "Minus the numbers of an action.")])]),
          default: .setting("auto"), "The entropy that a learned temperature keeps, in nats."),
        Parameter(
          "log_std_init", .real(-20...5), default: .setting(-3.0),
          "Logarithm of the deviation that noise by use_sde starts with."),
      ] + Parameter.stateDependentNoise,
      examples: [Example("env Pendulum-v1\na = agent sac layers=[64, 64]")],
      details: """
        Critics go towards r + gamma (min Q'(s', a') - alpha log p(a')), the actor down \
        alpha log p(a) - min Q(s, a). Actions are normal draws squashed by tanh to the bounds. \
        Only `terminated` has no future. Settings have Stable-Baselines3's names and defaults.
        """,
      source: "Haarnoja et al. 2018, arXiv 1812.05905; Stable-Baselines3"),
    make: { (settings, observations, actions, stream) throws(CoreError) in
      try SAC(settings, observationSpace: observations, actionSpace: actions, weights: stream)
    },
    warnings: { replayWarnings($0, steps: $1) })
}

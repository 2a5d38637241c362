import Schema

/// Deep Q-learning with a target network and replay.
///
/// Source: Mnih et al., "Human-level control through deep reinforcement learning", 2015; the rules
/// of training are Stable-Baselines3's. With `double`: van Hasselt et al., "Deep Reinforcement
/// Learning with Double Q-learning", 2016. The other options are told at `Dueling`, `Priorities`
/// and `MultiStepReturns`.
struct DQN: Algorithm {
  private(set) var settings: Settings
  private var hyperparameters: Hyperparameters
  let observationSpace: Space
  let actionCount: Int

  var online: MLP
  var target: MLP
  private var optimizer: Optimizer
  var replay: ReplayBuffer
  /// Where replay is prioritised.
  private var priorities: Priorities?
  /// Where transitions are over several steps.
  var multiStep: MultiStepReturns?
  /// Steps of teachers to learn from beside the own ones; no part of what is saved, but of feedback.
  var demonstrations: DemonstrationReplay?

  private(set) var steps = 0
  private(set) var updates = 0
  /// Gradient steps still to be made before the next step in the environment.
  private var pendingUpdates = 0

  /// Memory that is used again and again, and no part of the state.
  var scratch: Scratch
  var workspace = MLP.Workspace()
  var gradient: [Float]

  /// Gradients longer than this are scaled down to it.
  private static let maximumGradientNorm = 10.0

  init(
    _ settings: Settings, observationSpace: Space, actionSpace: Space, weights: RandomSource
  ) throws(CoreError) {
    guard case .discrete(let actionCount) = actionSpace else {
      throw .incompatible("dqn needs discrete actions, and these are \(actionSpace)")
    }
    var weights = weights
    self.settings = settings
    self.observationSpace = observationSpace
    self.actionCount = actionCount
    hyperparameters = Hyperparameters(settings)
    online = try MLP(
      settings, seeing: observationSpace,
      outputs: settings.boolean("dueling") ? actionCount + 1 : actionCount, using: &weights)
    target = online
    optimizer = Optimizer(settings, parameterCount: online.parameterCount)
    gradient = Array(repeating: 0, count: online.parameterCount)
    replay = ReplayBuffer(
      capacity: settings.integer("buffer_size"), observationSize: observationSpace.size)
    if settings.boolean("prioritized_replay") {
      priorities = Priorities(alpha: settings.real("prioritized_replay_alpha"))
    }
    if settings.integer("n_steps") > 1 {
      multiStep = MultiStepReturns(steps: settings.integer("n_steps"))
    }
    scratch = Scratch(
      hyperparameters, space: observationSpace, actions: actionCount,
      isPrioritized: priorities != nil)
  }

  private var progress: Double { Double(steps) / Double(hyperparameters.totalSteps) }
  var isDueling: Bool { online.outputCount > actionCount }

  var epsilon: Double? {
    let progress = progress
    let (start, end) = (hyperparameters.initialEpsilon, hyperparameters.finalEpsilon)
    return progress >= hyperparameters.explorationFraction
      ? end : start + progress / hyperparameters.explorationFraction * (end - start)
  }
  var replayCount: Int? { replay.count }
  var weights: [Float] {
    get { online.weights }
    set { online.weights = newValue }
  }

  // MARK: Acting

  mutating func actionValues(
    _ observations: [Float], count: Int, into values: inout [Float]
  ) {
    precondition(observations.count == count * observationSpace.size)
    if observationSpace.isPlain {
      predict(online, observations, rows: count)
    } else {
      let size = count * observationSpace.featureCount
      var features = Array(repeating: Float(0), count: size)
      observationSpace.encode(observations, count: count, into: &features)
      predict(online, features, rows: count)
    }
    let size = count * actionCount
    if values.count != size { values = Array(repeating: 0, count: size) }
    for index in 0..<size { values[index] = workspace.outputs[index] }
  }

  /// The values of a batch, in `workspace.outputs`: `[rows, actions]`.
  ///
  /// - Parameter learns: `backward` follows.
  mutating func predict(
    _ network: MLP, _ features: [Float], rows: Int, learns: Bool = false
  ) {
    if learns {
      network.forward(features.span, rows: rows, in: &workspace)
    } else {
      network.predict(features.span, rows: rows, in: &workspace)
    }
    if isDueling { Dueling.combine(&workspace.outputs, rows: rows, actions: actionCount) }
  }

  mutating func explore(
    _ observation: [Float], bias: [Float], using policy: inout RandomSource
  ) -> Action {
    if steps < hyperparameters.learningStarts || policy.bernoulli(epsilon ?? 0) {
      return .discrete(policy.integer(below: actionCount))
    }
    var values: [Float] = []
    swap(&values, &scratch.values)
    actionValues(observation, count: 1, into: &values)
    if !bias.isEmpty {
      for action in values.indices { values[action] += bias[action] }
    }
    let choice = argmax(values[...])
    swap(&values, &scratch.values)
    return .discrete(choice)
  }

  // MARK: Learning

  mutating func record(_ transition: borrowing Transition) {
    if multiStep == nil {
      keep(
        transition.observation, transition.action.choice ?? 0, Float(transition.reward),
        before: transition)
    } else {
      for step in multiStep!.append(transition, gamma: hyperparameters.gamma) {
        keep(step.observation, step.action, step.reward, before: transition, step.discount)
      }
    }
    steps += 1
    if steps.isMultiple(of: hyperparameters.targetUpdateInterval) { target = online }
    if steps > hyperparameters.learningStarts, steps.isMultiple(of: hyperparameters.trainFrequency)
    {
      pendingUpdates = hyperparameters.gradientSteps
    }
  }

  /// Adds to the replay buffer what was done in a state, what it brought, and `last.next`.
  private mutating func keep(
    _ observation: [Float], _ action: Int, _ reward: Float, before last: borrowing Transition,
    _ discount: Float = 1
  ) {
    priorities?.append(at: replay.cursor)
    replay.append(
      observation: observation, action: action, reward: reward, next: last.next,
      terminated: last.terminated, discount: discount)
  }

  var updateCost: Int {
    // Forward through both networks and backward by weights and inputs, two operations a weight.
    8 * hyperparameters.batchSize * online.multiplicationCount + 20 * online.parameterCount
  }

  mutating func update(
    using random: inout RandomSource
  ) throws(CoreError) -> UpdateMetrics? {
    // The first transitions over several steps are complete only after those.
    guard pendingUpdates > 0, replay.count > 0 else { return nil }
    let metrics = try learnFromBatch(using: &random)
    pendingUpdates -= 1
    return metrics
  }

  /// One gradient step.
  ///
  /// - Parameter isTaught: on demonstrations alone, as before there is anything else.
  mutating func learnFromBatch(
    isTaught: Bool = false, using random: inout RandomSource
  ) throws(CoreError) -> UpdateMetrics {
    let rows = hyperparameters.batchSize
    if !isTaught { sample(using: &random) }
    let demonstrated =
      demonstrations?.fill(&scratch.batch, all: isTaught, using: &random) ?? 0
    // Demonstrated rows are drawn evenly.
    if priorities != nil { for row in 0..<demonstrated { scratch.weights[row] = 1 } }
    if !observationSpace.isPlain { scratch.encode(observationSpace) }

    computeTargets(rows)
    predict(online, scratch.observations, rows: rows, learns: true)
    let loss = SmoothL1.meanLoss(
      values: workspace.outputs, actionCount: actionCount, actions: scratch.batch.actions,
      targets: scratch.targets, weights: scratch.weights, gradient: &scratch.valueGradient)
    if priorities != nil { updatePriorities(from: demonstrated) }
    if demonstrated > 0 { addMargin(demonstrated, of: rows) }
    if isDueling {
      Dueling.spread(
        scratch.valueGradient, rows: rows, actions: actionCount, into: &scratch.outputGradient)
    }
    let outputGradient = isDueling ? scratch.outputGradient : scratch.valueGradient
    online.backward(outputGradient.span, in: &workspace, gradient: &gradient)
    if demonstrated > 0 { addDecay() }
    let norm = optimizer.update(
      &online.weights, gradient: gradient,
      learningRate: hyperparameters.learningRate.value(progress),
      maximumNorm: Self.maximumGradientNorm)

    guard loss.isFinite && norm.isFinite else {
      throw .notFinite(quantity: "gradient", update: updates + 1)
    }
    updates += 1
    return UpdateMetrics(loss: loss, gradientNorm: norm, approximateKL: nil)
  }

  /// Draws the batch, evenly or by priority.
  private mutating func sample(using random: inout RandomSource) {
    guard priorities != nil else {
      replay.sample(into: &scratch.batch, using: &random)
      return
    }
    let start = hyperparameters.initialBeta
    priorities!.draw(
      count: replay.count, beta: start + min(progress, 1) * (1 - start),
      places: &scratch.batch.rows, weights: &scratch.weights, using: &random)
    replay.gather(&scratch.batch)
  }

  /// By the errors of the batch that was just predicted; its first rows may be demonstrated ones,
  /// which have no priority.
  private mutating func updatePriorities(from first: Int) {
    for row in scratch.errors.indices {
      let taken = row * actionCount + Int(scratch.batch.actions[row])
      scratch.errors[row] = workspace.outputs[taken] - scratch.targets[row]
    }
    if first == 0 {
      priorities!.update(scratch.batch.rows, errors: scratch.errors)
    } else if first < scratch.errors.count {
      priorities!.update(
        Array(scratch.batch.rows[first...]), errors: Array(scratch.errors[first...]))
    }
  }

  /// r + gamma max Q'(s', a); only the task's own end has no future.
  private mutating func computeTargets(_ rows: Int) {
    if hyperparameters.isDouble {
      predict(online, scratch.nexts, rows: rows)
      for row in 0..<rows {
        let values = workspace.outputs[(row * actionCount)..<((row + 1) * actionCount)]
        scratch.nextActions[row] = argmax(values)
      }
    }
    predict(target, scratch.nexts, rows: rows)
    let gamma = hyperparameters.gamma
    for row in 0..<rows {
      let first = row * actionCount
      var best = workspace.outputs[first]
      if hyperparameters.isDouble {
        best = workspace.outputs[first + scratch.nextActions[row]]
      } else {
        for action in 1..<max(actionCount, 1) {
          best = max(best, workspace.outputs[first + action])
        }
      }
      scratch.targets[row] =
        scratch.batch.rewards[row] + gamma * scratch.batch.continues[row] * best
    }
  }

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    if Self.fixedSettings.contains(name) {
      throw .fixedSetting(name: name, reason: "what was learned is laid out by it")
    }
    settings[name] = value
    hyperparameters = Hyperparameters(settings)
    scratch = Scratch(
      hyperparameters, space: observationSpace, actions: actionCount,
      isPrioritized: priorities != nil)
  }
}

// MARK: - State

extension DQN {
  /// Settings by which what was learned and collected is laid out.
  private static let fixedSettings =
    MLP.fixedSettings + Optimizer.fixedSettings + [
      "buffer_size", "dueling", "prioritized_replay", "prioritized_replay_alpha", "n_steps",
    ]

  func save(to archive: inout StateArchive, includingReplay: Bool) {
    archive.add("dqn/weights", online.weights)
    archive.add("dqn/target", target.weights)
    optimizer.save(to: &archive, name: "dqn")
    archive.add("dqn/counters", [steps, updates, pendingUpdates, replay.cursor])
    multiStep?.save(to: &archive, name: "dqn")
    if includingReplay {
      replay.save(to: &archive, name: "dqn")
      priorities?.save(to: &archive, name: "dqn", count: replay.count)
    }
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    let count = online.parameterCount
    let counters = try archive.integers("dqn/counters", count: 4)
    guard counters.allSatisfy(StateArchive.counts.contains) else {
      throw .damagedArchive(reason: "a counter of dqn is out of range")
    }
    online.weights = try archive.floats("dqn/weights", count: count)
    target.weights = try archive.floats("dqn/target", count: count)
    try optimizer.restore(from: archive, name: "dqn")
    try multiStep?.restore(
      from: archive, name: "dqn", space: observationSpace, actions: actionCount)
    (steps, updates, pendingUpdates) = (counters[0], counters[1], counters[2])
    try replay.restore(
      from: archive, name: "dqn", cursor: counters[3], space: observationSpace,
      actions: actionCount)
    if replay.count > 0 {
      try priorities?.restore(from: archive, name: "dqn", count: replay.count)
    }
    // An agent saved without its buffer collects anew before it learns on.
    if replay.count == 0 { pendingUpdates = 0 }
  }

  /// Buffers of fixed size, so that training allocates nothing.
  struct Scratch: Sendable {
    var batch: ReplayBuffer.Batch
    /// What the network sees of the batch, where that is not the batch itself.
    var features: (observations: [Float], nexts: [Float])?
    var targets: [Float]
    var nextActions: [Int]
    /// Of the loss by the values of actions, and by the outputs of a dueling network.
    var valueGradient: [Float]
    var outputGradient: [Float] = []
    /// What each row's loss counts, and how far off its value was, where replay is prioritised.
    var weights: [Float] = []
    var errors: [Float] = []
    var values: [Float] = []

    init(_ hyperparameters: Hyperparameters, space: Space, actions: Int, isPrioritized: Bool) {
      let batchSize = hyperparameters.batchSize
      batch = ReplayBuffer.Batch(count: batchSize, observationSize: space.size)
      if !space.isPlain {
        let zeros = Array(repeating: Float(0), count: batchSize * space.featureCount)
        features = (zeros, zeros)
      }
      targets = Array(repeating: 0, count: batchSize)
      nextActions = Array(repeating: 0, count: batchSize)
      valueGradient = Array(repeating: 0, count: batchSize * actions)
      if hyperparameters.isDueling {
        outputGradient = Array(repeating: 0, count: batchSize * (actions + 1))
      }
      if isPrioritized { (weights, errors) = (targets, targets) }
    }

    var observations: [Float] { features?.observations ?? batch.observations }
    var nexts: [Float] { features?.nexts ?? batch.nexts }

    mutating func encode(_ space: Space) {
      space.encode(batch.observations, count: batch.count, into: &features!.observations)
      space.encode(batch.nexts, count: batch.count, into: &features!.nexts)
    }
  }
}

import Schema

/// Deep Q-learning with a target network and uniform replay.
///
/// Source: Mnih et al., "Human-level control through deep reinforcement learning", 2015; the rules
/// of training are Stable-Baselines3's. With `double`: van Hasselt et al., "Deep Reinforcement
/// Learning with Double Q-learning", 2016.
struct DQN: Algorithm {
  private(set) var settings: Settings
  private var hyperparameters: Hyperparameters
  private let observationSpace: Space
  private let actionCount: Int

  private var online: MLP
  private var target: MLP
  private var optimizer: Adam
  private var replay: ReplayBuffer

  private(set) var steps = 0
  private(set) var updates = 0
  /// Gradient steps still to be made before the next step in the environment.
  private var pendingUpdates = 0

  /// Memory that is used again and again, and no part of the state.
  private var scratch: Scratch
  private var workspace = MLP.Workspace()
  private var gradient: [Float]

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
    online = MLP(
      sizes: [observationSpace.featureCount] + settings.integers("layers") + [actionCount],
      activation: MLP.Activation(rawValue: settings.string("activation")) ?? .relu,
      using: &weights)
    target = online
    optimizer = Adam(parameterCount: online.parameterCount)
    gradient = Array(repeating: 0, count: online.parameterCount)
    replay = ReplayBuffer(
      capacity: settings.integer("buffer_size"), observationSize: observationSpace.size)
    scratch = Scratch(
      batchSize: hyperparameters.batchSize, space: observationSpace, network: online)
  }

  var epsilon: Double? {
    let progress = Double(steps) / Double(hyperparameters.totalSteps)
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
      online.predict(observations.span, rows: count, in: &workspace)
    } else {
      let size = count * observationSpace.featureCount
      var features = Array(repeating: Float(0), count: size)
      observationSpace.encode(observations, count: count, into: &features)
      online.predict(features.span, rows: count, in: &workspace)
    }
    let size = count * actionCount
    if values.count != size { values = Array(repeating: 0, count: size) }
    for index in 0..<size { values[index] = workspace.outputs[index] }
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
    replay.append(
      observation: transition.observation, action: transition.action.choice ?? 0,
      reward: Float(transition.reward), next: transition.next, terminated: transition.terminated)
    steps += 1
    if steps.isMultiple(of: hyperparameters.targetUpdateInterval) { target = online }
    if steps > hyperparameters.learningStarts, steps.isMultiple(of: hyperparameters.trainFrequency)
    {
      pendingUpdates = hyperparameters.gradientSteps
    }
  }

  var updateCost: Int {
    // Forward through both networks and backward by weights and inputs, two operations a weight.
    8 * hyperparameters.batchSize * online.parameterCount + 20 * online.parameterCount
  }

  mutating func update(
    using random: inout RandomSource
  ) throws(CoreError) -> UpdateMetrics? {
    guard pendingUpdates > 0 else { return nil }
    let rows = hyperparameters.batchSize
    replay.sample(into: &scratch.batch, using: &random)
    if !observationSpace.isPlain { scratch.encode(observationSpace) }

    computeTargets(rows)
    online.forward(scratch.observations.span, rows: rows, in: &workspace)
    let loss = SmoothL1.meanLoss(
      values: workspace.outputs, actionCount: actionCount, actions: scratch.batch.actions,
      targets: scratch.targets, gradient: &scratch.outputGradient)
    let outputGradient = scratch.outputGradient
    online.backward(outputGradient.span, in: &workspace, gradient: &gradient)
    let norm = optimizer.update(
      &online.weights, gradient: gradient, learningRate: hyperparameters.learningRate,
      maximumNorm: Self.maximumGradientNorm)

    guard loss.isFinite && norm.isFinite else {
      throw .notFinite(quantity: "gradient", update: updates + 1)
    }
    pendingUpdates -= 1
    updates += 1
    return UpdateMetrics(loss: loss, gradientNorm: norm, approximateKL: nil)
  }

  /// r + gamma max Q'(s', a); only the task's own end has no future.
  private mutating func computeTargets(_ rows: Int) {
    if hyperparameters.isDouble {
      online.predict(scratch.nexts.span, rows: rows, in: &workspace)
      for row in 0..<rows {
        let values = workspace.outputs[(row * actionCount)..<((row + 1) * actionCount)]
        scratch.nextActions[row] = argmax(values)
      }
    }
    target.predict(scratch.nexts.span, rows: rows, in: &workspace)
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
    if ["layers", "activation", "buffer_size"].contains(name) {
      throw .fixedSetting(name: name, reason: "what was learned is laid out by it")
    }
    settings[name] = value
    hyperparameters = Hyperparameters(settings)
    scratch = Scratch(
      batchSize: hyperparameters.batchSize, space: observationSpace, network: online)
  }
}

// MARK: - State

extension DQN {
  func save(to archive: inout StateArchive, includingReplay: Bool) {
    archive.add("dqn/weights", online.weights)
    archive.add("dqn/target", target.weights)
    archive.add("dqn/first_moment", optimizer.firstMoment)
    archive.add("dqn/second_moment", optimizer.secondMoment)
    archive.add("dqn/counters", [steps, updates, pendingUpdates, optimizer.step, replay.cursor])
    if includingReplay { archive.add("dqn/replay", .float32, replay.bytes) }
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    let count = online.parameterCount
    let counters = try archive.integers("dqn/counters", count: 5)
    guard counters.allSatisfy(StateArchive.counts.contains) else {
      throw .damagedArchive(reason: "a counter of dqn is out of range")
    }
    online.weights = try archive.floats("dqn/weights", count: count)
    target.weights = try archive.floats("dqn/target", count: count)
    optimizer = Adam(
      firstMoment: try archive.floats("dqn/first_moment", count: count),
      secondMoment: try archive.floats("dqn/second_moment", count: count), step: counters[3])
    (steps, updates, pendingUpdates) = (counters[0], counters[1], counters[2])
    if archive.contains("dqn/replay") {
      let rows = try archive.floats("dqn/replay")
      guard
        replay.restore(
          rows: rows, cursor: counters[4], space: observationSpace, actions: actionCount)
      else {
        throw .damagedArchive(reason: "the replay buffer does not fit the settings")
      }
    }
    // An agent saved without its buffer collects anew before it learns on.
    if replay.count == 0 { pendingUpdates = 0 }
  }

  /// Buffers of fixed size, so that training allocates nothing.
  private struct Scratch: Sendable {
    var batch: ReplayBuffer.Batch
    /// What the network sees of the batch, where that is not the batch itself.
    var features: (observations: [Float], nexts: [Float])?
    var targets: [Float]
    var nextActions: [Int]
    var outputGradient: [Float]
    var values: [Float] = []

    init(batchSize: Int, space: Space, network: MLP) {
      batch = ReplayBuffer.Batch(count: batchSize, observationSize: space.size)
      if !space.isPlain {
        let zeros = Array(repeating: Float(0), count: batchSize * space.featureCount)
        features = (zeros, zeros)
      }
      targets = Array(repeating: 0, count: batchSize)
      nextActions = Array(repeating: 0, count: batchSize)
      outputGradient = Array(repeating: 0, count: batchSize * network.outputCount)
    }

    var observations: [Float] { features?.observations ?? batch.observations }
    var nexts: [Float] { features?.nexts ?? batch.nexts }

    mutating func encode(_ space: Space) {
      space.encode(batch.observations, count: batch.count, into: &features!.observations)
      space.encode(batch.nexts, count: batch.count, into: &features!.nexts)
    }
  }
}

import Schema

/// What off-policy algorithms for continuous actions share: replay, twin critics, the rhythm of
/// learning, and actions kept between -1 and 1, whatever the environment's bounds.
struct ContinuousLearner: Sendable {
  var settings: Settings
  private let observationSpace: Space
  private let box: Space.Box
  let actionSize: Int
  let featureCount: Int
  var critics: TwinCritics
  private var replay: ReplayBuffer
  private(set) var steps = 0
  private(set) var updates = 0
  /// Gradient steps still to be made before the next step in the environment.
  private var pendingUpdates = 0
  private var rhythm: Rhythm

  /// Memory that is used again and again, and no part of the state.
  private(set) var batch: ReplayBuffer.Batch
  private(set) var features: [Float] = []
  private(set) var nextFeatures: [Float] = []
  var targets: [Float]
  /// The action drawn for the present observation, from -1 to 1.
  var action: [Float]

  /// The settings that every step asks for.
  private struct Rhythm: Sendable {
    let learningStarts: Int
    let trainFrequency: Int
    /// Already as many as steps, where -1 was given.
    let gradientSteps: Int

    init(_ settings: Settings) {
      learningStarts = settings.integer("learning_starts")
      trainFrequency = settings.integer("train_freq")
      let given = settings.integer("gradient_steps")
      gradientSteps = given < 0 ? trainFrequency : given
    }
  }

  /// - Throws: `incompatible` for actions that are not in a bounded box.
  init(
    _ settings: Settings, algorithm: String, observationSpace: Space, actionSpace: Space,
    using random: inout RandomSource
  ) throws(CoreError) {
    guard case .box(let box) = actionSpace else {
      throw .incompatible("\(algorithm) needs continuous actions, and these are \(actionSpace)")
    }
    guard (box.low + box.high).allSatisfy({ $0.isFinite }) else {
      throw .incompatible("\(algorithm) needs actions between bounds, and these have none")
    }
    self.settings = settings
    self.observationSpace = observationSpace
    self.box = box
    actionSize = actionSpace.size
    featureCount = observationSpace.featureCount
    critics = TwinCritics(
      settings, featureCount: featureCount, actionSize: actionSize, using: &random)
    replay = ReplayBuffer(
      capacity: settings.integer("buffer_size"), observationSize: observationSpace.size,
      actionSize: actionSize)
    rhythm = Rhythm(settings)
    let rows = settings.integer("batch_size")
    batch = ReplayBuffer.Batch(
      count: rows, observationSize: observationSpace.size, vectorSize: actionSize)
    targets = Array(repeating: 0, count: rows)
    action = Array(repeating: 0, count: actionSize)
  }

  var replayCount: Int { replay.count }
  var progress: Double { Double(steps) / Double(settings.integer("total_steps")) }
  /// Whether actions are still drawn evenly.
  var isWarmingUp: Bool { steps < rhythm.learningStarts }

  // MARK: Acting

  /// What the networks see of observations.
  func encode(_ observations: [Float], count: Int, into features: inout [Float]) {
    let size = count * featureCount
    if features.count != size { features = Array(repeating: 0, count: size) }
    observationSpace.encode(observations, count: count, into: &features)
  }

  /// A number from -1 to 1 as the environment's `index`-th.
  func scaled(_ value: Float, _ index: Int) -> Double {
    box.scaled(value, index)
  }

  /// `action` as the environment takes it.
  var scaledAction: Action {
    .continuous(action.indices.map { scaled(action[$0], $0) })
  }

  /// Draws `action` evenly.
  mutating func drawEvenly(using random: inout RandomSource) {
    for index in action.indices { action[index] = Float(random.uniform(in: -1...1)) }
  }

  /// The prediction for the greedy action, given from -1 to 1.
  mutating func prediction(features: [Float], action: [Float]) -> Prediction {
    critics.evaluate(features, action, rows: 1)
    return Prediction(
      action: .continuous(action.indices.map { Double(Float(scaled(action[$0], $0))) }),
      values: [critics.values[0]], probabilities: [])
  }

  // MARK: Learning

  /// Puts new rewards in place of those remembered; actions are remembered from -1 to 1.
  mutating func relabel(
    _ rewards: (_ observations: [Float], _ actions: [Float], _ count: Int) -> [Double]
  ) {
    let box = box
    replay.relabel { observations, actions, count in
      rewards(observations, actions.indices.map { Float(box.scaled(actions[$0], $0)) }, count)
    }
  }

  mutating func record(_ transition: borrowing Transition) {
    replay.append(
      observation: transition.observation, action: action, reward: Float(transition.reward),
      next: transition.next, terminated: transition.terminated)
    steps += 1
    if steps > rhythm.learningStarts, steps.isMultiple(of: rhythm.trainFrequency) {
      pendingUpdates = rhythm.gradientSteps
    }
  }

  /// Draws a batch where a gradient step is due.
  ///
  /// - Returns: its rows; nil where none is due.
  mutating func sampleBatch(using random: inout RandomSource) -> Int? {
    guard pendingUpdates > 0 else { return nil }
    replay.sample(into: &batch, using: &random)
    encode(batch.observations, count: batch.count, into: &features)
    encode(batch.nexts, count: batch.count, into: &nextFeatures)
    return batch.count
  }

  /// r + gamma times `values`, in `targets`; only the task's own end has no future.
  mutating func computeTargets(_ values: [Float]) {
    let gamma = Float(settings.real("gamma"))
    for row in targets.indices {
      targets[row] = batch.rewards[row] + gamma * batch.continues[row] * values[row]
    }
  }

  /// One step of the critics to `targets`.
  mutating func learnCritics(learningRate: Double) -> (loss: Float, norm: Float) {
    critics.learn(
      features, batch.vectors, targets: targets, rows: batch.count, learningRate: learningRate)
  }

  mutating func finishUpdate() {
    pendingUpdates -= 1
    updates += 1
  }

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    if (["layers", "activation", "buffer_size"] + Optimizer.fixedSettings).contains(name) {
      throw .fixedSetting(name: name, reason: "what was learned is laid out by it")
    }
    settings[name] = value
    rhythm = Rhythm(settings)
    let rows = settings.integer("batch_size")
    batch = ReplayBuffer.Batch(
      count: rows, observationSize: observationSpace.size, vectorSize: actionSize)
    targets = Array(repeating: 0, count: rows)
  }
}

// MARK: - State

extension ContinuousLearner {
  func save(to archive: inout StateArchive, name: String, includingReplay: Bool) {
    critics.save(to: &archive, name: "\(name)/critic")
    archive.add("\(name)/counters", [steps, updates, pendingUpdates, replay.cursor])
    if includingReplay { replay.save(to: &archive, name: name) }
  }

  mutating func restore(from archive: StateArchive, name: String) throws(CoreError) {
    try critics.restore(from: archive, name: "\(name)/critic")
    let counters = try archive.integers("\(name)/counters", count: 4)
    guard counters.allSatisfy(StateArchive.counts.contains) else {
      throw .damagedArchive(reason: "a counter of \(name) is out of range")
    }
    (steps, updates, pendingUpdates) = (counters[0], counters[1], counters[2])
    try replay.restore(
      from: archive, name: name, cursor: counters[3], space: observationSpace, actions: nil)
    // An agent saved without its buffer collects anew before it learns on.
    if replay.count == 0 { pendingUpdates = 0 }
  }
}

/// An algorithm whose state is a `ContinuousLearner`, but for its actor.
protocol ContinuousAlgorithm: Algorithm {
  var learner: ContinuousLearner { get set }
}

extension ContinuousAlgorithm {
  var settings: Settings { learner.settings }
  var steps: Int { learner.steps }
  var updates: Int { learner.updates }
  var epsilon: Double? { nil }
  var replayCount: Int? { learner.replayCount }

  mutating func record(_ transition: borrowing Transition) { learner.record(transition) }

  /// From -1 to 1 to the environment's bounds, in place.
  func scale(_ actions: inout [Float]) {
    let size = learner.actionSize
    for index in actions.indices {
      actions[index] = Float(learner.scaled(actions[index], index % size))
    }
  }
}

extension AlgorithmKind {
  /// The parameters of off-policy algorithms for continuous actions.
  static func continuousParameters(learningRate: Double, layers: Setting) -> [Parameter] {
    networkParameters(layers: layers) + Parameter.optimizer() + [
      .learningRate(learningRate), Schedule.parameter(for: "learning_rate"),
      Parameter(
        "batch_size", .integer(1...65_536), default: .setting(256),
        "Transitions in a gradient step.", search: .choice([64, 128, 256, 512])),
      Parameter(
        "buffer_size", .integer(1...100_000_000), default: .setting(1_000_000),
        "Transitions kept for replay.", search: .choice([50_000, 200_000, 1_000_000])),
      Parameter(
        "learning_starts", .integer(from: 0), default: .setting(100),
        "Steps with random actions before learning begins."),
      .gamma(),
      Parameter(
        "tau", .real(0...1), default: .setting(0.005),
        "Share by which target networks follow at each update.",
        search: .choice([0.001, 0.005, 0.01, 0.02])),
      Parameter(
        "train_freq", .integer(from: 1), default: .setting(1),
        "Steps between two rounds of learning."),
      Parameter(
        "gradient_steps", .either([.integer(from: 1), .integer(-1 ... -1)]),
        default: .setting(1), "Gradient steps in a round; -1 makes as many as steps."),
    ]
  }
}

extension Space.Box {
  /// The number at `index` of flat rows of members, given from -1 to 1.
  fileprivate func scaled(_ value: Float, _ index: Int) -> Double {
    let (low, high) = (low[index % low.count], high[index % high.count])
    return min(max(low + (Double(value) + 1) / 2 * (high - low), low), high)
  }
}

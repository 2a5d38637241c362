import CKernels
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
  var target: MLP {
    didSet { targetValues.networkChanged() }
  }
  private var targetValues = TargetValues()
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
    targetValues.forget(replay.cursor)
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

    computeTargets(rows, demonstrated: demonstrated, draws: random)
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
  ///
  /// - Parameters:
  ///   - demonstrated: how many of the batch's first rows are not from the replay buffer.
  ///   - draws: what the next batch is drawn from.
  private mutating func computeTargets(_ rows: Int, demonstrated: Int, draws: RandomSource) {
    if hyperparameters.isDouble {
      evaluateChosenActions(rows)
    } else if demonstrated == 0, keepsTargetValues(rows) {
      evaluateUnknownStates(rows, draws: foreseesBatch ? draws : nil)
    } else {
      predict(target, scratch.nexts, rows: rows)
      for row in 0..<rows { scratch.targets[row] = bestPredicted(row) }
    }
    let gamma = hyperparameters.gamma
    for row in 0..<rows {
      scratch.targets[row] =
        scratch.batch.rewards[row] + gamma * scratch.batch.continues[row] * scratch.targets[row]
    }
  }

  /// Whether the target network's values are looked up before it is asked. It works on panels of rows:
  /// where a panel's rest cannot be put to use, a whole one is to be saved.
  private mutating func keepsTargetValues(_ rows: Int) -> Bool {
    targetValues.willDraw(
      rows, of: replay.count, worth: foreseesBatch ? rows / 16 : Int(rlhs_panel))
  }

  /// Whether the next batch is drawn before another step is made, and what from is known.
  private var foreseesBatch: Bool {
    pendingUpdates > 1 && priorities == nil && observationSpace.isPlain
  }

  /// The next states' values into `targets`: of the actions that the online network would take.
  private mutating func evaluateChosenActions(_ rows: Int) {
    predict(online, scratch.nexts, rows: rows)
    for row in 0..<rows {
      let values = workspace.outputs[(row * actionCount)..<((row + 1) * actionCount)]
      scratch.nextActions[row] = argmax(values)
    }
    predict(target, scratch.nexts, rows: rows)
    for row in 0..<rows {
      scratch.targets[row] = workspace.outputs[row * actionCount + scratch.nextActions[row]]
    }
  }

  /// The next states' values into `targets`; only those not known yet take a pass.
  ///
  /// - Parameter draws: what the next batch is drawn from, if that comes before the next step.
  private mutating func evaluateUnknownStates(_ rows: Int, draws: RandomSource?) {
    let (nexts, width) = (scratch.nexts, observationSpace.featureCount)
    var unknown = 0
    for row in 0..<rows {
      let place = scratch.batch.rows[row]
      if let value = targetValues[place] {
        scratch.targets[row] = value
        continue
      }
      for i in 0..<width { scratch.unknownNexts[unknown * width + i] = nexts[row * width + i] }
      (scratch.unknownRows[unknown], scratch.unknownPlaces[unknown]) = (row, place)
      unknown += 1
    }
    guard unknown > 0 else { return }
    let all = draws.map { addUnknownStatesAhead(of: unknown, $0) } ?? unknown
    predict(target, scratch.unknownNexts, rows: all)
    for index in 0..<all {
      let value = bestPredicted(index)
      if index < unknown { scratch.targets[scratch.unknownRows[index]] = value }
      targetValues.keep(value, of: scratch.unknownPlaces[index])
    }
  }

  /// Fills what is left of the last panel of `count` rows, which would be worked out for nothing, with
  /// what the next batch will ask for.
  ///
  /// - Returns: how many there are now.
  private mutating func addUnknownStatesAhead(of count: Int, _ draws: RandomSource) -> Int {
    let (width, panel) = (observationSpace.featureCount, Int(rlhs_panel))
    let room = min((count + panel - 1) / panel * panel, scratch.unknownRows.count)
    var (draws, all) = (draws, count)
    for _ in 0..<hyperparameters.batchSize where all < room {
      let place = replay.draw(using: &draws)
      guard targetValues[place] == nil else { continue }
      replay.copyNext(of: place, into: &scratch.unknownNexts, at: all * width)
      scratch.unknownPlaces[all] = place
      all += 1
    }
    return all
  }

  /// The greatest value in a row of what was predicted last.
  private func bestPredicted(_ row: Int) -> Float {
    let first = row * actionCount
    var best = workspace.outputs[first]
    for action in 1..<max(actionCount, 1) { best = max(best, workspace.outputs[first + action]) }
    return best
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
    /// Next states whose values the target network is to be asked for, and their rows in the batch.
    var unknownNexts: [Float]
    var unknownRows: [Int]
    /// Their places in the replay buffer.
    var unknownPlaces: [Int]
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
      (unknownRows, unknownPlaces) = (nextActions, nextActions)
      unknownNexts = Array(repeating: 0, count: batchSize * space.featureCount)
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

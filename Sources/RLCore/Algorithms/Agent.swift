import Schema

/// A learner in its task: an algorithm's state, its own copy of the environment, random streams,
/// the best weights so far, and what people said.
///
/// A class, because training, feedback and looking on share one; `fork` gives an independent copy.
/// Not for two threads at once. What training reads and writes at each step, with no foreign code in
/// between, goes without the run-time check that two accesses do not overlap.
public final class Agent {
  /// The declared name, such as `dqn`.
  public let algorithmName: String
  /// One line that says which preset is used.
  public let presetText: String
  /// Fixes all of the agent's streams.
  public private(set) var seed: Int

  var algorithm: any Algorithm
  /// The copies trained in by turns, in the middle of an episode as a rule.
  var lanes: [Lane]
  /// The first of the copies trained in.
  public internal(set) var environment: EnvironmentInstance {
    get { lanes[0].environment }
    _modify { yield &lanes[0].environment }
  }
  @exclusivity(unchecked)
  var policyStream: RandomSource
  @exclusivity(unchecked)
  var replayStream: RandomSource

  /// Steps trained; the algorithm's own count, as is the next. Kept here because asking a value of
  /// unknown type copies it, and training asks at each step.
  @exclusivity(unchecked)
  public internal(set) var steps = 0
  /// Gradient steps made.
  @exclusivity(unchecked)
  public internal(set) var updates = 0
  /// Episodes finished in training.
  public internal(set) var episodes = 0
  /// The step after which the last validation was made.
  var validatedAt = 0
  /// The weights that did best so far; nil before the first validation.
  public internal(set) var best: Best?
  /// The step at which an interrupted training was to end.
  public internal(set) var trainingGoal: Int?
  /// `updates` when the latest step was made; it and `isSettled` are no part of the state, but of
  /// where training stands between two steps.
  var updatesAtStep = 0
  /// No update is due after the latest step.
  var isSettled = true
  /// What was done since feedback first came; no part of the state.
  var history = FeedbackHistory()
  /// What people said, and what it made of it.
  public internal(set) var feedback = FeedbackState()
  /// How many threads learning from feedback may use, the caller's among them. It changes no bit.
  public var threads = 1
  /// Of the settings what training asks for at each step.
  @exclusivity(unchecked)
  private(set) var plan: Plan

  /// Scratch, and no part of the state.
  @exclusivity(unchecked)
  var transition: Transition
  @exclusivity(unchecked)
  var bias: [Float] = []
  var values: [Float] = []

  /// A copy of the environment with its episode so far.
  struct Lane: Sendable {
    var environment: EnvironmentInstance
    /// The return so far.
    var episodeReturn = 0.0
    /// Where episodes are wanted; no part of the state.
    var recorder: Episode?
  }

  /// The weights that did best on the validation episodes while training.
  public struct Best: Sendable, Hashable {
    /// The agent's steps then.
    public var steps: Int
    /// The mean return over the validation episodes.
    public var mean: Double
    var weights: [Float]
  }

  /// How long training is to be, and how it is watched.
  struct Plan: Sendable {
    let totalSteps: Int
    /// Steps between two validations: a twentieth of all.
    let validationInterval: Int
    /// Episodes in each validation; 0 for none.
    let validationEpisodes: Int

    /// Steps of a validation episode where there is no time limit: looking on is to take no longer
    /// than training does, even for an agent that walks in circles.
    var longestValidation: Int {
      min(
        max(100, validationInterval / max(1, validationEpisodes)),
        EnvironmentInstance.longestWatched)
    }
    /// Floating-point operations in a gradient step, roughly.
    let updateCost: Int

    init(_ algorithm: any Algorithm) {
      let settings = algorithm.settings
      updateCost = algorithm.updateCost
      totalSteps = settings.integer("total_steps")
      validationInterval = Swift.max(1, totalSteps / 20)
      validationEpisodes = settings.integer("n_eval_episodes")
    }
  }

  /// A new agent that has learned nothing.
  ///
  /// - Parameters:
  ///   - given: settings that go before the preset's and the algorithm's own. Without `seed` it has
  ///     the environment's, and without `n_envs` as many copies as the environment's `n` says.
  ///   - environment: is copied.
  /// - Throws: `unknownName`, `unknownSetting`, `invalidSetting`, `incompatible`.
  public init(
    algorithm name: String, settings given: Settings = [:], environment: EnvironmentInstance
  ) throws(CoreError) {
    let kind = try Algorithms.named(name)
    let preset = Presets.named(algorithm: name, environment: environment.name)
    var chosen = (preset?.settings ?? [:]).merging(given) { $1 }
    if kind.declaration.parameter("n_envs") != nil, given["n_envs"] == nil,
      let copies = environment.settings["n"]?.integer, copies > 1
    {
      chosen["n_envs"] = .integer(copies)
    }
    var settings = try kind.declaration.resolve(chosen)
    for (name, value) in settings { try Scheduled.check(name, value, in: settings) }
    seed = settings["seed"]?.integer ?? environment.seed
    settings["seed"] = .integer(seed)
    let streams = RandomSource(seed: seed)
    algorithm = try kind.make(
      settings, environment.observationSpace, environment.actionSpace, streams.split("weights"))
    plan = Plan(algorithm)
    algorithmName = name
    presetText =
      preset.map { "\(name) on \(environment.name): preset from \($0.source)" }
      ?? "\(name) on \(environment.name): no preset, the algorithm's own defaults"
    policyStream = streams.split("policy")
    replayStream = streams.split("replay")
    var environment = environment
    environment.reseed(seed)
    // What was done by hand so far is no part of the agent's first episode.
    environment.markOver(after: 0)
    lanes = Array(repeating: Lane(environment: environment), count: algorithm.environmentCount)
    transition = Transition(for: environment.observationSpace)
    splitEnvironmentStreams(off: streams)
  }

  /// Each copy of the environment has a stream of its own.
  private func splitEnvironmentStreams(off streams: RandomSource) {
    for index in lanes.indices {
      lanes[index].environment.random = streams.split("environment", index)
    }
  }

  private init(copying other: Agent) {
    algorithmName = other.algorithmName
    presetText = other.presetText
    seed = other.seed
    algorithm = other.algorithm
    lanes = other.lanes
    policyStream = other.policyStream
    replayStream = other.replayStream
    steps = other.steps
    updates = other.updates
    episodes = other.episodes
    validatedAt = other.validatedAt
    best = other.best
    trainingGoal = other.trainingGoal
    feedback = other.feedback
    history = other.history
    threads = other.threads
    (updatesAtStep, isSettled) = (other.updatesAtStep, other.isSettled)
    plan = other.plan
    transition = Transition(for: other.environment.observationSpace)
  }

  /// Takes over the whole state of another agent of the same algorithm and environment.
  func become(_ other: Agent) {
    seed = other.seed
    algorithm = other.algorithm
    lanes = other.lanes
    policyStream = other.policyStream
    replayStream = other.replayStream
    (steps, updates, episodes) = (other.steps, other.updates, other.episodes)
    (updatesAtStep, isSettled) = (other.updatesAtStep, other.isSettled)
    validatedAt = other.validatedAt
    best = other.best
    trainingGoal = other.trainingGoal
    feedback = other.feedback
    history = other.history
    plan = other.plan
  }

  /// Puts a reward in place of the environment's own, or with nil takes it back.
  public func setReward(_ function: (any RewardFunction)?) {
    note(.rewarded(function))
    for index in lanes.indices { lanes[index].environment.rewardFunction = function }
  }

  /// Gives the agent environments and reward functions that nobody else uses, so that another thread
  /// may train it. Its future stays the same.
  public func detachEnvironments() {
    for index in lanes.indices {
      lanes[index].environment = lanes[index].environment.independentCopy()
    }
  }

  /// An independent copy that would live on exactly as this one.
  public func fork() -> Agent { Agent(copying: self) }

  /// A fork with the best weights; nil before the first validation.
  public func bestFork() -> Agent? {
    guard let best else { return nil }
    let fork = fork()
    fork.algorithm.weights = best.weights
    // Its weights come of no operation that could be done again.
    fork.history = FeedbackHistory()
    return fork
  }

  /// New random streams, as if made with this seed; what was learned stays.
  public func reseed(_ seed: Int) {
    note(.reseeded(seed))
    self.seed = seed
    let streams = RandomSource(seed: seed)
    policyStream = streams.split("policy")
    replayStream = streams.split("replay")
    splitEnvironmentStreams(off: streams)
  }

  /// A seed for the `index`-th use for one purpose, such as `rollout` or `evaluate`; drawing it
  /// changes nothing.
  public func seed(for purpose: String, _ index: Int) -> Int {
    var stream = RandomSource(seed: seed).split(purpose, index)
    return Int(stream.nextUInt64() >> 33)
  }

  /// Every setting in force.
  public var settings: Settings {
    var settings = algorithm.settings
    settings["seed"] = .integer(seed)
    return settings
  }
  /// The present probability of a random action; nil where the algorithm has none.
  public var epsilon: Double? { algorithm.epsilon }
  /// Transitions held for replay; nil where the algorithm has no such buffer.
  public var replayCount: Int? { algorithm.replayCount }
  /// The steps that schedules are laid out for.
  public var totalSteps: Int { plan.totalSteps }
  /// What cannot work among the settings, a sentence each.
  ///
  /// - Parameter steps: how long it will be trained; by default its `total_steps`.
  public func warnings(steps: Int? = nil) -> [String] {
    (try? Algorithms.named(algorithmName))?.warnings(algorithm.settings, steps ?? totalSteps) ?? []
  }

  /// Changes a setting from here on.
  ///
  /// - Throws: `unknownSetting`, `invalidSetting`, `fixedSetting`.
  public func set(_ name: String, to value: Setting) throws(CoreError) {
    try Algorithms.named(algorithmName).declaration.check(name, value)
    try Scheduled.check(name, value, in: settings)
    if name == "seed" {
      throw .fixedSetting(name: name, reason: "an agent's streams are made with it")
    }
    try algorithm.set(name, to: value)
    note(.set(name, value))
    plan = Plan(algorithm)
  }

  /// The greedy action, feedback included.
  ///
  /// - Parameter observation: `observationSpace.size` numbers.
  /// - Throws: `invalidObservation` for what is not in the space.
  public func predict(_ observation: [Float]) throws(CoreError) -> Prediction {
    let space = environment.observationSpace
    guard observation.count == space.size, space.isEncodable(observation) else {
      throw .invalidObservation(observation, expected: space.description)
    }
    prepareBias(observation)
    return algorithm.prediction(for: observation, bias: bias)
  }

  /// The values by which actions are chosen: the algorithm's plus what feedback adds.
  func biasedValues(_ observations: [Float], count: Int, into values: inout [Float]) {
    algorithm.actionValues(observations, count: count, into: &values)
    guard valuesAreNoise, feedback.beta > 0 else {
      return feedback.addBias(observations, count: count, to: &values)
    }
    var approval = Array(repeating: Float(0), count: values.count)
    feedback.addBias(observations, count: count, to: &approval)
    // In the order of `prepareBias`, so that rounding is the same.
    for index in values.indices { values[index] += approval[index] - values[index] }
  }

  /// Nothing was ever learned, neither from steps nor from what people showed.
  private var valuesAreNoise: Bool { updates == 0 && feedback.learnings == 0 }

  /// Sets `bias` to what feedback adds to each action's value. Values that were never learned are
  /// noise: it takes them away, and feedback alone decides.
  ///
  /// - Parameter draw: see `FeedbackState.bias`.
  func prepareBias(_ observation: [Float], draw: @autoclosure () -> RandomSource? = nil) {
    guard feedback.influencesActions || !bias.isEmpty else { return }
    feedback.bias(observation, into: &bias, draw: draw())
    guard !bias.isEmpty, valuesAreNoise else { return }
    algorithm.actionValues(observation, count: 1, into: &values)
    for action in bias.indices { bias[action] -= values[action] }
  }

  /// The greedy action by one row of `biasedValues`.
  func action(by values: ArraySlice<Float>) -> Action {
    switch environment.actionSpace {
    case .discrete: .discrete(argmax(values))
    default: .continuous(values.map(Double.init))
    }
  }
}

extension Transition {
  /// Room for a transition in this space, nothing in it yet.
  init(for space: Space) {
    let zeros = Array(repeating: Float(0), count: space.size)
    self.init(
      observation: zeros, action: .discrete(0), reward: 0, next: zeros, terminated: false,
      truncated: false)
  }

  /// To stand in for one that is lent.
  static let empty = Transition(
    observation: [], action: .discrete(0), reward: 0, next: [], terminated: false,
    truncated: false)
}

/// The index of the greatest value from the start of `values`; the first of equals.
func argmax(_ values: ArraySlice<Float>) -> Int {
  var best = values.startIndex
  for index in values.indices where values[index] > values[best] { best = index }
  return best - values.startIndex
}

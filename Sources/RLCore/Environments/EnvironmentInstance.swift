import Schema

/// An environment in use: it counts steps, cuts episodes at the time limit, and holds its random
/// stream. Stepping by hand, rollouts, evaluation and training all go through it.
///
/// A copy is a snapshot, and lives on independently.
public struct EnvironmentInstance: Sendable {
  /// The declared name, such as `CartPole-v1`.
  public let name: String
  /// Every setting in force, `max_episode_steps` among them.
  public let settings: Settings
  /// The task itself.
  public private(set) var environment: any Environment
  /// Steps after which an episode is cut; nil for never.
  public let timeLimit: Int?
  /// Replaces the environment's own reward.
  public var rewardFunction: (any RewardFunction)? {
    didSet { hasOwnReward = rewardFunction == nil }
  }
  /// Looking at the function itself would copy it at each step.
  private var hasOwnReward = true
  /// What the present stream was made from.
  public private(set) var seed: Int
  /// The stream that starts and steps draw from.
  public var random: RandomSource

  /// Steps since the last reset.
  public internal(set) var elapsedSteps = 0
  /// The last observation: `observationSpace.size` numbers.
  public private(set) var observation: [Float]
  /// The one before, where a reward function is to see both: the two change places at each step.
  private var previous: [Float] = []
  /// Whether the episode is over, or none was begun.
  public internal(set) var needsReset = true

  /// The environment's, asked for once: making one anew at each step would cost more than the step.
  public let observationSpace: Space
  /// The environment's, as is the space of observations.
  public let actionSpace: Space
  /// What `observe` checks at each step.
  private let observationSize: Int
  private let isPlain: Bool
  private let endsItself: Bool
  /// The mean return from which the task counts as solved; nil with another reward.
  public var rewardThreshold: Double? { rewardFunction == nil ? environment.rewardThreshold : nil }

  /// How long an episode is watched where there is no time limit: a greedy agent may walk in
  /// circles for ever. Training has no such end.
  public static let longestWatched = 10_000

  /// Whether an episode without a time limit has been watched long enough.
  func hasRunOn(_ longest: Int = longestWatched) -> Bool {
    timeLimit == nil && elapsedSteps >= longest
  }

  /// A built-in environment.
  ///
  /// - Throws: `unknownName`, `unknownSetting`, `invalidSetting`.
  public init(named name: String, settings: Settings = [:], seed: Int = 0) throws(CoreError) {
    let kind = try Environments.named(name)
    let settings = try kind.declaration.resolve(settings)
    self.init(
      try kind.make(settings), name: name, settings: settings,
      timeLimit: settings["max_episode_steps"]?.integer, seed: seed)
  }

  /// Any environment, such as one written in a script.
  public init(
    _ environment: any Environment, name: String, settings: Settings = [:], timeLimit: Int?,
    seed: Int = 0
  ) {
    precondition(timeLimit ?? 1 > 0, "a time limit of \(timeLimit ?? 0) steps")
    self.name = name
    self.settings = settings
    self.environment = environment
    self.timeLimit = timeLimit
    self.seed = seed
    random = RandomSource(seed: seed).split("environment")
    observationSpace = environment.observationSpace
    actionSpace = environment.actionSpace
    observationSize = observationSpace.size
    isPlain = observationSpace.isPlain
    endsItself = environment.endsItself
    observation = Array(repeating: 0, count: observationSize)
  }

  /// A copy that another thread may use beside this one.
  public func independentCopy() -> EnvironmentInstance {
    var copy = self
    copy.environment = environment.independentCopy()
    copy.rewardFunction = rewardFunction?.independentCopy()
    return copy
  }

  /// A copy for judging and looking on, in which statistics stand still and rewards are the task's.
  func frozen() -> EnvironmentInstance {
    var copy = self
    copy.environment = environment.frozen()
    return copy
  }

  /// Begins a new stream.
  public mutating func reseed(_ seed: Int) {
    self.seed = seed
    random = RandomSource(seed: seed).split("environment")
  }

  /// Begins an episode at a start drawn from the stream. The first observation is in `observation`.
  public mutating func reset() throws {
    try environment.reset(using: &random)
    try begin()
  }

  /// Begins an episode in a state of choice, without drawing from the stream where the
  /// environment's `restore` does not need it.
  public mutating func reset(state: [Double]) throws {
    try environment.restore(state: state)
    try begin()
  }

  private mutating func begin() throws {
    elapsedSteps = 0
    needsReset = false
    try observe()
  }

  /// An environment of the caller's can show anything; networks rely on what it declares.
  private mutating func observe() throws {
    try environment.observe(into: &observation)
    guard observation.count == observationSize,
      isPlain || observationSpace.isEncodable(observation)
    else {
      throw CoreError.invalidObservation(observation, expected: observationSpace.description)
    }
  }

  /// What the last step tells beside its reward, by name; mostly nothing.
  public var info: Settings { environment.info }

  /// What one step gave. `terminated` is the task's own end; `truncated` is the time limit's.
  public struct Step: Sendable, Hashable {
    /// What is seen after the step.
    public var observation: [Float]
    /// What the step brought.
    public var reward: Double
    /// The task itself ended.
    public var terminated: Bool
    /// The time limit cut the episode.
    public var truncated: Bool

    /// A step of these parts.
    public init(observation: [Float], reward: Double, terminated: Bool, truncated: Bool) {
      self.observation = observation
      self.reward = reward
      self.terminated = terminated
      self.truncated = truncated
    }
  }

  /// Acts once.
  ///
  /// - Throws: `needsReset` after an episode's end, `invalidAction`, and whatever the environment
  ///   or the reward function throws.
  public mutating func step(_ action: Action) throws -> Step {
    let outcome = try stepInPlace(action)
    return Step(
      observation: observation, reward: outcome.reward, terminated: outcome.terminated,
      truncated: outcome.truncated)
  }

  /// `step` without a copy of what is seen after it, which is in `observation`.
  package mutating func stepInPlace(
    _ action: Action
  ) throws -> (reward: Double, terminated: Bool, truncated: Bool) {
    if needsReset { throw CoreError.needsReset(environment: name) }
    guard actionSpace.contains(action) else {
      throw CoreError.invalidAction(action.description, expected: actionSpace.expectation)
    }
    return try advance(action)
  }

  /// The same for a caller that knows its action to be valid: so training and rollouts step.
  package mutating func advance(
    _ action: Action
  ) throws -> (reward: Double, terminated: Bool, truncated: Bool) {
    var (reward, terminated) = try act(action)
    elapsedSteps += 1
    let isCut =
      timeLimit.map { elapsedSteps >= $0 } ?? false || endsItself && environment.isTruncated
    let truncated = !terminated && isCut
    if hasOwnReward {
      try observe()
    } else {
      if previous.isEmpty { previous = observation }
      swap(&previous, &observation)
      try observe()
      reward = try rewardFunction!.reward(observation: previous, action: action, next: observation)
    }
    needsReset = terminated || truncated
    return (reward, terminated, truncated)
  }

  private mutating func act(_ action: Action) throws -> (reward: Double, terminated: Bool) {
    do {
      return try environment.step(action, using: &random)
    } catch {
      if endsItself && environment.isLost { needsReset = true }
      throw error
    }
  }

  /// Whether `foresee` is worth a call.
  var foresees: Bool { endsItself }

  /// Tells which action comes next, as a rule.
  mutating func foresee(_ action: Action) { environment.foresee(action) }

  /// The position within an episode, to be put back by `restore`.
  struct Position: Sendable, Hashable {
    var state: [Double]
    var elapsedSteps: Int
    var needsReset: Bool
  }

  var position: Position {
    Position(state: environment.state, elapsedSteps: elapsedSteps, needsReset: needsReset)
  }

  mutating func restore(_ position: Position) throws {
    try environment.restore(state: position.state)
    try observe()
    elapsedSteps = position.elapsedSteps
    needsReset = position.needsReset
  }
}

extension EnvironmentInstance {
  /// Goes to where another instance of the same environment stands, which is lent. Its own reward
  /// function stays.
  package mutating func follow(_ other: inout EnvironmentInstance) {
    environment = other.environment
    seed = other.seed
    random = other.random
    elapsedSteps = other.elapsedSteps
    needsReset = other.needsReset
    // Not shared: whoever steps next would have to make a copy.
    for i in observation.indices { observation[i] = other.observation[i] }
  }

  /// Puts the instance behind the end of an episode.
  mutating func markOver(after steps: Int) {
    elapsedSteps = steps
    needsReset = true
  }

  /// What the future depends on beside the stream: between episodes only what stays from one to the
  /// next.
  var kept: [Double] { needsReset ? environment.lasting : environment.state }

  /// Puts back what `kept` gave.
  mutating func restore(kept: [Double], elapsedSteps: Int, isOver: Bool) throws {
    if isOver {
      try environment.restore(lasting: kept)
      markOver(after: elapsedSteps)
    } else {
      try restore(Position(state: kept, elapsedSteps: elapsedSteps, needsReset: false))
    }
  }
}

extension RandomSource {
  /// The stream of a seed as users give it.
  init(seed: Int) { self.init(seed: UInt64(bitPattern: Int64(seed))) }
}

/// Copies of one environment that are stepped together, each with a random stream of its own. A copy
/// whose episode ends begins the next one at once.
///
/// Copy i does to the bit what a single `EnvironmentInstance` with the stream
/// `RandomSource(seed:).split("environment", i)` does that is reset after each end. All arrays hold
/// the copies one after the other.
public struct VectorEnvironment: Sendable {
  /// How many copies there are.
  public let count: Int
  /// The space of each row of `observations`.
  public let observationSpace: Space
  /// The space of each action.
  public let actionSpace: Space
  /// Steps after which an episode is cut; nil for never.
  public let timeLimit: Int?

  /// What is seen now, `[count, observationSpace.size]`: where an episode has just ended, the first
  /// of the next one.
  public private(set) var observations: [Float]
  /// What was seen last, in rows as `observations`, of the episodes that the last step ended. Other
  /// rows are of earlier ends.
  public private(set) var finalObservations: [Float]
  /// What the last step brought each copy.
  public private(set) var rewards: [Double]
  /// Where the task itself ended in the last step.
  public private(set) var terminated: [Bool]
  /// Where the time limit, or the environment itself, cut the episode in the last step.
  public private(set) var truncated: [Bool]
  /// Episodes that have ended so far.
  public private(set) var episodes = 0

  private var batch: any EnvironmentBatch
  private var streams: [RandomSource]
  /// Steps of each copy since its last start.
  private var elapsed: [Int]
  private let rewardFunction: (any RewardFunction)?
  /// What was seen before the last step, where a reward function is to see it.
  private var previous: [Float] = []

  /// Copies of `instance`'s environment, with its time limit and reward, each at a first start.
  ///
  /// - Parameter seed: fixes the copies' streams.
  /// - Throws: whatever the environment throws.
  public init(_ instance: EnvironmentInstance, count: Int, seed: Int) throws {
    precondition(count > 0, "\(count) copies")
    self.count = count
    observationSpace = instance.observationSpace
    actionSpace = instance.actionSpace
    timeLimit = instance.timeLimit
    rewardFunction = instance.rewardFunction?.independentCopy()
    batch = instance.environment.independentCopy().copies(count)
    let source = RandomSource(seed: seed)
    streams = (0..<count).map { source.split("environment", $0) }
    observations = Array(repeating: 0, count: count * observationSpace.size)
    finalObservations = observations
    rewards = Array(repeating: 0, count: count)
    terminated = Array(repeating: false, count: count)
    truncated = terminated
    elapsed = Array(repeating: 0, count: count)
    for copy in 0..<count { try begin(copy) }
    if rewardFunction != nil { previous = observations }
  }

  /// Acts once in every copy.
  ///
  /// - Precondition: `actions` are in the action space, one a copy.
  /// - Throws: whatever the environment or the reward function throws.
  public mutating func step(_ actions: Actions) throws {
    if !previous.isEmpty { previous.copyRow(0, of: previous.count, from: observations) }
    try batch.step(
      actions, streams: &streams, rewards: &rewards, terminated: &terminated,
      observations: &observations)
    if let rewardFunction { try reward(actions, by: rewardFunction) }
    if countStep() {
      for copy in 0..<count where terminated[copy] || truncated[copy] { try end(copy) }
    }
  }

  private mutating func reward(_ actions: Actions, by function: any RewardFunction) throws {
    var before = Array(repeating: Float(0), count: observationSpace.size)
    var next = before
    for copy in 0..<count {
      before.set(toRow: copy, of: previous)
      next.set(toRow: copy, of: observations)
      rewards[copy] = try function.reward(observation: before, action: actions[copy], next: next)
    }
  }

  /// Counts the step and cuts what has reached the time limit; gives whether any episode is over.
  private mutating func countStep() -> Bool {
    Self.count(&elapsed, until: timeLimit ?? .max, cut: &truncated)
    batch.markCuts(in: &truncated)
    return Self.settle(terminated, &truncated)
  }

  private static func count(_ elapsed: inout [Int], until limit: Int, cut: inout [Bool]) {
    var elapsed = elapsed.mutableSpan
    var cut = cut.mutableSpan
    for copy in elapsed.indices {
      elapsed[copy] &+= 1
      cut[copy] = elapsed[copy] >= limit
    }
  }

  /// Where both happen, the task's own end goes first.
  private static func settle(_ terminated: [Bool], _ truncated: inout [Bool]) -> Bool {
    var truncated = truncated.mutableSpan
    var isAnyOver = false
    for copy in truncated.indices {
      let isEnd = terminated[copy]
      truncated[copy] = truncated[copy] && !isEnd
      isAnyOver = isAnyOver || truncated[copy] || isEnd
    }
    return isAnyOver
  }

  private mutating func end(_ copy: Int) throws {
    episodes += 1
    finalObservations.copyRow(copy, of: observationSpace.size, from: observations)
    try begin(copy)
  }

  private mutating func begin(_ copy: Int) throws {
    elapsed[copy] = 0
    try batch.reset(copy, using: &streams[copy])
    try batch.observe(copy, into: &observations)
  }
}

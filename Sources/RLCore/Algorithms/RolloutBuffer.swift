/// The steps collected since the last update of an on-policy algorithm, from several environments
/// that take turns: step `t` of environment `i` lies at `t * environments + i`.
struct RolloutBuffer: Sendable {
  /// Numbers of a rollout that are held: two gigabytes.
  static let mostNumbers = 500e6

  let environments: Int
  /// Steps it holds when it is full, of all environments together.
  let capacity: Int
  let featureCount: Int
  let actionSize: Int
  /// Steps held.
  private(set) var count = 0

  /// `[capacity, featureCount]`.
  private(set) var features: [Float]
  /// `[capacity, actionSize]`.
  private(set) var actions: [Float]
  /// `[capacity]`, as is all that follows.
  private(set) var rewards: [Float]
  /// How each step's episode went on.
  private(set) var endings: [Ending]
  /// The value of what was seen after a step that was truncated or was the last collected; else 0.
  private(set) var followingValues: [Float]

  /// Filled when it is full: the value of each observation by the networks that acted, …
  var values: [Float]
  /// … log p of each action, …
  var logProbabilities: [Float]
  /// … what the action was better than its state by, …
  private(set) var advantages: [Float]
  /// … and what values should have been.
  private(set) var returns: [Float]

  enum Ending: Float, Sendable {
    case goesOn
    case terminated
    case truncated
  }

  init(steps: Int, environments: Int, featureCount: Int, actionSize: Int) {
    self.environments = environments
    capacity = steps * environments
    self.featureCount = featureCount
    self.actionSize = actionSize
    features = Array(repeating: 0, count: capacity * featureCount)
    actions = Array(repeating: 0, count: capacity * actionSize)
    rewards = Array(repeating: 0, count: capacity)
    endings = Array(repeating: .goesOn, count: capacity)
    followingValues = rewards
    values = rewards
    logProbabilities = rewards
    advantages = rewards
    returns = rewards
  }

  var isFull: Bool { count == capacity }
  /// The environment that the next step comes from.
  var lane: Int { count % environments }
  /// Whether the next step is the last of its environment.
  var isLastRound: Bool { count >= capacity - environments }

  /// - Parameter followingValue: the value of what was seen after it; counts only for a step that
  ///   is truncated or of the last round.
  mutating func append(
    features newFeatures: [Float], action: [Float], reward: Float, ending: Ending,
    followingValue: Float
  ) {
    precondition(!isFull, "a rollout of more than \(capacity) steps")
    for index in 0..<featureCount { features[count * featureCount + index] = newFeatures[index] }
    for index in 0..<actionSize { actions[count * actionSize + index] = action[index] }
    rewards[count] = reward
    endings[count] = ending
    followingValues[count] = followingValue
    count += 1
  }

  mutating func removeAll() { count = 0 }

  /// Generalised advantage estimation, from the end backwards; `returns` are advantage plus value.
  ///
  /// Source: Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage
  /// Estimation", 2016. At a time limit the value of the last observation stands for what would
  /// have followed.
  mutating func computeAdvantages(gamma: Float, lambda: Float) {
    precondition(isFull, "advantages of a rollout that goes on")
    for index in stride(from: capacity - 1, through: 0, by: -1) {
      let next = index + environments
      let endsHere = endings[index] != .goesOn || next >= capacity
      let nextValue = endsHere ? followingValues[index] : values[next]
      let nextAdvantage = endsHere ? 0 : advantages[next]
      let delta = rewards[index] + gamma * nextValue - values[index]
      advantages[index] = delta + gamma * lambda * nextAdvantage
      returns[index] = advantages[index] + values[index]
    }
  }
}

extension RolloutBuffer {
  func save(to archive: inout StateArchive, name: String) {
    archive.add("\(name)/count", [count])
    archive.add("\(name)/features", Array(features[..<(count * featureCount)]))
    archive.add("\(name)/actions", Array(actions[..<(count * actionSize)]))
    archive.add("\(name)/rewards", Array(rewards[..<count]))
    archive.add("\(name)/endings", endings[..<count].map(\.rawValue))
    archive.add("\(name)/following_values", Array(followingValues[..<count]))
    // The rest is computed when it is full.
    guard isFull else { return }
    archive.add("\(name)/values", values)
    archive.add("\(name)/log_probabilities", logProbabilities)
    archive.add("\(name)/advantages", advantages)
    archive.add("\(name)/returns", returns)
  }

  /// - Parameter choices: how many discrete actions there are; nil for continuous ones.
  mutating func restore(
    from archive: StateArchive, name: String, choices: Int?
  ) throws(CoreError) {
    count = try archive.integers("\(name)/count", count: 1)[0]
    guard (0...capacity).contains(count) else {
      throw .damagedArchive(reason: "`\(name)` holds \(count) steps, not up to \(capacity)")
    }
    func restore(_ field: String, _ width: Int, to array: inout [Float]) throws(CoreError) {
      let numbers = try archive.floats("\(name)/\(field)", count: count * width)
      array.replaceSubrange(..<numbers.count, with: numbers)
    }
    try restore("features", featureCount, to: &features)
    try restore("actions", actionSize, to: &actions)
    if let choices, !actions[..<count].allSatisfy({ $0 >= 0 && $0 < Float(choices) }) {
      throw .damagedArchive(reason: "`\(name)` holds an action that there is not")
    }
    try restore("rewards", 1, to: &rewards)
    for (index, code) in try archive.floats("\(name)/endings", count: count).enumerated() {
      guard let ending = Ending(rawValue: code) else {
        throw .damagedArchive(reason: "`\(name)` holds an ending of \(code)")
      }
      endings[index] = ending
    }
    try restore("following_values", 1, to: &followingValues)
    guard isFull else { return }
    try restore("values", 1, to: &values)
    try restore("log_probabilities", 1, to: &logProbabilities)
    try restore("advantages", 1, to: &advantages)
    try restore("returns", 1, to: &returns)
  }
}

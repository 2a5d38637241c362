/// Steps of one episode as agents learn from them: flat numbers, with the true rewards beside them,
/// which no method sees and every judgement needs.
public struct Fragment: Sendable, Hashable {
  /// What was seen before each step, and after the last: `[length + 1, observationSpace.size]`.
  package let observations: [Float]
  /// `[length, actionSpace.size]`; a choice is one number.
  package let actions: [Float]
  /// What each step truly brought.
  public let rewards: [Double]
  /// The task itself ended with the last step.
  public let terminated: Bool
  /// The time limit cut the episode at the last step.
  public let truncated: Bool

  /// All of an episode, or of a piece of one.
  public init(_ episode: Episode) {
    self.init(
      observations: Array(episode.observations.joined()),
      actions: episode.actions.flatMap { $0.values.map { Float($0) } },
      rewards: episode.rewards, terminated: episode.terminated, truncated: episode.truncated)
  }

  init(
    observations: [Float], actions: [Float], rewards: [Double], terminated: Bool, truncated: Bool
  ) {
    self.observations = observations
    self.actions = actions
    self.rewards = rewards
    self.terminated = terminated
    self.truncated = truncated
  }

  /// Steps.
  public var length: Int { rewards.count }
  /// The sum of the true rewards.
  public var trueReturn: Double { rewards.reduce(0, +) }

  /// What was seen before each step: `[length, size]`, without what was seen at the end.
  var before: [Float] {
    length == 0 ? [] : Array(observations.prefix(observations.count / (length + 1) * length))
  }

  /// What was seen at one point, `length` being the end.
  func observation(_ step: Int) -> ArraySlice<Float> {
    let size = observations.count / (length + 1)
    return observations[(step * size)..<((step + 1) * size)]
  }

  /// What was done in one step.
  func action(_ step: Int) -> ArraySlice<Float> {
    let size = actions.count / length
    return actions[(step * size)..<((step + 1) * size)]
  }

  /// Whether it can be about that environment: its numbers are members of the spaces.
  func fits(_ environment: EnvironmentInstance) -> Bool {
    let (seen, done) = (environment.observationSpace, environment.actionSpace)
    return length > 0 && observations.count == (length + 1) * seen.size
      && seen.isEncodable(observations) && actions.count == length * done.size
      && rewards.allSatisfy(\.isFinite)
      && (0..<length).allSatisfy { done.contains(Action(Array(action($0)), in: done)) }
  }
}

extension Action {
  /// The action that is kept as these numbers, cut to the bounds of a box: single precision may
  /// round beyond them.
  init(_ numbers: [Float], in space: Space) {
    switch space {
    case .discrete: self = .discrete(Int(exactly: numbers[0]) ?? -1)
    case .box(let box):
      self = .continuous(
        numbers.indices.map {
          Float(box.low[$0])...Float(box.high[$0]) ~= numbers[$0]
            ? min(max(Double(numbers[$0]), box.low[$0]), box.high[$0]) : Double(numbers[$0])
        })
    case .multiDiscrete, .multiBinary, .dict, .tuple:
      self = .continuous(numbers.map(Double.init))
    }
  }
}

import Interchange
import RLCore
import Schema

/// An environment of Gymnasium, or of a class of the user's own, in a Python worker.
///
/// Every episode begins with `reset(seed=…)`, the seed drawn from the caller's stream, so an episode
/// is what follows from a seed and its actions. That is its state: a copy that acts after its seat
/// was used by another, a fork, a checkpoint or `undo` plays the actions again from the seeded reset,
/// in one exchange, and compares what is seen at the end. Where that differs, the environment draws
/// from something else than its seed, and the position is refused (`notReplayable`).
package struct GymEnvironment: Environment {
  /// What names of such environments begin with.
  package static let prefix = "gym:"

  private let group: WorkerGroup
  /// Where it is played; shared by copies until one of them acts, and nil before the first episode.
  private var seat: WorkerGroup.Seat?
  /// What the present position follows from; nil before the first episode.
  private var past: Past?
  private var observation: [Float]
  private var information: [UInt8] = []
  package private(set) var isTruncated = false
  package private(set) var isLost = false

  private struct Past {
    var seed: Int
    var actions: [Action] = []
  }

  init(_ group: WorkerGroup) {
    self.group = group
    observation = Array(repeating: 0, count: group.task.observationSpace.size)
  }

  package func independentCopy() -> any Environment {
    var copy = GymEnvironment(group.another())
    (copy.past, copy.observation, copy.information) = (past, observation, information)
    (copy.isTruncated, copy.isLost) = (isTruncated, isLost)
    return copy
  }

  package var observationSpace: Space { group.task.observationSpace }
  package var actionSpace: Space { group.task.actionSpace }
  package var defaultTimeLimit: Int? { group.task.timeLimit }
  package var rewardThreshold: Double? { group.task.rewardThreshold }
  package var observationNames: [String] { group.task.observationNames }
  package var actionNames: [String] { group.task.actionNames }
  package var endsItself: Bool { true }

  package var info: Settings {
    guard !information.isEmpty, case .map(let entries)? = try? JSON.read(information) else {
      return [:]
    }
    return Settings(entries.map { ($0.key, $0.value) }) { first, _ in first }
  }

  // MARK: Acting

  package mutating func reset(using random: inout RandomSource) throws {
    try begin(Past(seed: random.integer(below: 1 << 31)))
  }

  package mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    let isForeseen = isInPlace && seat?.foreseen == action
    if !isForeseen && (!isInPlace || seat?.foreseen != nil) { try replay() }
    guard let seat else { preconditionFailure("a step before the first reset") }
    do {
      let outcome =
        isForeseen
        ? try group.foreseenOutcome(in: seat) : try group.perform([.step(action)], in: seat)[0]
      past?.actions.append(action)
      show(outcome)
      return (outcome.reward, outcome.terminated)
    } catch {
      isLost = true
      throw error
    }
  }

  /// Has the worker make the step together with those of other copies. A copy that is not in place
  /// leaves it to the step itself.
  package mutating func foresee(_ action: Action) {
    if isInPlace, let seat, seat.foreseen == nil { group.foresee(action, in: seat) }
  }

  package func observe(into observation: inout [Float]) { observation = self.observation }

  private mutating func show(_ outcome: WorkerGroup.Outcome) {
    observation = outcome.observation
    information = outcome.info
    isTruncated = outcome.truncated
    isLost = false
  }

  // MARK: Positions

  /// Whether nobody else plays in the seat, and it was not lost with its worker.
  private var isInPlace: Bool {
    mutating get { isKnownUniquelyReferenced(&seat) && seat?.isAlive ?? false }
  }

  /// Plays an episode so far in a seat of its own.
  private mutating func begin(_ past: Past) throws(BridgeError) {
    if !isInPlace { seat = group.takeSeat() }
    let outcomes = try group.perform(
      [.reset(seed: past.seed)] + past.actions.map { .step($0) }, in: seat!)
    self.past = past
    show(outcomes[outcomes.count - 1])
  }

  /// Comes back to the present position, in a seat of its own.
  private mutating func replay() throws(BridgeError) {
    guard let past else { preconditionFailure("a step before the first reset") }
    let seen = observation
    try begin(past)
    if !observation.isSame(as: seen) {
      throw .notReplayable(environment: group.task.name, steps: past.actions.count)
    }
  }

  /// The seed of the episode, what is seen now, and the actions so far; nothing before the first
  /// episode.
  package var state: [Double] {
    guard let past else { return [] }
    return [Double(past.seed)] + observation.map(Double.init) + past.actions.flatMap(\.values)
  }

  /// Plays the state's actions after its seeded reset.
  ///
  /// - Throws: `invalidState`, `notReplayable`, and what the environment raises.
  package mutating func restore(state: [Double]) throws {
    let width = actionSpace.size
    let numbers = state.dropFirst(1 + observation.count)
    guard state.count > observation.count, numbers.count.isMultiple(of: width),
      let seed = Int(exactly: state[0]), (0..<1 << 31).contains(seed)
    else { throw invalidState }
    var past = Past(seed: seed)
    for start in stride(from: numbers.startIndex, to: numbers.endIndex, by: width) {
      let values = Array(numbers[start..<start + width])
      let action: Action
      if case .discrete = actionSpace {
        guard let choice = Int(exactly: values[0]) else { throw invalidState }
        action = .discrete(choice)
      } else {
        action = .continuous(values)
      }
      guard actionSpace.contains(action) else { throw invalidState }
      past.actions.append(action)
    }
    try begin(past)
    if !observation.isSame(as: state[1...observation.count].map(Float.init)) {
      throw BridgeError.notReplayable(environment: group.task.name, steps: past.actions.count)
    }
  }

  private var invalidState: CoreError {
    .invalidState(
      expected: "the seed of a reset, the \(observation.count) numbers seen, and the actions so far"
    )
  }
}

extension [Float] {
  /// To the bit, but that any nan is as good as another.
  fileprivate func isSame(as other: [Float]) -> Bool {
    count == other.count
      && indices.allSatisfy { self[$0] == other[$0] || self[$0].isNaN && other[$0].isNaN }
  }
}

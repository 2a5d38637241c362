import Language
import RLCore
import Schema

/// A reward that a script's function gives. Copies share its evaluator: copies for other threads are
/// made by `independentCopy`.
struct ScriptReward: RewardFunction, @unchecked Sendable {
  private let function: FrozenFunction
  private let space: Space
  private let seen: Seen

  /// What was seen last: the next step mostly begins with it.
  private final class Seen {
    @exclusivity(unchecked) private var numbers: [Float] = []
    @exclusivity(unchecked) private var value: Value?
    @exclusivity(unchecked) private var lists: ObservationLists

    init(in space: Space) { lists = ObservationLists(of: space) }

    /// What is seen before and after a step.
    func values(_ observation: [Float], _ next: [Float]) -> (before: Value, after: Value) {
      let before: Value
      if let value, numbers.hasSameBits(as: observation) {
        before = value
      } else {
        before = lists.value(of: observation)
      }
      let after = lists.value(of: next)
      if let value { lists.takeBack(value) }
      value = after
      numbers.overwrite(with: next)
      return (before, after)
    }
  }

  init(_ function: FrozenFunction, observationSpace: Space) {
    self.function = function
    space = observationSpace
    seen = Seen(in: observationSpace)
  }

  func independentCopy() -> any RewardFunction {
    ScriptReward(function.copy(), observationSpace: space)
  }

  func reward(observation: [Float], action: Action, next: [Float]) throws -> Double {
    let (before, after) = seen.values(observation, next)
    let value = try function.call(before, CoreValues.action(action), after)
    guard let number = value.real, number.isFinite else {
      throw RunError(.type, "the reward must be a finite number, not \(value.source)")
    }
    return number
  }
}

extension [Float] {
  /// Whether nothing can tell them apart: 0 and -0 differ.
  fileprivate func hasSameBits(as other: [Float]) -> Bool {
    guard count == other.count else { return false }
    for i in indices where self[i].bitPattern != other[i].bitPattern { return false }
    return true
  }
}

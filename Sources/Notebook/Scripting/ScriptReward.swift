import Language
import RLCore
import Schema

/// A reward that a script's function gives. Copies share its evaluator: copies for other threads are
/// made by `independentCopy`.
struct ScriptReward: RewardFunction, @unchecked Sendable {
  private let function: FrozenFunction
  private let space: Space
  /// What was seen last: the next step mostly begins with it.
  private let seen = Seen()

  private final class Seen {
    var numbers: [Float] = []
    var value = Value.null
  }

  init(_ function: FrozenFunction, observationSpace: Space) {
    self.function = function
    space = observationSpace
  }

  func independentCopy() -> any RewardFunction {
    ScriptReward(function.copy(), observationSpace: space)
  }

  func reward(observation: [Float], action: Action, next: [Float]) throws -> Double {
    let before =
      seen.numbers.hasSameBits(as: observation)
      ? seen.value : CoreValues.observation(observation, in: space)
    let after = CoreValues.observation(next, in: space)
    seen.numbers = next
    seen.value = after
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

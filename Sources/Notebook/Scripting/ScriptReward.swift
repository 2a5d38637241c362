import Language
import RLCore
import Schema

/// A reward that a script's function gives. Copies share its evaluator: copies for other threads are
/// made by `independentCopy`.
struct ScriptReward: RewardFunction, @unchecked Sendable {
  private let function: FrozenFunction
  private let space: Space

  init(_ function: FrozenFunction, observationSpace: Space) {
    self.function = function
    space = observationSpace
  }

  func independentCopy() -> any RewardFunction {
    ScriptReward(function.copy(), observationSpace: space)
  }

  func reward(observation: [Float], action: Action, next: [Float]) throws -> Double {
    let value = try function.call(
      CoreValues.observation(observation, in: space), CoreValues.action(action),
      CoreValues.observation(next, in: space))
    guard let number = value.real, number.isFinite else {
      throw RunError(.type, "the reward must be a finite number, not \(value.source)")
    }
    return number
  }
}

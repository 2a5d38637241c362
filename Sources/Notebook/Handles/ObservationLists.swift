import Language
import RLCore

/// Makes observations into values, at every step of a script: the list of an earlier one is filled
/// again where nobody else holds it.
struct ObservationLists {
  private let space: Space
  private let isBox: Bool
  private var spare = Value.null

  init(of space: Space) {
    self.space = space
    isBox = if case .box = space { true } else { false }
  }

  /// As `CoreValues.observation` gives it.
  mutating func value(of observation: [Float]) -> Value {
    guard isBox, observation.withUnsafeBufferPointer({ spare.overwrite(with: $0) }) else {
      return CoreValues.observation(observation, in: space)
    }
    var value = Value.null
    swap(&value, &spare)
    return value
  }

  /// Takes a value back that was given out.
  mutating func takeBack(_ value: consuming Value) { spare = value }
}

extension [Float] {
  /// Becomes the same numbers in memory of its own: sharing them would have whoever writes the others
  /// next make a copy.
  mutating func overwrite(with others: [Float]) {
    guard count == others.count else {
      self = others.map { $0 }
      return
    }
    others.withUnsafeBufferPointer { others in
      withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: others) }
    }
  }
}

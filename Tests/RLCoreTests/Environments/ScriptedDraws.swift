@testable import RLCore

/// The draws that another implementation made, to be made again in the same order.
struct ScriptedDraws: DrawSource {
  enum Draw: Sendable, Hashable {
    case uniform(Double)
    case integer(Int, below: Int)
  }

  private var draws: ArraySlice<Draw>
  /// Draws that were not of the kind that the script has next.
  private(set) var mismatches: [String] = []

  init(_ draws: [Draw]) { self.draws = draws[...] }

  /// Whether all were made, and nothing else.
  var isExhausted: Bool { draws.isEmpty && mismatches.isEmpty }

  mutating func uniform() -> Double {
    let draw = draws.popFirst()
    if case .uniform(let value)? = draw { return value }
    mismatches.append("a uniform number where the script has \(draw.debugDescription)")
    return 0
  }

  mutating func integer(below bound: Int) -> Int {
    let draw = draws.popFirst()
    if case .integer(let value, bound)? = draw { return value }
    mismatches.append("an integer below \(bound) where the script has \(draw.debugDescription)")
    return 0
  }
}

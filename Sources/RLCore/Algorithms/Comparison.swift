/// Two sets of scores held against each other: one score a seed for claims about algorithms, or one an
/// episode for two agents as they are.
///
/// Source: Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice",
/// 2021.
public struct Comparison: Sendable, Hashable {
  /// The scores of the first; of any order.
  public let first: [Double]
  /// The scores of the second; as many or not.
  public let second: [Double]

  /// What can be said.
  public enum Verdict: String, Sendable, Hashable {
    case first, second, undecided
  }

  /// - Precondition: both have scores.
  public init(_ first: [Double], _ second: [Double]) {
    precondition(!first.isEmpty && !second.isEmpty, "nothing to compare")
    self.first = first
    self.second = second
  }

  /// The mean of the middle half of each.
  public var iqm: (first: Double, second: Double) {
    (interquartileMean(first), interquartileMean(second))
  }

  /// P(X > Y): the share of pairs in which the first is better, ties counting half.
  public var probability: Double {
    var wins = 0.0
    for x in first {
      for y in second { wins += x > y ? 1 : x == y ? 0.5 : 0 }
    }
    return wins / Double(first.count * second.count)
  }

  /// The stratified bootstrap's 95 % interval of the difference of the interquartile means. The draws
  /// are fixed, so that the same scores give the same interval.
  public func differenceInterval(draws: Int = 50_000) -> ClosedRange<Double> {
    var random = RandomSource(seed: 0).split("comparison")
    var (a, b) = (first, second)
    var differences = (0..<draws).map { _ in
      for index in a.indices { a[index] = first[random.integer(below: first.count)] }
      for index in b.indices { b[index] = second[random.integer(below: second.count)] }
      return interquartileMean(a) - interquartileMean(b)
    }
    differences.sort()
    return differences[draws * 25 / 1000]...differences[draws * 975 / 1000 - 1]
  }

  /// Which is better, if the interval of the difference leaves 0 out; one score each has none.
  public func verdict(_ interval: ClosedRange<Double>) -> Verdict {
    if min(first.count, second.count) < 2 { return .undecided }
    return interval.lowerBound > 0 ? .first : interval.upperBound < 0 ? .second : .undecided
  }
}

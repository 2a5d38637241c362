#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// 1 / (1 + exp(-x)), without overflow on either side.
func logistic(_ x: Double) -> Double {
  if x >= 0 { return 1 / (1 + exp(-x)) }
  let power = exp(x)
  return power / (1 + power)
}

/// The probability that the first of two is preferred, by Bradley and Terry.
///
/// - Parameters:
///   - difference: of the two returns, the first's minus the second's.
///   - error: the probability that the answer is a coin's instead, from 0 to 1.
/// - Source: Christiano et al., "Deep Reinforcement Learning from Human Preferences", 2017.
public func preferenceProbability(
  _ difference: Double, error: Double = 0
) throws(CoreError) -> Double {
  guard (0...1).contains(error) else {
    throw .outsideDomain("an error is a probability from 0 to 1, not \(error)")
  }
  return (1 - error) * logistic(difference) + error / 2
}

/// The probability that an action is right, when a teacher who is right with probability
/// `consistency` said so `difference` times more often than the opposite.
///
/// - Source: Griffith et al., "Policy Shaping", 2013.
public func adviseProbability(
  consistency: Double, difference: Double
) throws(CoreError) -> Double {
  guard consistency > 0, consistency < 1 else {
    throw .outsideDomain("a consistency lies between 0 and 1, not at \(consistency)")
  }
  return logistic(difference * log(consistency / (1 - consistency)))
}

/// Cohen's kappa of two raters: agreement beyond chance.
///
/// - Parameter counts: a square table; row and column are what the two raters said.
/// - Throws: `outsideDomain` for a table that is not square, has negative counts, or is all zero,
///   and where chance alone agrees always.
public func kappa(_ counts: [[Double]]) throws(CoreError) -> Double {
  guard !counts.isEmpty,
    counts.allSatisfy({ $0.count == counts.count && $0.allSatisfy { $0 >= 0 } })
  else { throw .outsideDomain("kappa takes a square table of counts") }
  let total = counts.joined().reduce(0, +)
  var observed = 0.0
  var expected = 0.0
  for i in counts.indices {
    observed += counts[i][i] / total
    let column = counts.reduce(0) { $0 + $1[i] }
    expected += counts[i].reduce(0, +) / total * (column / total)
  }
  guard total > 0, expected < 1 else {
    throw .outsideDomain("kappa is undefined where both raters always say the same one thing")
  }
  return (observed - expected) / (1 - expected)
}

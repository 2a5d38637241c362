/// Generalised advantage estimation.
///
/// - Parameters:
///   - rewards: of each step in order; episodes one after another.
///   - values: the estimated value of each step's observation, as many.
///   - terminated: steps at which the task itself ended: nothing comes after them.
///   - truncated: steps at which the time limit cut: the value goes on behind them.
///   - final: the value of the last observation, behind the last step and behind every truncated
///     one that `truncationValues` does not list.
///   - truncationValues: by step, the value of the observation at which the time limit cut.
/// - Returns: an advantage for each step.
/// - Throws: `outsideDomain` for lists of different lengths.
/// - Source: Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage
///   Estimation", 2016.
public func generalizedAdvantages(
  rewards: [Double], values: [Double], terminated: [Bool], truncated: [Bool], final: Double,
  gamma: Double = 0.99, lambda: Double = 0.95, truncationValues: [Int: Double] = [:]
) throws(CoreError) -> [Double] {
  let count = rewards.count
  guard values.count == count, terminated.count == count, truncated.count == count else {
    throw .outsideDomain("gae takes lists of the same length, one element a step")
  }
  var advantages = Array(repeating: 0.0, count: count)
  var following = 0.0
  for step in stride(from: count - 1, through: 0, by: -1) {
    let isLast = step == count - 1
    let nextValue =
      if terminated[step] {
        0.0
      } else if truncated[step] || isLast {
        truncationValues[step] ?? final
      } else {
        values[step + 1]
      }
    if terminated[step] || truncated[step] { following = 0 }
    let delta = rewards[step] + gamma * nextValue - values[step]
    following = delta + gamma * lambda * following
    advantages[step] = following
  }
  return advantages
}

/// The smooth-L1 (Huber) loss with its bend at 1.
public func smoothL1(_ x: Double) -> Double {
  abs(x) < 1 ? 0.5 * x * x : abs(x) - 0.5
}

import Schema

/// Signs that a policy pleases its reward and nothing else.
///
/// A learned reward stands for what people want only near what they were shown. Past some
/// divergence, what it says goes up while what is wanted goes down; then texts also tend to become
/// longer, or all alike.
///
/// - Source: Gao et al., "Scaling Laws for Reward Model Overoptimization", 2022.
enum OverOptimization {
  /// Iterations over which a rise or a fall is looked for.
  static let window = 5
  /// From this many times the first length, or below its inverse, the length has changed.
  static let lengthFactor = 1.5
  /// Below this share of the first variety, responses are alike.
  static let varietyShare = 0.5
  /// From this many times the first disagreement, members know nothing of the responses.
  static let spreadFactor = 3.0

  /// What is wrong with the last of some reports, the first of which is of the reference; empty
  /// while all is well, or while there is too little to tell.
  static func alarms(_ reports: [TextReport]) -> [String] {
    guard let first = reports.first, let last = reports.last, reports.count > window,
      let risen = rise(reports.map(\.reward)), risen > 0
    else { return [] }
    var alarms: [String] = []
    // The judge is held against its best so far: it rises at first, and turns.
    let judged = reports.map(\.trueReward)
    if let now = average(judged.suffix(window)), let best = best(judged), let start = judged[0] {
      let gained = max(best - start, abs(best) * 0.05)
      if best - now > 0.2 * gained {
        alarms.append(
          "the reward rises while the true reward falls: \(short(now)) after \(short(best))")
      }
    }
    let longer = last.length / max(first.length, 1)
    if longer > lengthFactor || longer < 1 / lengthFactor {
      alarms.append(
        "the reward rises with the length: \(short(last.length)) tokens after "
          + "\(short(first.length))")
    }
    if last.distinct2 < varietyShare * first.distinct2 {
      alarms.append(
        "responses become alike: distinct-2 \(short(last.distinct2)) after "
          + "\(short(first.distinct2))")
    }
    if let before = first.spread, let now = last.spread, now > spreadFactor * before {
      alarms.append("the policy writes what nobody was asked about: reward models disagree")
    }
    return alarms
  }

  /// How much the mean of the last window exceeds that of the first reports.
  private static func rise(_ values: [Double?]) -> Double? {
    guard let now = average(values.suffix(window)), let start = average(values.prefix(1)) else {
      return nil
    }
    return now - start
  }

  /// The best mean of a window.
  private static func best(_ values: [Double?]) -> Double? {
    (0...values.count - window).compactMap { average(values[$0..<$0 + window]) }.max()
  }

  private static func average(_ values: ArraySlice<Double?>) -> Double? {
    let known = values.compactMap { $0 }
    return known.count == values.count && !known.isEmpty ? mean(known) : nil
  }

  private static func short(_ value: Double) -> String {
    formatReal((value * 100).rounded() / 100)
  }
}

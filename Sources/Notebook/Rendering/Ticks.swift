import Glibc

/// Round numbers along an axis: multiples of 1, 2, 2.5 or 5 times a power of ten.
struct Ticks: Equatable, Sendable {
  let step: Double
  let values: [Double]
  /// What is shown at each value, with the decimals that tell neighbours apart.
  let labels: [String]

  /// About `count` ticks within `low...high`; `low` is below `high`.
  init(from low: Double, to high: Double, count: Int) {
    step = Self.step(for: (high - low) / Double(max(count, 1)))
    let first = Int((low / step - 1e-9).rounded(.up))
    let last = max(Int((high / step + 1e-9).rounded(.down)), first)
    let step = step
    values = (first...last).map { Double($0) * step }
    let isLarge = values.contains { abs($0) >= 10_000 }
    let decimals =
      (0...12).first {
        abs(step * pow(10, Double($0))).remainder(dividingBy: 1) < 1e-6
          && step * pow(10, Double($0)) > 0.99
      } ?? 12
    labels = values.map { isLarge ? compact($0) : fixed($0, decimals: decimals) }
  }

  /// The smallest round step that is at least `least`.
  static func step(for least: Double) -> Double {
    let power = pow(10, log10(least).rounded(.down))
    let factor = [1, 2, 2.5, 5, 10].first { $0 * power >= least * (1 - 1e-9) } ?? 10
    return factor * power
  }
}

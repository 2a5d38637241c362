#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A density over some axes of a space: a mixture with a kernel at each observation, the oldest
/// first, and a wide prior one last. A kernel is a product over the axes.
struct ParzenEstimator {
  /// Of the kernels, summing to 1.
  let weights: [Double]
  private let logWeights: [Double]
  private let axes: [AxisKernels]

  /// One axis of all kernels.
  private enum AxisKernels {
    /// Probabilities of the choices, kernel after kernel.
    case choice(count: Int, probabilities: [Double])
    case range(UnitRange, [TruncatedNormal])
  }

  /// - Parameter points: observations, with a coordinate for each axis.
  init(_ points: [[Double]], axes kinds: [UnitSpace.Kind]) {
    weights = Self.weights(observations: points.count)
    logWeights = weights.map { log($0) }
    axes = kinds.enumerated().map { index, kind in
      let coordinates = points.map { $0[index] }
      switch kind {
      case .choice(let settings):
        return .choice(
          count: settings.count,
          probabilities: Self.probabilities(of: coordinates, count: settings.count))
      case .range(let range): return .range(range, Self.kernels(at: coordinates))
      }
    }
  }

  /// Full weight for the newest 25, less the older the rest are; 1 for the prior; normalised.
  static func weights(observations n: Int) -> [Double] {
    var weights = [Double](repeating: 1, count: n + 1)
    let old = max(0, n - 25)
    for i in 0..<old {
      let share = old > 1 ? Double(i) / Double(old - 1) : 0
      weights[i] = 1 / Double(n) + (1 - 1 / Double(n)) * share
    }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  /// A normal at each coordinate, as wide as the larger gap to its neighbours, within bounds that
  /// narrow as observations come.
  static func kernels(at coordinates: [Double]) -> [TruncatedNormal] {
    let n = coordinates.count
    let order = coordinates.indices.sorted {
      (coordinates[$0], $0) < (coordinates[$1], $1)
    }
    let narrowest = 1 / min(100, Double(n + 2))
    var kernels = [TruncatedNormal](repeating: TruncatedNormal(mean: 0.5, sigma: 1), count: n + 1)
    for (place, index) in order.enumerated() {
      let x = coordinates[index]
      let below = place > 0 ? x - coordinates[order[place - 1]] : nil
      let above = place < n - 1 ? coordinates[order[place + 1]] - x : nil
      // The domain's ends are neighbours only to a lone observation.
      let gap = n < 2 ? max(x, 1 - x) : max(below ?? 0, above ?? 0)
      kernels[index] = TruncatedNormal(mean: x, sigma: min(max(gap, narrowest), 1))
    }
    return kernels
  }

  /// Each kernel prefers its observation; the prior, the last, prefers nothing.
  private static func probabilities(of choices: [Double], count: Int) -> [Double] {
    let base = 1 / Double(choices.count + 1)
    let total = 1 + base * Double(count)
    var probabilities: [Double] = []
    for choice in choices {
      probabilities += (0..<count).map { ((Double($0) == choice ? 1 : 0) + base) / total }
    }
    return probabilities + [Double](repeating: 1 / Double(count), count: count)
  }

  /// Draws a point.
  func draw(using random: inout RandomSource) -> [Double] {
    let kernel = random.index(weights: weights[...])
    return axes.map { axis in
      switch axis {
      case .choice(let count, let probabilities):
        Double(random.index(weights: probabilities[kernel * count..<(kernel + 1) * count]))
      case .range(let range, let kernels): range.nearest(to: kernels[kernel].draw(using: &random))
      }
    }
  }

  /// The logarithm of the density at a point; of a grid's values the probability.
  func logDensity(at point: [Double]) -> Double {
    var terms = logWeights
    for (axis, x) in zip(axes, point) {
      switch axis {
      case .choice(let count, let probabilities):
        for kernel in terms.indices { terms[kernel] += log(probabilities[kernel * count + Int(x)]) }
      case .range(let range, let kernels):
        if let cell = range.cell(around: x) {
          for kernel in terms.indices { terms[kernel] += kernels[kernel].logMass(of: cell) }
        } else {
          for kernel in terms.indices { terms[kernel] += kernels[kernel].logDensity(at: x) }
        }
      }
    }
    let largest = terms.max()!
    return largest + log(terms.reduce(0) { $0 + exp($1 - largest) })
  }
}

/// A normal distribution cut to [0, 1].
struct TruncatedNormal {
  let mean: Double
  let sigma: Double
  /// Logarithm of the bell's share that lies inside.
  private let logInside: Double
  /// Logarithm of the density at the mean.
  private let logPeak: Double

  init(mean: Double, sigma: Double) {
    self.mean = mean
    self.sigma = sigma
    logInside = log(normalMass(from: -mean / sigma, to: (1 - mean) / sigma))
    logPeak = -log(sigma) - halfLogTwoPi - logInside
  }

  func draw(using random: inout RandomSource) -> Double {
    // At least a third of the bell lies inside, for means inside and deviations up to 1.
    while true {
      let x = mean + sigma * random.normal()
      if x >= 0, x <= 1 { return x }
    }
  }

  func logDensity(at x: Double) -> Double {
    let z = (x - mean) / sigma
    return logPeak - 0.5 * z * z
  }

  func logMass(of cell: ClosedRange<Double>) -> Double {
    log(normalMass(from: (cell.lowerBound - mean) / sigma, to: (cell.upperBound - mean) / sigma))
      - logInside
  }
}

/// log(2 pi) / 2.
let halfLogTwoPi = 0.918_938_533_204_672_8

/// The standard normal's probability between two numbers, exact in its tails too.
func normalMass(from a: Double, to b: Double) -> Double {
  // On the side where both tails are small their difference loses nothing.
  let (lower, upper) = a > 0 ? (-b, -a) : (a, b)
  return 0.5 * (erfc(-upper * 0.5.squareRoot()) - erfc(-lower * 0.5.squareRoot()))
}

extension RandomSource {
  /// An index drawn in proportion to the weights, which sum to 1.
  mutating func index(weights: ArraySlice<Double>) -> Int {
    var rest = uniform()
    for (offset, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return offset }
    }
    return weights.count - 1
  }
}

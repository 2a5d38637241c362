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
    case range(UnitRange, TruncatedNormals)
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
  static func kernels(at coordinates: [Double]) -> TruncatedNormals {
    let n = coordinates.count
    let order = sortedInUnit(coordinates)
    let narrowest = 1 / min(100, Double(n + 2))
    var kernels = TruncatedNormals(count: n + 1)
    for (place, (index, x)) in order.enumerated() {
      let below = place > 0 ? x - order[place - 1].x : 0
      let above = place < n - 1 ? order[place + 1].x - x : 0
      // The domain's ends are neighbours only to a lone observation.
      let gap = n < 2 ? max(x, 1 - x) : max(below, above)
      kernels.set(index, mean: x, sigma: min(max(gap, narrowest), 1))
    }
    kernels.set(n, mean: 0.5, sigma: 1)
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
      case .range(let range, let kernels): range.nearest(to: kernels.draw(kernel, using: &random))
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
          for kernel in terms.indices { terms[kernel] += kernels.logMass(kernel, of: cell) }
        } else {
          kernels.addLogDensities(at: x, to: &terms)
        }
      }
    }
    let largest = terms.max()!
    // Of a billion terms that are left out none would show.
    return largest + log(terms.reduce(0) { $1 > largest - 60 ? $0 + exp($1 - largest) : $0 })
  }
}

/// Numbers from 0 to 1 in ascending order, equal ones by their places. They are dealt out to as many
/// parts of the range first: where they lie evenly the work grows with their number only.
private func sortedInUnit(_ values: [Double]) -> [(index: Int, x: Double)] {
  let n = values.count
  func part(_ x: Double) -> Int { min(Int(x * Double(n)), n - 1) }
  var ends = [Int](repeating: 0, count: n)
  for x in values { ends[part(x)] += 1 }
  for index in ends.indices.dropFirst() { ends[index] += ends[index - 1] }
  var sorted = [(index: Int, x: Double)](repeating: (0, 0), count: n)
  for index in values.indices.reversed() {
    let part = part(values[index])
    ends[part] -= 1
    sorted[ends[part]] = (index, values[index])
  }
  // Now each part begins where its end was.
  for part in ends.indices {
    let range = ends[part]..<(part + 1 < n ? ends[part + 1] : n)
    if range.count > 1 { sorted[range].sort { ($0.x, $0.index) < ($1.x, $1.index) } }
  }
  return sorted
}

/// Normal distributions cut to [0, 1], as lists that are gone through at once.
struct TruncatedNormals {
  private(set) var means: [Double]
  private(set) var sigmas: [Double]
  private var precisions: [Double]
  /// Logarithm of the bell's share that lies inside.
  private var logInside: [Double]
  /// Logarithm of the density at the mean.
  private var logPeaks: [Double]
  /// The latest width and its logarithm: most have the least width.
  private var (lastSigma, lastLog) = (1.0, 0.0)

  init(count: Int) {
    means = Array(repeating: 0, count: count)
    (sigmas, precisions, logInside, logPeaks) = (means, means, means, means)
  }

  mutating func set(_ index: Int, mean: Double, sigma: Double) {
    if sigma != lastSigma { (lastSigma, lastLog) = (sigma, log(sigma)) }
    means[index] = mean
    sigmas[index] = sigma
    precisions[index] = 1 / sigma
    // At least a third lies inside: taking the tails from 1 loses nothing.
    let tails = Self.tail(mean / sigma) + Self.tail((1 - mean) / sigma)
    logInside[index] = tails == 0 ? 0 : log(1 - tails)
    logPeaks[index] = -lastLog - halfLogTwoPi - logInside[index]
  }

  /// The share of a bell beyond some deviations; beyond nine too little to show beside 1.
  private static func tail(_ deviations: Double) -> Double {
    deviations > 9 ? 0 : 0.5 * erfc(deviations * 0.5.squareRoot())
  }

  func draw(_ index: Int, using random: inout RandomSource) -> Double {
    // At least a third of the bell lies inside, for means inside and deviations up to 1.
    while true {
      let x = means[index] + sigmas[index] * random.normal()
      if x >= 0, x <= 1 { return x }
    }
  }

  /// Adds the logarithm of each one's density.
  func addLogDensities(at x: Double, to terms: inout [Double]) {
    means.withUnsafeBufferPointer { means in
      precisions.withUnsafeBufferPointer { precisions in
        logPeaks.withUnsafeBufferPointer { peaks in
          terms.withUnsafeMutableBufferPointer { terms in
            for i in terms.indices {
              let z = (x - means[i]) * precisions[i]
              terms[i] += peaks[i] - 0.5 * z * z
            }
          }
        }
      }
    }
  }

  func logMass(_ index: Int, of cell: ClosedRange<Double>) -> Double {
    let (mean, precision) = (means[index], precisions[index])
    return log(
      normalMass(
        from: (cell.lowerBound - mean) * precision, to: (cell.upperBound - mean) * precision))
      - logInside[index]
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

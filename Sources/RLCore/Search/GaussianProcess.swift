import CKernels

/// Regression with the Matérn-5/2 kernel: k = s (1 + q + q²/3) exp(-q), q² = 5 sum w_d D_d², where
/// D_d is the difference along an axis, or for a choice whether it differs.
struct GaussianProcess {
  /// What the kernel is made of.
  struct Kernel {
    /// Inverse squared length scales, by axis.
    var weights: [Double]
    var scale: Double
    /// Variance of a value around the function.
    var noise: Double
  }

  let kernel: Kernel
  let count: Int
  /// The expected value at each of its points.
  let means: [Double]
  private let isChoice: [Bool]
  /// Axis after axis.
  private let columns: [Double]
  /// W with W^T W = K^-1, a lower triangle, and its transpose.
  private let inverseFactor: [Double]
  private let inverseFactorTransposed: [Double]
  /// K^-1 y.
  private let coefficients: [Double]

  /// - Parameter values: at the points; their mean should be near 0 and their deviation near 1.
  /// - Precondition: a scale and a noise above 0.
  init(kernel: Kernel, isChoice: [Bool], points: [[Double]], values: [Double]) {
    self.kernel = kernel
    self.isChoice = isChoice
    let n = points.count
    count = n
    columns = isChoice.indices.flatMap { axis in points.map { $0[axis] } }
    var cholesky = Cholesky(count: n)
    var row = CovarianceRow(count: n)
    for i in 0..<n {
      row.set(points[i], columns, from: i, kernel: kernel, isChoice: isChoice)
      for j in i..<n { cholesky.matrix[i * n + j] = row.covariance[j - i] }
      cholesky.matrix[i * n + i] += kernel.noise
    }
    // The floor under the noise keeps a matrix of distinct points definite; rounding may still win.
    var (noise, jitter) = (kernel.noise, 1e-6 * kernel.scale)
    while !cholesky.factorize() {
      for i in 0..<n { cholesky.matrix[i * n + i] += jitter }
      noise += jitter
      jitter *= 10
    }
    inverseFactor = cholesky.inverseFactor
    inverseFactorTransposed = Self.transposed(inverseFactor, count: n)
    coefficients = Self.solve(inverseFactor, inverseFactorTransposed, values).whole
    // K^-1 y = a says that the covariances without the noise give y - noise a.
    means = zip(values, coefficients).map { $0 - noise * $1 }
  }

  /// Expected value and variance of the function at each point.
  func posterior(at points: [[Double]]) -> [(mean: Double, variance: Double)] {
    var results: [(mean: Double, variance: Double)] = []
    results.reserveCapacity(points.count)
    // So many points at once that their covariances stay near the processor: of one alone no more.
    let width = min(points.count, 64)
    guard width > 0 else { return [] }
    var scratch = PosteriorScratch(count: count, width: width)
    for start in stride(from: 0, to: points.count, by: width) {
      let block = points[start..<min(start + width, points.count)]
      let places = isChoice.indices.flatMap { axis in
        block.map { $0[axis] } + [Double](repeating: 0, count: width - block.count)
      }
      scratch.fill(
        places, kernel: kernel, isChoice: isChoice, columns: columns,
        coefficients: coefficients, inverseFactor: inverseFactor)
      for lane in block.indices {
        let lane = lane - start
        results.append((scratch.means[lane], max(kernel.scale - scratch.squares[lane], 1e-12)))
      }
    }
    return results
  }

  /// Expected value and variance at a point, with their slopes along the axes, 0 along choices.
  func slopes(at point: [Double]) -> (
    mean: Double, variance: Double, meanSlope: [Double], varianceSlope: [Double]
  ) {
    var row = CovarianceRow(count: count)
    row.set(point, columns, from: 0, kernel: kernel, isChoice: isChoice)
    let solved = Self.solve(inverseFactor, inverseFactorTransposed, row.covariance)
    var meanSlope = [Double](repeating: 0, count: isChoice.count)
    var varianceSlope = meanSlope
    let (meanPull, variancePull) = (
      product(row.slope, coefficients), product(row.slope, solved.whole)
    )
    for axis in isChoice.indices where !isChoice[axis] {
      let weight = kernel.weights[axis]
      let gaps = columns[axis * count..<(axis + 1) * count].map { weight * (point[axis] - $0) }
      meanSlope[axis] = dot(gaps, meanPull)
      varianceSlope[axis] = -2 * dot(gaps, variancePull)
    }
    return (
      dot(row.covariance, coefficients),
      max(kernel.scale - dot(solved.half, solved.half), 1e-12), meanSlope, varianceSlope
    )
  }

  /// W v, and W^T W v = K^-1 v.
  private static func solve(
    _ lower: [Double], _ upper: [Double], _ vector: [Double]
  ) -> (half: [Double], whole: [Double]) {
    let n = vector.count
    var half = [Double](repeating: 0, count: n)
    var whole = half
    lower.withUnsafeBufferPointer { lower in
      upper.withUnsafeBufferPointer { upper in
        half.withUnsafeMutableBufferPointer { half in
          vector.withUnsafeBufferPointer { vector in
            for first in stride(from: 0, to: n, by: Cholesky.block) {
              let last = min(first + Cholesky.block, n)
              addRows(
                last - first, last, scales: vector.baseAddress!,
                matrix: upper.baseAddress! + first, stride: n, to: half.baseAddress! + first)
            }
          }
          whole.withUnsafeMutableBufferPointer { whole in
            for first in stride(from: 0, to: n, by: Cholesky.block) {
              addRows(
                min(Cholesky.block, n - first), n - first, scales: half.baseAddress! + first,
                matrix: lower.baseAddress! + first * n + first, stride: n,
                to: whole.baseAddress! + first)
            }
          }
        }
      }
    }
    return (half, whole)
  }

  private static func transposed(_ matrix: [Double], count n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)
    // By squares: a column of a large matrix lies in as many cache lines as it has elements.
    for top in stride(from: 0, to: n, by: 16) {
      for left in stride(from: 0, through: top, by: 16) {
        for i in top..<min(top + 16, n) {
          for j in left..<min(left + 16, n) { result[j * n + i] = matrix[i * n + j] }
        }
      }
    }
    return result
  }
}

/// Covariances of a point with others, and what their slopes are made of.
struct CovarianceRow {
  /// Times w_d (x_d - x'_d) it is the covariances' slope along an axis.
  private(set) var slope: [Double]
  private(set) var covariance: [Double]

  init(count: Int) {
    covariance = Array(repeating: 0, count: count)
    slope = covariance
  }

  /// Of the point with the others from number `first` on; what is left of the row means nothing.
  ///
  /// - Parameter columns: the others, axis after axis.
  mutating func set(
    _ point: [Double], _ columns: [Double], from first: Int,
    kernel: GaussianProcess.Kernel, isChoice: [Bool]
  ) {
    let count = covariance.count
    covariance.withUnsafeMutableBufferPointer { covariance in
      slope.withUnsafeMutableBufferPointer { slope in
        columns.withUnsafeBufferPointer { columns in
          setCovariances(
            covariance.baseAddress!, slope.baseAddress!, count: count - first,
            columns: columns.baseAddress! + first, stride: count, kernel: kernel,
            isChoice: isChoice
          ) { point[$0] }
        }
      }
    }
  }
}

/// What the posterior of a block of points is computed in.
private struct PosteriorScratch {
  let width: Int
  private(set) var means: [Double]
  /// How much of the variance is known.
  private(set) var squares: [Double]
  /// `[count, width]`.
  private var covariances: [Double]
  private var row: [Double]

  init(count: Int, width: Int) {
    self.width = width
    covariances = Array(repeating: 0, count: count * width)
    row = Array(repeating: 0, count: width)
    (means, squares) = (row, row)
  }

  /// - Parameter places: the points, axis after axis.
  mutating func fill(
    _ places: [Double], kernel: GaussianProcess.Kernel, isChoice: [Bool], columns: [Double],
    coefficients: [Double], inverseFactor: [Double]
  ) {
    let count = coefficients.count
    for lane in 0..<width { (means[lane], squares[lane]) = (0, 0) }
    covariances.withUnsafeMutableBufferPointer { covariances in
      let k = covariances.baseAddress!
      row.withUnsafeMutableBufferPointer { row in
        places.withUnsafeBufferPointer { places in
          for i in 0..<count {
            setCovariances(
              k + i * width, row.baseAddress!, count: width, columns: places.baseAddress!,
              stride: width, kernel: kernel, isChoice: isChoice
            ) { columns[$0 * count + i] }
          }
        }
        coefficients.withUnsafeBufferPointer { coefficients in
          means.withUnsafeMutableBufferPointer {
            addRows(
              width, count, scales: coefficients.baseAddress!, matrix: k, stride: width,
              to: $0.baseAddress!)
          }
        }
        inverseFactor.withUnsafeBufferPointer { w in
          for i in 0..<count {
            for lane in 0..<width { row[lane] = 0 }
            addRows(
              width, i + 1, scales: w.baseAddress! + i * count, matrix: k, stride: width,
              to: row.baseAddress!)
            for lane in 0..<width { squares[lane] += row[lane] * row[lane] }
          }
        }
      }
    }
  }
}

/// Covariances of one point with `count` others, and what their slopes are made of.
///
/// - Parameters:
///   - columns: the others; the axes' are `stride` apart.
///   - point: its coordinate along an axis.
private func setCovariances(
  _ covariance: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>, count: Int,
  columns: UnsafePointer<Double>, stride: Int, kernel: GaussianProcess.Kernel, isChoice: [Bool],
  point: (_ axis: Int) -> Double
) {
  covariance.update(repeating: 0, count: count)
  let kernels = rlhs_kernels_in_use().pointee
  for axis in isChoice.indices {
    let (x, weight, others) = (point(axis), 5 * kernel.weights[axis], columns + axis * stride)
    if isChoice[axis] {
      for i in 0..<count where others[i] != x { covariance[i] += weight }
    } else {
      kernels.add_squared_distances(count, weight, x, others, covariance)
    }
  }
  kernels.matern(count, kernel.scale, covariance, slope)
}

private func product(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 * $1 } }

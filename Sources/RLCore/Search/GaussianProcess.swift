#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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
  private let isChoice: [Bool]
  /// Axis after axis.
  private let columns: [Double]
  private let inverseFactor: [Double]
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
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      let row = Self.covariances(
        of: points[i], with: columns, count: n, upTo: i + 1, kernel: kernel, isChoice: isChoice)
      matrix.replaceSubrange(i * n...i * n + i, with: row.covariance)
      matrix[i * n + i] += kernel.noise
    }
    // The floor under the noise keeps a matrix of distinct points definite; rounding may still win.
    var factor = Cholesky(matrix, count: n)
    var jitter = 1e-6 * kernel.scale
    while factor == nil {
      for i in 0..<n { matrix[i * n + i] += jitter }
      jitter *= 10
      factor = Cholesky(matrix, count: n)
    }
    inverseFactor = factor!.inverseFactor()
    coefficients = Self.applyTransposed(
      inverseFactor, to: Self.apply(inverseFactor, to: values))
  }

  /// The expected value at a point.
  func mean(at point: [Double]) -> Double {
    sum(covariances(at: point).covariance, coefficients)
  }

  /// Expected value and variance of the function at each point.
  func posterior(at points: [[Double]]) -> [(mean: Double, variance: Double)] {
    var results: [(mean: Double, variance: Double)] = []
    for start in stride(from: 0, to: points.count, by: 4) {
      let block = (start..<start + 4).map { points[min($0, points.count - 1)] }
      let covariances = block.flatMap { self.covariances(at: $0).covariance }
      var squares = SIMD4<Double>.zero
      inverseFactor.withUnsafeBufferPointer { x in
        covariances.withUnsafeBufferPointer { k in
          for i in 0..<count {
            let part = dots(
              x.baseAddress! + i * count, k.baseAddress!, stride: count, count: i + 1)
            squares += part * part
          }
        }
      }
      for lane in 0..<min(4, points.count - start) {
        let mean = sum(covariances[lane * count..<(lane + 1) * count], coefficients)
        results.append((mean, max(kernel.scale - squares[lane], 1e-12)))
      }
    }
    return results
  }

  /// Expected value and variance at a point, with their slopes along the axes, 0 along choices.
  func slopes(at point: [Double]) -> (
    mean: Double, variance: Double, meanSlope: [Double], varianceSlope: [Double]
  ) {
    let (covariance, slope) = covariances(at: point)
    let solved = Self.apply(inverseFactor, to: covariance)
    let whole = Self.applyTransposed(inverseFactor, to: solved)
    var meanSlope = [Double](repeating: 0, count: isChoice.count)
    var varianceSlope = meanSlope
    for axis in isChoice.indices where !isChoice[axis] {
      for i in 0..<count {
        let change = slope[i] * kernel.weights[axis] * (point[axis] - columns[axis * count + i])
        meanSlope[axis] += change * coefficients[i]
        varianceSlope[axis] -= 2 * change * whole[i]
      }
    }
    return (
      sum(covariance, coefficients), max(kernel.scale - sum(solved, solved), 1e-12), meanSlope,
      varianceSlope
    )
  }

  private func covariances(at point: [Double]) -> (covariance: [Double], slope: [Double]) {
    Self.covariances(
      of: point, with: columns, count: count, upTo: count, kernel: kernel, isChoice: isChoice)
  }

  /// Covariances of a point with the first `end` of `count` others; times w_d (x_d - x'_d), `slope`
  /// gives their slopes along an axis.
  private static func covariances(
    of point: [Double], with columns: [Double], count: Int, upTo end: Int, kernel: Kernel,
    isChoice: [Bool]
  ) -> (covariance: [Double], slope: [Double]) {
    var covariance = [Double](repeating: 0, count: end)
    for axis in isChoice.indices {
      let (x, weight, first) = (point[axis], 5 * kernel.weights[axis], axis * count)
      if isChoice[axis] {
        for i in 0..<end where columns[first + i] != x { covariance[i] += weight }
      } else {
        for i in 0..<end {
          let difference = columns[first + i] - x
          covariance[i] += weight * difference * difference
        }
      }
    }
    var slope = covariance
    for i in 0..<end {
      let q = covariance[i].squareRoot()
      let decay = kernel.scale * exp(-q)
      covariance[i] = decay * (1 + q + q * q / 3)
      slope[i] = -5.0 / 3 * decay * (1 + q)
    }
    return (covariance, slope)
  }

  /// A lower triangle times a vector.
  private static func apply(_ lower: [Double], to vector: [Double]) -> [Double] {
    let n = vector.count
    return lower.withUnsafeBufferPointer { l in
      vector.withUnsafeBufferPointer { v in
        (0..<n).map { dot(l.baseAddress! + $0 * n, v.baseAddress!, count: $0 + 1) }
      }
    }
  }

  /// A lower triangle, transposed, times a vector.
  private static func applyTransposed(_ lower: [Double], to vector: [Double]) -> [Double] {
    let n = vector.count
    var result = [Double](repeating: 0, count: n)
    result.withUnsafeMutableBufferPointer { result in
      lower.withUnsafeBufferPointer { l in
        for i in 0..<n {
          let (scale, row) = (vector[i], l.baseAddress! + i * n)
          for j in 0...i { result[j] += scale * row[j] }
        }
      }
    }
    return result
  }
}

private func sum(_ a: some Sequence<Double>, _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The most probable kernel for some values: their likelihood under the Gaussian process times
/// priors that keep length scales and noise sensible, as a function of the logarithms.
struct KernelFit {
  static let noiseFloor = 1e-6
  private let values: [Double]
  /// D_d² of each pair i < j in order of i, then j; by axis.
  private let squares: [[Double]]
  private var cholesky: Cholesky
  /// Of all pairs: covariances, what their slopes are made of, and how much more of them is wanted.
  private var covariances: [Double]
  private var slopes: [Double]
  private var pulls: [Double]

  init(isChoice: [Bool], points: [[Double]], values: [Double]) {
    self.values = values
    squares = isChoice.indices.map { axis in
      var squares: [Double] = []
      squares.reserveCapacity(points.count * points.count / 2)
      let column = points.map { $0[axis] }
      for i in column.indices {
        for j in i + 1..<column.count {
          let difference = column[i] - column[j]
          squares.append(isChoice[axis] ? (difference == 0 ? 0 : 1) : difference * difference)
        }
      }
      return squares
    }
    cholesky = Cholesky(count: points.count)
    covariances = Array(repeating: 0, count: points.count * (points.count - 1) / 2)
    (slopes, pulls) = (covariances, covariances)
  }

  /// Logarithms of the weights, the scale and the noise to begin from. Smooth, bent and rough
  /// functions have maxima of their own: of three starts, the one that leads furthest in a few steps.
  mutating func start() -> [Double] {
    [(weight: 1.0, noise: 1e-2), (4, 1e-4), (0.3, 1e-3)].map { start in
      descend(
        from: [Double](repeating: log(start.weight), count: squares.count) + [0, log(start.noise)],
        evaluations: 15)
    }.min { $0.value < $1.value }!.point
  }

  /// The most probable kernel near the start.
  mutating func kernel(from start: [Double]) -> GaussianProcess.Kernel {
    Self.kernel(descend(from: start, evaluations: 60).point)
  }

  private mutating func descend(
    from start: [Double], evaluations: Int
  ) -> (point: [Double], value: Double) {
    LBFGS(maximumEvaluations: evaluations, gradientTolerance: 1e-2).minimize(
      from: start, within: -18...8
    ) { loss(at: $0, gradient: &$1) }
  }

  private static func kernel(_ logarithms: [Double]) -> GaussianProcess.Kernel {
    let axes = logarithms.count - 2
    return .init(
      weights: logarithms.prefix(axes).map { exp($0) }, scale: exp(logarithms[axes]),
      noise: noiseFloor + exp(logarithms[axes + 1]))
  }

  /// Minus the logarithm of likelihood and priors, without constants.
  ///
  /// - Parameter logarithms: of the axes' weights, the scale and the noise above its floor.
  mutating func loss(at logarithms: [Double], gradient: inout [Double]) -> Double {
    let n = values.count
    let axes = squares.count
    let kernel = Self.kernel(logarithms)
    setCovariances(kernel)
    guard cholesky.factorize() else { return .infinity }
    cholesky.invert()
    let coefficients = Self.multiply(cholesky.inverse, values)

    // The slope along a parameter t is the sum of (K^-1 - a a^T) dK/dt over the pairs, and half of
    // it over the diagonal.
    var alongNoise = 0.0
    cholesky.inverse.withUnsafeBufferPointer { inverse in
      coefficients.withUnsafeBufferPointer { a in
        pulls.withUnsafeMutableBufferPointer { pulls in
          var pair = 0
          for i in 0..<n {
            alongNoise += 0.5 * (inverse[i * n + i] - a[i] * a[i])
            for j in i + 1..<n { pulls[pair + j - i - 1] = inverse[i * n + j] - a[i] * a[j] }
            pair += n - 1 - i
          }
        }
      }
    }
    let alongScale = dot(pulls, covariances) + alongNoise * kernel.scale
    pulls.withUnsafeMutableBufferPointer { pulls in
      slopes.withUnsafeBufferPointer { slopes in
        for pair in pulls.indices { pulls[pair] *= 0.5 * slopes[pair] }
      }
    }
    let noise = kernel.noise - Self.noiseFloor
    var loss = 0.5 * dot(values, coefficients) + cholesky.halfLogDeterminant { log($0) }
    for axis in 0..<axes {
      let weight = kernel.weights[axis]
      loss += 0.1 / weight + 0.1 * weight
      gradient[axis] = dot(pulls, squares[axis]) * weight - 0.1 / weight + 0.1 * weight
    }
    // Gamma(2, 1) for the scale, Gamma(1.1, rate 30) for the noise.
    loss += kernel.scale - log(kernel.scale) + 30 * noise - 0.1 * log(noise)
    gradient[axes] = alongScale + kernel.scale - 1
    gradient[axes + 1] = alongNoise * noise + 30 * noise - 0.1
    return loss
  }

  /// Of all pairs, and the matrix of them.
  private mutating func setCovariances(_ kernel: GaussianProcess.Kernel) {
    let n = values.count
    covariances.withUnsafeMutableBufferPointer { covariances in
      let q = covariances.baseAddress!
      q.update(repeating: 0, count: covariances.count)
      for (squares, weight) in zip(squares, kernel.weights) {
        squares.withUnsafeBufferPointer { squares in
          for pair in squares.indices { q[pair] += 5 * weight * squares[pair] }
        }
      }
      slopes.withUnsafeMutableBufferPointer {
        rlhs_kernels_in_use().pointee.matern(covariances.count, kernel.scale, q, $0.baseAddress)
      }
      cholesky.matrix.withUnsafeMutableBufferPointer { matrix in
        var row = UnsafePointer(q)
        for i in 0..<n {
          let diagonal = matrix.baseAddress! + i * (n + 1)
          diagonal.pointee = kernel.scale + kernel.noise
          (diagonal + 1).update(from: row, count: n - 1 - i)
          row += n - 1 - i
        }
      }
    }
  }

  /// A symmetric matrix, of which the upper triangle is stored, times a vector.
  private static func multiply(_ upper: [Double], _ vector: [Double]) -> [Double] {
    let n = vector.count
    var result = [Double](repeating: 0, count: n)
    upper.withUnsafeBufferPointer { upper in
      for i in 0..<n {
        result[i] += upper[i * n + i] * vector[i]
        for j in i + 1..<n {
          result[i] += upper[i * n + j] * vector[j]
          result[j] += upper[i * n + j] * vector[i]
        }
      }
    }
    return result
  }
}

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
  /// D_d² of each pair i > j in order of i, then j; by axis.
  private let squares: [[Double]]

  init(isChoice: [Bool], points: [[Double]], values: [Double]) {
    self.values = values
    squares = isChoice.indices.map { axis in
      var squares: [Double] = []
      squares.reserveCapacity(points.count * points.count / 2)
      for i in points.indices {
        for j in 0..<i {
          let difference = points[i][axis] - points[j][axis]
          squares.append(isChoice[axis] ? (difference == 0 ? 0 : 1) : difference * difference)
        }
      }
      return squares
    }
  }

  /// The best of what three starts lead to: smooth, bent and rough functions have maxima of their
  /// own.
  func kernel() -> GaussianProcess.Kernel {
    let search = LBFGS(maximumEvaluations: 100, gradientTolerance: 1e-4)
    let fits = [(weight: 1.0, noise: 1e-2), (4, 1e-4), (0.3, 1e-3)].map { start in
      let logarithms =
        [Double](repeating: log(start.weight), count: squares.count) + [0, log(start.noise)]
      return search.minimize(from: logarithms, within: -18...8) { loss(at: $0, gradient: &$1) }
    }
    return Self.kernel(fits.min { $0.value < $1.value }!.point)
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
  func loss(at logarithms: [Double], gradient: inout [Double]) -> Double {
    let n = values.count
    let axes = squares.count
    let kernel = Self.kernel(logarithms)
    // q² of each pair, then q.
    var distances = [Double](repeating: 0, count: n * (n - 1) / 2)
    for axis in 0..<axes {
      let weight = 5 * kernel.weights[axis]
      let squares = squares[axis]
      for pair in distances.indices { distances[pair] += weight * squares[pair] }
    }
    var decays = distances
    for pair in distances.indices {
      distances[pair] = distances[pair].squareRoot()
      decays[pair] = kernel.scale * exp(-distances[pair])
    }
    var matrix = [Double](repeating: 0, count: n * n)
    var pair = 0
    for i in 0..<n {
      for j in 0..<i {
        let q = distances[pair]
        matrix[i * n + j] = decays[pair] * (1 + q + q * q / 3)
        pair += 1
      }
      matrix[i * n + i] = kernel.scale + kernel.noise
    }
    guard let factor = Cholesky(matrix, count: n) else { return .infinity }
    let inverse = Cholesky.inverse(fromInverseFactor: factor.inverseFactor(), count: n)
    let coefficients = Self.multiply(inverse, values)

    // The slope along a parameter t is the sum of (K^-1 - a a^T) dK/dt over the pairs, and half of
    // it over the diagonal.
    var (alongScale, alongNoise) = (0.0, 0.0)
    pair = 0
    for i in 0..<n {
      for j in 0..<i {
        let pull = inverse[i * n + j] - coefficients[i] * coefficients[j]
        alongScale += pull * matrix[i * n + j]
        decays[pair] *= -5.0 / 6 * (1 + distances[pair]) * pull
        pair += 1
      }
      let pull = inverse[i * n + i] - coefficients[i] * coefficients[i]
      alongScale += 0.5 * pull * kernel.scale
      alongNoise += 0.5 * pull
    }
    let noise = kernel.noise - Self.noiseFloor
    var loss =
      0.5 * zip(values, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
      + factor.halfLogDeterminant { log($0) }
    for axis in 0..<axes {
      let weight = kernel.weights[axis]
      loss += 0.1 / weight + 0.1 * weight
      let squares = squares[axis]
      var along = 0.0
      for pair in squares.indices { along += decays[pair] * squares[pair] }
      gradient[axis] = along * weight - 0.1 / weight + 0.1 * weight
    }
    // Gamma(2, 1) for the scale, Gamma(1.1, rate 30) for the noise.
    loss += kernel.scale - log(kernel.scale) + 30 * noise - 0.1 * log(noise)
    gradient[axes] = alongScale + kernel.scale - 1
    gradient[axes + 1] = alongNoise * noise + 30 * noise - 0.1
    return loss
  }

  /// A symmetric matrix, of which the lower triangle is stored, times a vector.
  private static func multiply(_ lower: [Double], _ vector: [Double]) -> [Double] {
    let n = vector.count
    var result = [Double](repeating: 0, count: n)
    for i in 0..<n {
      for j in 0..<i {
        result[i] += lower[i * n + j] * vector[j]
        result[j] += lower[i * n + j] * vector[i]
      }
      result[i] += lower[i * n + i] * vector[i]
    }
    return result
  }
}

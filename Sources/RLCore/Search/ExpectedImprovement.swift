#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The logarithm of the expected improvement on `best` downwards, exact also where the improvement
/// itself is too small for a number (Ament et al. 2023, arXiv 2310.20708).
struct LogExpectedImprovement {
  let best: Double

  func value(mean: Double, variance: Double) -> Double {
    let sigma = variance.squareRoot()
    return log(sigma) + Self.logGain((best - mean) / sigma)
  }

  /// The value, and its slopes along mean and variance.
  func slopes(mean: Double, variance: Double) -> (
    value: Double, alongMean: Double, alongVariance: Double
  ) {
    let sigma = variance.squareRoot()
    let z = (best - mean) / sigma
    let gain = Self.logGain(z)
    // Of the improvement s h(z): -Phi along the mean, phi along s, which grows by 1/(2 s) a
    // variance.
    let alongMean = -exp(Self.logCumulative(z) - gain) / sigma
    let alongSigma = exp(-0.5 * z * z - halfLogTwoPi - gain) / sigma
    return (log(sigma) + gain, alongMean, alongSigma / (2 * sigma))
  }

  /// log h(z), h = phi + z Phi: what a deviation of 1 gains on average.
  static func logGain(_ z: Double) -> Double {
    let logDensity = -0.5 * z * z - halfLogTwoPi
    if z > -1 { return log(exp(logDensity) + z * 0.5 * erfc(-z * 0.5.squareRoot())) }
    // Far out h / phi is 1 / z² - 3 / z⁴, a difference that rounding would swallow.
    if z < -1e3 { return logDensity - 2 * log(-z) }
    return logDensity
      + log(1 + z * (Double.pi / 2).squareRoot() * scaledErfc(-z * 0.5.squareRoot()))
  }

  /// log Phi(z).
  private static func logCumulative(_ z: Double) -> Double {
    if z > -1 { return log(0.5 * erfc(-z * 0.5.squareRoot())) }
    return -0.5 * z * z - log(2) + log(scaledErfc(-z * 0.5.squareRoot()))
  }

  /// exp(x²) erfc(x) for positive x.
  static func scaledErfc(_ x: Double) -> Double {
    if x < 4 { return exp(x * x) * erfc(x) }
    // The continued fraction of Laplace: sqrt(pi) erfcx = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …
    var fraction = x
    for k in stride(from: 40, through: 1, by: -1) { fraction = x + Double(k) / 2 / fraction }
    return 1 / (fraction * Double.pi.squareRoot())
  }
}

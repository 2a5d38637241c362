#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The coefficient of a KL penalty after seeing `samples` samples: it grows while the divergence is
/// above its target and falls below it, by a fifth of `samples / horizon` at most.
///
/// - Throws: `outsideDomain` for a target or horizon that is not positive.
/// - Source: Ziegler et al., "Fine-Tuning Language Models from Human Preferences", 2019.
public func adaptiveKL(
  coefficient: Double, divergence: Double, target: Double = 6, horizon: Double = 10_000,
  samples: Double
) throws(CoreError) -> Double {
  guard target > 0, horizon > 0 else {
    throw .outsideDomain("adaptive_kl takes a target and a horizon above 0")
  }
  let error = min(max(divergence / target - 1, -0.2), 0.2)
  return coefficient * (1 + error * samples / horizon)
}

/// The loss of direct preference optimisation: -log sigma(beta d).
///
/// - Parameter margin: the log-ratio to the reference of the chosen answer minus that of the
///   rejected.
/// - Source: Rafailov et al., "Direct Preference Optimization", 2023.
public func dpoLoss(_ margin: Double, beta: Double = 0.1) -> Double {
  let x = beta * margin
  // log(1 + exp(-x)) without overflow.
  return x > 0 ? log1p(exp(-x)) : log1p(exp(x)) - x
}

/// The loss of identity preference optimisation: (d - 1 / (2 beta))^2.
///
/// - Parameter margin: as for `dpoLoss`, averaged over length.
/// - Throws: `outsideDomain` for a beta that is not positive.
/// - Source: Azar et al., "A General Theoretical Paradigm to Understand Learning from Human
///   Preferences", 2023.
public func ipoLoss(_ margin: Double, beta: Double = 0.1) throws(CoreError) -> Double {
  guard beta > 0 else { throw .outsideDomain("ipo_loss takes a beta above 0, not \(beta)") }
  let distance = margin - 1 / (2 * beta)
  return distance * distance
}

/// Three estimates of the divergence KL(p, q) from samples of p.
public struct KLEstimates: Sendable, Hashable {
  /// Unbiased, of high variance.
  public let k1: Double
  /// Biased, of low variance.
  public let k2: Double
  /// Unbiased, of low variance, never negative.
  public let k3: Double

  /// - Parameter logRatios: log p(x) - log q(x) for samples x of p.
  /// - Throws: `outsideDomain` for no samples.
  /// - Source: Schulman, "Approximating KL Divergence", 2020.
  public init(_ logRatios: [Double]) throws(CoreError) {
    guard !logRatios.isEmpty else { throw .outsideDomain("kl_estimates takes one sample at least") }
    k1 = mean(logRatios)
    k2 = mean(logRatios.map { $0 * $0 / 2 })
    k3 = mean(logRatios.map { expm1(-$0) + $0 })
  }
}

/// The divergence of the best of n samples from a single one, at most: ln n - (n - 1) / n.
///
/// - Throws: `outsideDomain` for an n below 1.
/// - Source: Stiennon et al., "Learning to Summarize from Human Feedback", 2020.
public func bestOfNKL(_ n: Int) throws(CoreError) -> Double {
  guard n >= 1 else { throw .outsideDomain("the best of \(n) samples") }
  return log(Double(n)) - Double(n - 1) / Double(n)
}

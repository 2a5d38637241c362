import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much a parameter matters for being among the best.
public struct Importance: Sendable, Hashable {
  /// The parameter; one that lies under a choice is named `algo=ppo/clip`.
  public let name: String
  /// Its share of all parameters' importance, in [0, 1].
  public let share: Double
  /// In which 95 % of the shares lie when trials are drawn again from these.
  public let interval: ClosedRange<Double>
}

extension Study {
  /// PED-ANOVA: how the best tenth of the complete trials is spread along each parameter, against
  /// all of them (Watanabe et al. 2023, arXiv 2304.10255).
  ///
  /// - Parameters:
  ///   - quantile: the share of trials that counts as best, in (0, 1).
  ///   - resamples: how often trials are drawn again for the interval.
  ///   - seed: fixes these draws.
  /// - Returns: the most important first; empty with fewer than two complete trials.
  public func importances(quantile: Double = 0.1, resamples: Int = 200, seed: Int = 0)
    -> [Importance]
  {
    precondition(quantile > 0 && quantile < 1, "quantile \(quantile) is not between 0 and 1")
    let unit = UnitSpace(space)
    let trials = trials.filter { $0.state == .complete && $0.repeats == nil }.compactMap { trial in
      unit.point(of: trial.parameters).map { (point: $0, loss: direction.loss(trial.value)) }
    }
    guard trials.count > 1 else { return [] }
    let shares = unit.shares(of: trials, quantile: quantile)
    var stream = RandomSource(seed: seed).split("importance")
    let drawn = (0..<max(resamples, 1)).map { _ in
      unit.shares(
        of: trials.map { _ in trials[stream.integer(below: trials.count)] }, quantile: quantile)
    }
    return unit.axes.indices.map { axis in
      let sorted = drawn.map { $0[axis] }.sorted()
      let cut = Int(0.025 * Double(sorted.count))
      return Importance(
        name: unit.path(of: axis), share: shares[axis],
        interval: sorted[cut]...sorted[sorted.count - 1 - cut])
    }.enumerated().sorted { (-$0.element.share, $0.offset) < (-$1.element.share, $1.offset) }
      .map(\.element)
  }
}

extension UnitSpace {
  /// The axis with the choices that it lies under.
  fileprivate func path(of axis: Int) -> String {
    guard let parent = axes[axis].parent, case .choice(let names) = axes[parent.axis].kind else {
      return axes[axis].name
    }
    return "\(path(of: parent.axis))=\(names[parent.choice].string ?? "")/\(axes[axis].name)"
  }

  /// Each axis's share of the divergences between the best trials and all; equal ones where nothing
  /// differs.
  fileprivate func shares(
    of trials: [(point: [Double], loss: Double)], quantile: Double
  ) -> [Double] {
    let ranked = trials.indices.sorted { (trials[$0].loss, $0) < (trials[$1].loss, $1) }
    let count = max(1, Int((quantile * Double(trials.count)).rounded(.up)))
    let best = ranked.prefix(count).map { trials[$0].point }
    let divergences = axes.indices.map { axis in
      divergence(
        of: best.map { $0[axis] }.filter { !$0.isNaN },
        from: trials.map { $0.point[axis] }.filter { !$0.isNaN }, kind: axes[axis].kind)
    }
    let total = divergences.reduce(0, +)
    return divergences.map { total > 0 ? $0 / total : 1 / Double(divergences.count) }
  }

  /// Pearson's divergence of two densities along an axis: the mean of (p / q - 1)² under q.
  private func divergence(of best: [Double], from all: [Double], kind: Kind) -> Double {
    guard !best.isEmpty else { return 0 }
    let p = density(of: best, kind: kind)
    let q = density(of: all, kind: kind)
    return zip(p, q).reduce(0) { $0 + ($1.0 / $1.1 - 1) * ($1.0 / $1.1 - 1) * $1.1 }
  }

  /// The probabilities of an axis's values, or of 50 equal parts of its range. One more observation
  /// is spread over all, so that none is zero.
  private func density(of coordinates: [Double], kind: Kind) -> [Double] {
    let n = Double(coordinates.count)
    switch kind {
    case .choice(let settings):
      let share = 1 / Double(settings.count)
      return settings.indices.map { choice in
        (Double(coordinates.count { $0 == Double(choice) }) + share) / (n + 1)
      }
    case .range(let range):
      let parts: [ClosedRange<Double>] =
        range.grid(upTo: 50)?.compactMap { range.cell(around: $0) }
        ?? (0..<50).map { Double($0) / 50...Double($0 + 1) / 50 }
      let sigma = bandwidth(of: coordinates, least: 1 / Double(parts.count))
      var kernels = TruncatedNormals(count: coordinates.count)
      for (index, x) in coordinates.enumerated() { kernels.set(index, mean: x, sigma: sigma) }
      return parts.map { part in
        let width = part.upperBound - part.lowerBound
        return (coordinates.indices.reduce(0) { $0 + exp(kernels.logMass($1, of: part)) } + width)
          / (n + 1)
      }
    }
  }

  /// Scott's rule.
  private func bandwidth(of coordinates: [Double], least: Double) -> Double {
    let n = Double(coordinates.count)
    let center = mean(coordinates)
    let deviation = mean(coordinates.map { ($0 - center) * ($0 - center) }).squareRoot()
    let sorted = coordinates.sorted()
    let quartiles = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
    let spread = quartiles > 0 ? min(deviation, quartiles / 1.34) : deviation
    return min(max(1.059 * spread * pow(n, -0.2), least), 1)
  }
}

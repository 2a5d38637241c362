#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Finds where the expected improvement is greatest: looks at points all over the space, then
/// climbs from the best, ranges by their slopes and the rest value by value.
struct AcquisitionSearch {
  let unit: UnitSpace
  let isChoice: [Bool]
  let process: GaussianProcess
  let improvement: LogExpectedImprovement

  /// Grids of more values are climbed like ranges and then rounded.
  private static let longestSweep = 16

  /// Points of the space, the most promising first: where the climbs ended, and, for when all those
  /// were tried, where it looked.
  ///
  /// - Parameters:
  ///   - incumbent: input of the best point so far.
  ///   - offset: each search looks at points of its own.
  func candidates(
    from incumbent: [Double], offset: Int, using random: inout RandomSource
  ) -> (climbed: [[Double]], looked: () -> [[Double]]) {
    // A look costs the square of the points that the process holds; looks get fewer as it grows.
    let looks = max(256, min(2048, 400_000 / max(1, process.count)))
    let sobol = SobolSequence(dimensions: isChoice.count, random: random.split("looks"))
    let points = (0..<looks).map { filled(unit.point(inCube: sobol.point($0)), from: incumbent) }
    let scores = process.posterior(at: points.map(input)).map {
      improvement.value(mean: $0.mean, variance: $0.variance)
    }
    let best = leading(1, of: scores, by: >)[0]
    // Beside the best, starts drawn in proportion to their improvement, none twice.
    let keys = scores.map { $0 - log(-log(max(random.uniform(), 1e-300))) }
    let count = process.count > 300 ? 2 : 8
    let drawn = leading(count + 1, of: keys, by: >).filter { $0 != best }.prefix(count)
    let starts = [incumbent, points[best]] + drawn.map { points[$0] }
    let climbed = starts.map(climb).enumerated()
      .sorted { (-$0.element.score, $0.offset) < (-$1.element.score, $1.offset) }
    return (
      climbed.map(\.element.point),
      { scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.map { points[$0] } }
    )
  }

  /// Coordinates of axes that do not exist matter once another branch is chosen.
  private func filled(_ point: [Double], from other: [Double]) -> [Double] {
    zip(point, other).map { $0.isNaN ? $1 : $0 }
  }

  /// What the process sees of a point.
  private func input(_ point: [Double]) -> [Double] {
    var input = point
    for axis in point.indices where !unit.exists(axis, at: input) {
      input[axis] = isChoice[axis] ? 0 : 0.5
    }
    return input
  }

  private func score(_ point: [Double]) -> Double {
    let posterior = process.posterior(at: [input(point)])[0]
    return improvement.value(mean: posterior.mean, variance: posterior.variance)
  }

  /// A local maximum near the point.
  private func climb(from start: [Double]) -> (point: [Double], score: Double) {
    var best = (point: start, score: score(start))
    for _ in 0..<4 {
      let before = best.score
      climbRanges(&best)
      guard sweep(&best), best.score > before + 1e-6 else { break }
    }
    return best
  }

  /// Climbs along all axes that have slopes at once.
  private func climbRanges(_ best: inout (point: [Double], score: Double)) {
    let start = best.point
    let axes = start.indices.filter { axis in
      guard case .range(let range) = unit.axes[axis].kind else { return false }
      return unit.exists(axis, at: start) && range.grid(upTo: Self.longestSweep) == nil
    }
    guard !axes.isEmpty else { return }
    var search = LBFGS()
    search.maximumEvaluations = process.count > 300 ? 25 : 50
    let found = search.minimize(from: axes.map { start[$0] }, within: 0...1) { x, gradient in
      var point = start
      for (axis, coordinate) in zip(axes, x) { point[axis] = coordinate }
      let posterior = process.slopes(at: input(point))
      let slopes = improvement.slopes(mean: posterior.mean, variance: posterior.variance)
      for (i, axis) in axes.enumerated() {
        gradient[i] =
          -slopes.alongMean * posterior.meanSlope[axis]
          - slopes.alongVariance * posterior.varianceSlope[axis]
      }
      return -slopes.value
    }
    var point = start
    for (axis, coordinate) in zip(axes, found.point) {
      if case .range(let range) = unit.axes[axis].kind {
        point[axis] = range.nearest(to: coordinate)
      }
    }
    let score = score(point)
    if score > best.score { best = (point, score) }
  }

  /// Tries the other values of choices and grids, one axis after the other.
  ///
  /// - Returns: whether one was better.
  private func sweep(_ best: inout (point: [Double], score: Double)) -> Bool {
    var isBetter = false
    for axis in isChoice.indices where unit.exists(axis, at: best.point) {
      let values: [Double] =
        switch unit.axes[axis].kind {
        case .choice(let settings): settings.indices.map(Double.init)
        case .range(let range):
          range.grid(upTo: Self.longestSweep) ?? range.neighbours(of: best.point[axis])
        }
      for value in values where value != best.point[axis] {
        var point = best.point
        point[axis] = value
        let score = score(point)
        if score > best.score {
          best = (point, score)
          isBetter = true
        }
      }
    }
    return isBetter
  }
}

import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Covariance matrix adaptation over the ranges that always exist; choices, and what depends on
/// them, are suggested by TPE.
///
/// The distribution is worked out anew from the history: every `population` results, in the order
/// of their numbers, move it once.
struct CMAESSampler: Sampler {
  let learns = true
  private let unit: UnitSpace
  /// Indices of the adapted axes.
  private let axes: [Int]
  private let others: TPESampler
  private let random: RandomSource
  private let sigma: Double

  init(_ space: TrialSpace, sigma: Double, random: RandomSource) {
    let unit = UnitSpace(space)
    self.unit = unit
    axes = unit.axes.indices.filter {
      if case .range = unit.axes[$0].kind { unit.axes[$0].parent == nil } else { false }
    }
    others = TPESampler(space, startupTrials: 10, candidates: 24, random: random)
    self.random = random
    self.sigma = sigma
  }

  func suggest(_ number: Int, given history: History) -> [Setting.Entry]? {
    guard !axes.isEmpty else { return others.suggest(number, given: history) }
    let results = history.scored.compactMap { trial in
      unit.point(of: trial.parameters).map { point in
        Evolution.Result(point: axes.map { point[$0] }, loss: history.loss(trial.value))
      }
    }
    var evolution = Evolution(dimensions: axes.count, sigma: sigma)
    var rest = results[...]
    var restarts = 0
    while rest.count >= evolution.population {
      evolution.update(Array(rest.prefix(evolution.population)))
      rest = rest.dropFirst(evolution.population)
      if evolution.hasConverged {
        // Once more from elsewhere, with twice the population.
        restarts += 1
        var stream = random.split("restart", restarts)
        evolution = Evolution(
          mean: axes.map { _ in stream.uniform() }, sigma: sigma,
          population: 2 * evolution.population)
      }
    }
    var stream = random.split("trial", number)
    var point = [Double](repeating: .nan, count: unit.axes.count)
    if axes.count < unit.axes.count {
      guard let other = others.suggest(number, given: history), let start = unit.point(of: other)
      else { return nil }
      point = start
    }
    return history.firstNew {
      for (axis, coordinate) in zip(axes, evolution.draw(using: &stream)) {
        if case .range(let range) = unit.axes[axis].kind {
          point[axis] = range.nearest(to: coordinate)
        }
      }
      return unit.parameters(at: point)
    }
  }
}

/// The state of CMA-ES in [0, 1]^n (Hansen 2016, arXiv 1604.00772, whose names it uses).
struct Evolution {
  let population: Int
  private(set) var mean: [Double]
  private(set) var sigma: Double
  private var covariance: [[Double]]
  private var axes: SymmetricEigen
  private var pathC: [Double]
  private var pathSigma: [Double]
  private var generation = 0
  /// Of the best half, the best first, summing to 1.
  private let weights: [Double]
  private let effectiveCount: Double

  struct Result {
    var point: [Double]
    var loss: Double
  }

  init(dimensions n: Int, sigma: Double) {
    self.init(
      mean: [Double](repeating: 0.5, count: n), sigma: sigma,
      population: 4 + Int(3 * log(Double(n))))
  }

  init(mean: [Double], sigma: Double, population: Int) {
    let n = mean.count
    self.mean = mean
    self.sigma = sigma
    self.population = population
    covariance = (0..<n).map { i in (0..<n).map { $0 == i ? 1 : 0 } }
    axes = SymmetricEigen(covariance)
    pathC = [Double](repeating: 0, count: n)
    pathSigma = pathC
    let raw = (1...population / 2).map { log(Double(population + 1) / 2) - log(Double($0)) }
    let total = raw.reduce(0, +)
    weights = raw.map { $0 / total }
    effectiveCount = 1 / weights.reduce(0) { $0 + $1 * $1 }
  }

  /// Whether it no longer moves by more than rounding.
  var hasConverged: Bool { sigma * (axes.values.max() ?? 0).squareRoot() < 1e-9 }

  /// A point of the cube: drawn until inside, at last cut.
  func draw(using random: inout RandomSource) -> [Double] {
    var point = mean
    for _ in 0..<100 {
      point = mean
      for (value, vector) in zip(axes.values, axes.vectors) {
        let length = sigma * value.squareRoot() * random.normal()
        for i in point.indices { point[i] += length * vector[i] }
      }
      if point.allSatisfy({ $0 >= 0 && $0 <= 1 }) { return point }
    }
    return point.map { min(max($0, 0), 1) }
  }

  /// One generation.
  mutating func update(_ results: [Result]) {
    let n = Double(mean.count)
    let cSigma = (effectiveCount + 2) / (n + effectiveCount + 5)
    let dSigma = 1 + 2 * max(0, ((effectiveCount - 1) / (n + 1)).squareRoot() - 1) + cSigma
    let cC = (4 + effectiveCount / n) / (n + 4 + 2 * effectiveCount / n)
    let c1 = 2 / ((n + 1.3) * (n + 1.3) + effectiveCount)
    let cMu = min(
      1 - c1, 2 * (effectiveCount - 2 + 1 / effectiveCount) / ((n + 2) * (n + 2) + effectiveCount))
    let expectedLength = n.squareRoot() * (1 - 1 / (4 * n) + 1 / (21 * n * n))

    let ranked = results.indices.sorted { (results[$0].loss, $0) < (results[$1].loss, $1) }
    // Steps in units of sigma; a result that an older distribution gave is cut to what this one
    // could have.
    let steps = ranked.prefix(weights.count).map { index -> [Double] in
      let step = zip(results[index].point, mean).map { ($0 - $1) / sigma }
      let whitened = whiten(step)
      let length = whitened.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let longest = n.squareRoot() + 2 * n / (n + 2)
      return length > longest ? step.map { $0 * longest / length } : step
    }
    var step = [Double](repeating: 0, count: mean.count)
    for (weight, single) in zip(weights, steps) {
      for i in step.indices { step[i] += weight * single[i] }
    }
    for i in mean.indices { mean[i] = min(max(mean[i] + sigma * step[i], 0), 1) }

    generation += 1
    let pull = (cSigma * (2 - cSigma) * effectiveCount).squareRoot()
    let whitened = whiten(step)
    for i in pathSigma.indices {
      pathSigma[i] = (1 - cSigma) * pathSigma[i] + pull * whitened[i]
    }
    let length = pathSigma.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let bias = (1 - pow(1 - cSigma, 2 * Double(generation))).squareRoot()
    let isSteady = length / bias < (1.4 + 2 / (n + 1)) * expectedLength
    let cPull = isSteady ? (cC * (2 - cC) * effectiveCount).squareRoot() : 0
    for i in pathC.indices { pathC[i] = (1 - cC) * pathC[i] + cPull * step[i] }

    let kept = 1 - c1 - cMu + (isSteady ? 0 : c1 * cC * (2 - cC))
    for i in mean.indices {
      for j in mean.indices {
        var value = kept * covariance[i][j] + c1 * pathC[i] * pathC[j]
        for (weight, single) in zip(weights, steps) {
          value += cMu * weight * single[i] * single[j]
        }
        covariance[i][j] = value
      }
    }
    sigma = min(sigma * exp(cSigma / dSigma * (length / expectedLength - 1)), 1)
    axes = SymmetricEigen(covariance)
    axes.raise(to: 1e-20)
  }

  /// C^(-1/2) times a vector.
  private func whiten(_ vector: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: vector.count)
    for (value, axis) in zip(axes.values, axes.vectors) {
      let length = zip(axis, vector).reduce(0) { $0 + $1.0 * $1.1 } / value.squareRoot()
      for i in result.indices { result[i] += length * axis[i] }
    }
    return result
  }
}

extension SamplerKind {
  static let cmaes = SamplerKind(
    Declaration(
      name: "cmaes",
      summary: "Moves a normal distribution downhill and shapes it; for many trials over ranges.",
      parameters: [
        Parameter(
          "sigma", .real(Interval(0, 1, includesLower: false)), default: .setting(.real(1.0 / 6)),
          "The first deviation, as a share of each range.")
      ],
      examples: [
        Example(
          "s = search cmaes trials=60 over={x: uniform(-5, 10), y: uniform(-5, 10)} objective=fn(p) => (p.x - 1)**2 + p.y**2 direction=minimize\nprint s.best_value < 1",
          gives: "true\n")
      ],
      source: "Hansen 2016, arXiv 1604.00772")
  ) { (settings, space, stream) throws(CoreError) in
    CMAESSampler(space, sigma: settings.real("sigma"), random: stream)
  }
}

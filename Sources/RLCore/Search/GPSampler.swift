import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A Gaussian process of the values; tries where the expected improvement is greatest. Choices,
/// grids and conditional parameters included. With many trials it hands over to TPE.
struct GPSampler: Sampler {
  let learns = true
  private let unit: UnitSpace
  private let isChoice: [Bool]
  private let successor: TPESampler
  private let sobol: SobolSequence
  private let random: RandomSource
  private let startupTrials: Int

  /// A process of more points is slow and, by then, hardly better.
  private static let mostPoints = 1000
  /// The kernel is fitted to no more of them.
  private static let mostFitted = 160
  /// Where to begin fitting is found by fewer.
  private static let mostTried = 48

  init(_ space: TrialSpace, startupTrials: Int, random: RandomSource) {
    unit = UnitSpace(space)
    isChoice = unit.axes.map { if case .choice = $0.kind { true } else { false } }
    successor = TPESampler(space, startupTrials: 10, candidates: 24, random: random)
    sobol = SobolSequence(dimensions: unit.axes.count, random: random.split("sobol"))
    self.random = random
    self.startupTrials = startupTrials
  }

  func suggest(_ number: Int, given history: History) -> [Setting.Entry]? {
    let scored = history.scored
    guard scored.count >= max(startupTrials, 2) else {
      let design = unit.parameters(at: unit.point(inCube: sobol.point(number)))
      return history.contains(design) ? successor.suggest(number, given: history) : design
    }
    guard scored.count <= Self.mostPoints else { return successor.suggest(number, given: history) }
    var stream = random.split("trial", number)
    var points: [[Double]] = []
    var losses: [Double] = []
    for trial in scored {
      guard let point = unit.point(of: trial.parameters) else { continue }
      points.append(input(point))
      losses.append(history.loss(trial.value))
    }
    guard points.count >= 2 else { return successor.suggest(number, given: history) }
    let values = Self.standardized(losses)
    let process = process(
      points, values, running: history.running.compactMap { unit.point(of: $0.parameters) })
    let means = process.means
    let incumbent = points.indices.min { means[$0] < means[$1] }!
    let search = AcquisitionSearch(
      unit: unit, isChoice: isChoice, process: process,
      improvement: LogExpectedImprovement(best: means[incumbent]))
    let found = search.candidates(from: points[incumbent], offset: number, using: &stream)
    let first = unit.parameters(at: found.climbed[0])
    func newOne(_ points: [[Double]]) -> [Setting.Entry]? {
      points.lazy.map { unit.parameters(at: $0) }.first { !history.contains($0) }
    }
    return newOne(found.climbed) ?? newOne(found.looked()) ?? first
  }

  /// What the process sees of a point: where an axis does not exist, always the same.
  private func input(_ point: [Double]) -> [Double] {
    zip(point, isChoice).map { $0.isNaN ? ($1 ? 0 : 0.5) : $0 }
  }

  /// The process of all values. What runs counts as what is expected of it: that leaves the mean
  /// and takes away the doubt.
  private func process(
    _ points: [[Double]], _ values: [Double], running: [[Double]]
  ) -> GaussianProcess {
    func fit(_ chosen: [Int]) -> KernelFit {
      KernelFit(
        isChoice: isChoice, points: chosen.map { points[$0] }, values: chosen.map { values[$0] })
    }
    var rough = fit(Self.chosen(Self.mostTried, of: values))
    var fine = fit(Self.chosen(Self.mostFitted, of: values))
    let kernel = fine.kernel(from: rough.start())
    let process = GaussianProcess(
      kernel: kernel, isChoice: isChoice, points: points, values: values)
    guard !running.isEmpty else { return process }
    let inputs = running.map(input)
    return GaussianProcess(
      kernel: kernel, isChoice: isChoice, points: points + inputs,
      values: values + process.posterior(at: inputs).map(\.mean))
  }

  /// Which values the kernel is fitted to: the better half of as many as it takes, and others evenly
  /// from all times.
  private static func chosen(_ most: Int, of values: [Double]) -> [Int] {
    guard values.count > most else { return Array(values.indices) }
    let ranked = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    let best = ranked.prefix(most / 2)
    let others = ranked.dropFirst(most / 2).sorted()
    let spread = (0..<most / 2).map { others[$0 * others.count / (most / 2)] }
    return (best + spread).sorted()
  }

  /// With mean 0 and deviation 1; what has no finite value counts as the worst that has.
  static func standardized(_ losses: [Double]) -> [Double] {
    let finite = losses.filter(\.isFinite)
    let (worst, least) = (finite.max() ?? 0, finite.min() ?? 0)
    let filled = losses.map { $0.isFinite ? $0 : $0 > 0 ? worst : least }
    let center = mean(filled)
    let deviation = mean(filled.map { ($0 - center) * ($0 - center) }).squareRoot()
    return filled.map { deviation > 0 ? ($0 - center) / deviation : 0 }
  }
}

extension SamplerKind {
  static let gp = SamplerKind(
    Declaration(
      name: "gp",
      summary: "Models the values and tries where the most is to be gained; for dear trials.",
      parameters: [
        Parameter(
          "startup_trials", .integer(from: 2), default: .setting(10),
          "Trials spread evenly at first.")
      ],
      examples: [
        Example(
          "s = search gp trials=20 over={x: uniform(-5, 10)} objective=fn(p) => (p.x - 1)**2 direction=minimize\nprint abs(s.best.params.x - 1) < 0.1",
          gives: "true\n")
      ],
      source: "Jones et al. 1998; Ament et al. 2023, arXiv 2310.20708")
  ) { (settings, space, stream) throws(CoreError) in
    GPSampler(space, startupTrials: settings.integer("startup_trials"), random: stream)
  }
}

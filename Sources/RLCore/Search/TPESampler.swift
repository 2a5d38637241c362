import Schema

/// Tree-structured Parzen estimator: models where good trials lie (l) and where all others do (g),
/// draws from l and takes what has the greatest l / g. Parameters are modelled jointly, branch by
/// branch.
struct TPESampler: Sampler {
  let learns = true
  private let space: TrialSpace
  private let unit: UnitSpace
  private let groups: [(parent: UnitSpace.Parent?, axes: [Int])]
  private let random: RandomSource
  private let startupTrials: Int
  private let candidates: Int

  init(_ space: TrialSpace, startupTrials: Int, candidates: Int, random: RandomSource) {
    self.space = space
    self.startupTrials = startupTrials
    self.candidates = candidates
    self.random = random
    unit = UnitSpace(space)
    groups = unit.groups
  }

  func suggest(_ number: Int, given history: History) -> [Setting.Entry]? {
    var stream = random.split("trial", number)
    let finished = history.places { $0.isScored }
    guard finished.count >= startupTrials else {
      return history.firstNew { space.draw(using: &stream) }
    }
    let good = Self.best(of: finished, count: Self.goodCount(finished.count), in: history)
    var isGood = [Bool](repeating: false, count: history.trials.count)
    for place in good { isGood[place] = true }
    // What runs counts as bad (the constant liar), so that nobody tries next to it.
    let others = history.places { $0.isScored || $0.state == .running }.filter { !isGood[$0] }
    let goodPoints = history.points(good, in: unit)
    let otherPoints = history.points(others, in: unit)
    return history.firstNew {
      var point = [Double](repeating: .nan, count: unit.axes.count)
      for group in groups where unit.exists(group.axes[0], at: point) {
        let drawn = suggest(group.axes, good: goodPoints, others: otherPoints, using: &stream)
        for (axis, coordinate) in zip(group.axes, drawn) { point[axis] = coordinate }
      }
      return unit.parameters(at: point)
    }
  }

  /// How many of n trials are good: a tenth, at most 25.
  static func goodCount(_ n: Int) -> Int { min((n + 9) / 10, 25) }

  /// Which trials are best, in ascending order: complete ones by value, then pruned ones that came
  /// furthest.
  static func best(of finished: [Int], count: Int, in history: History) -> [Int] {
    let ranks = history.trials.withUnsafeBufferPointer { trials in
      finished.map { place in
        let isPruned = trials[place].state == .pruned
        return (
          isPruned ? 1 : 0, isPruned ? -(trials[place].rungs.last?.steps ?? 0) : 0,
          history.loss(trials[place].value), place
        )
      }
    }
    return leading(count, of: ranks) { $0 < $1 }.map { finished[$0] }.sorted()
  }

  /// By axes that exist together: the most promising of some draws.
  private func suggest(
    _ axes: [Int], good: [[Double]], others: [[Double]], using stream: inout RandomSource
  ) -> [Double] {
    let kinds = axes.map { unit.axes[$0].kind }
    // Only trials in which these axes exist know about them.
    func project(_ points: [[Double]]) -> [[Double]] {
      if axes.count == unit.axes.count { return points }
      return points.filter { !$0[axes[0]].isNaN }.map { point in axes.map { point[$0] } }
    }
    let l = ParzenEstimator(project(good), axes: kinds)
    let g = ParzenEstimator(project(others), axes: kinds)
    var best: (score: Double, point: [Double])?
    for _ in 0..<candidates {
      let point = l.draw(using: &stream)
      let score = l.logDensity(at: point) - g.logDensity(at: point)
      if score > best?.score ?? -.infinity { best = (score, point) }
    }
    return best?.point ?? l.draw(using: &stream)
  }
}

// A thousand trials are looked at where they lie: copies of them would take longer than the rest.
extension History {
  fileprivate func places(where isWanted: (borrowing Trial) -> Bool) -> [Int] {
    trials.withUnsafeBufferPointer { trials in trials.indices.filter { isWanted(trials[$0]) } }
  }

  fileprivate func points(_ places: [Int], in unit: UnitSpace) -> [[Double]] {
    trials.withUnsafeBufferPointer { trials in
      places.compactMap { unit.point(of: trials[$0].parameters) }
    }
  }
}

extension SamplerKind {
  static let tpe = SamplerKind(
    Declaration(
      name: "tpe",
      summary: "Tries where good trials lie denser than others; any space, any number of trials.",
      parameters: [
        Parameter(
          "startup_trials", .integer(from: 0), default: .setting(10),
          "Trials drawn at random at first."),
        Parameter(
          "candidates", .integer(1...10_000), default: .setting(24),
          "Draws of which the most promising is tried."),
      ],
      examples: [
        Example(
          "s = search tpe trials=50 over={x: uniform(-5, 10)} objective=fn(p) => (p.x - 1)**2 direction=minimize\nprint abs(s.best.params.x - 1) < 0.5",
          gives: "true\n")
      ],
      source: "Bergstra et al. 2011; Watanabe 2023, arXiv 2304.11127")
  ) { (settings, space, stream) throws(CoreError) in
    TPESampler(
      space, startupTrials: settings.integer("startup_trials"),
      candidates: settings.integer("candidates"), random: stream)
  }
}

import Schema

/// A trial goes on while the best it has reached is no worse than the median of the complete trials
/// at the same rung.
struct MedianPruner: Pruner {
  let rungs: [Int]
  /// Complete trials before any is pruned.
  let warmupTrials: Int

  func next(_ table: RungTable) -> PrunerMove {
    for rung in rungs.indices.dropLast().reversed() {
      for row in table.trials where row.sentTo == rung {
        if let score = row.score(at: rung), goesOn(row, from: score, in: table) {
          return .promote(trial: row.trial)
        }
      }
    }
    return table.canStart ? .start(rung: 0) : .wait
  }

  /// A score is judged by the jobs numbered before its own, so that the verdict stays the same
  /// whenever it is asked for.
  private func goesOn(_ row: RungTable.Row, from score: RungTable.Score, in table: RungTable)
    -> Bool
  {
    let best = row.scores.map(\.loss).min() ?? .infinity
    guard best < .infinity else { return false }
    let others = table.trials.compactMap { other -> Double? in
      guard let last = other.score(at: rungs.count - 1), last.job < score.job else { return nil }
      return other.score(at: score.rung)?.loss
    }
    return others.count < warmupTrials || best <= median(others)
  }
}

extension PrunerKind {
  static let median = PrunerKind(
    Declaration(
      name: "median",
      summary: "Stops what is worse than the median of the complete trials at the same step.",
      parameters: [
        Parameter(
          "rungs", .integer(1...1000), default: .setting(10),
          "A trial is judged so many times, evenly spread; the last is its end."),
        Parameter(
          "warmup_trials", .integer(from: 1), default: .setting(5),
          "Complete trials before any is stopped."),
      ],
      source: "Golovin et al. 2017, section 3.2.2")
  ) { settings, budget in
    MedianPruner(
      rungs: evenRungs(steps: budget.steps, count: settings.integer("rungs")),
      warmupTrials: settings.integer("warmup_trials"))
  }
}

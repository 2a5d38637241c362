import Schema

/// Asynchronous successive halving: whenever a job is due, a trial in the top 1/eta of its rung is
/// sent up, from the top rung down; where there is none, a new trial starts.
struct ASHAPruner: Pruner {
  let rungs: [Int]
  let eta: Int

  func next(_ table: RungTable) -> PrunerMove {
    let lower = rungs.indices.dropLast().reversed()
    for rung in lower {
      let ranked = table.ranked(at: rung)
      if let row = ranked.prefix(ranked.count / eta).first(where: { canClimb($0, from: rung) }) {
        return .promote(trial: row.trial)
      }
    }
    if table.canStart { return .start(rung: 0) }
    // A small search fills its upper rungs never: then its best trial still becomes complete.
    if table.isSettled, table.ranked(at: rungs.count - 1).isEmpty {
      for rung in lower {
        if let row = table.ranked(at: rung).first(where: { canClimb($0, from: rung) }) {
          return .promote(trial: row.trial)
        }
      }
    }
    return .wait
  }

  private func canClimb(_ row: RungTable.Row, from rung: Int) -> Bool {
    row.sentTo == rung && (row.score(at: rung)?.loss ?? .infinity) < .infinity
  }
}

extension PrunerKind {
  static let asha = PrunerKind(
    Declaration(
      name: "asha",
      summary: "Successive halving without waiting: the best third of each rung goes on.",
      parameters: [.reductionFactor, .rungCount],
      source: "Li et al. 2020, arXiv 1810.05934")
  ) { settings, budget in
    let eta = settings.integer("eta")
    return ASHAPruner(
      rungs: geometricRungs(steps: budget.steps, eta: eta, count: settings.integer("rungs")),
      eta: eta)
  }
}

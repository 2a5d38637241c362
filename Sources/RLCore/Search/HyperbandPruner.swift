import Schema

/// Successive halving in brackets that trade the number of settings for steps, one after another
/// and from the first again. A rung goes up when all of it is scored.
struct HyperbandPruner: Pruner {
  let rungs: [Int]
  let eta: Int

  func next(_ table: RungTable) -> PrunerMove {
    var first = 0
    for index in 0... {
      let start = index % rungs.count
      let size = settings(startingAt: start)
      if table.trials.count < first + size, table.canStart { return .start(rung: start) }
      guard first < table.trials.count else { return .wait }
      let bracket = table.trials[first..<min(first + size, table.trials.count)]
      if let move = climb(bracket, from: start) { return move }
      first += size
    }
    return .wait
  }

  /// How many settings the bracket has that starts at this rung: ceil((s_max + 1) eta^s / (s + 1))
  /// with s rungs still to climb.
  func settings(startingAt rung: Int) -> Int {
    let s = rungs.count - 1 - rung
    let power = (0..<s).reduce(1) { product, _ in product * eta }
    return (rungs.count * power + s) / (s + 1)
  }

  /// The next move within a bracket; nil when its trials are all where they belong.
  private func climb(_ bracket: ArraySlice<RungTable.Row>, from start: Int) -> PrunerMove? {
    var members = Array(bracket)
    for rung in start..<rungs.count - 1 {
      let keep = max(1, members.count / eta)
      let sent = members.filter { $0.sentTo > rung }
      if sent.count == keep {
        members = sent
        continue
      }
      let scored = members.compactMap { row in row.score(at: rung).map { (row, $0.loss) } }
      guard scored.count == members.count else { return .wait }
      members = scored.filter { $0.1 < .infinity }
        .sorted { ($0.1, $0.0.trial) < ($1.1, $1.0.trial) }.prefix(keep).map(\.0)
      if let row = members.first(where: { $0.sentTo == rung }) { return .promote(trial: row.trial) }
    }
    return nil
  }
}

extension PrunerKind {
  static let hyperband = PrunerKind(
    Declaration(
      name: "hyperband",
      summary: "Brackets of successive halving, from many short trials to few whole ones.",
      parameters: [.reductionFactor, .rungCount],
      source: "Li et al. 2018, arXiv 1603.06560")
  ) { settings, budget in
    let eta = settings.integer("eta")
    return HyperbandPruner(
      rungs: geometricRungs(steps: budget.steps, eta: eta, count: settings.integer("rungs")),
      eta: eta)
  }
}

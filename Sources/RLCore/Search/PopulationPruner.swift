import Schema

/// Population-based training: all trials are trained side by side, and at each rung one in the last
/// quarter goes on with the agent of one in the first quarter, and with that one's settings somewhat
/// changed. So settings change while training goes on, and none of it is thrown away.
///
/// A trial is compared with those whose scores at the same rung are known by then, as the lag rule
/// shows them: nobody waits for the slowest, and the same comes out for any number of workers.
struct PopulationPruner: Pruner {
  let rungs: [Int]
  let space: TrialSpace
  let resampleProbability: Double
  let random: RandomSource
  let adapts = true

  func next(_ table: RungTable) -> PrunerMove {
    if table.canStart { return .start(rung: 0) }
    // Who is furthest behind goes first.
    let waiting = table.trials.filter {
      $0.sentTo < rungs.count - 1 && $0.score(at: $0.sentTo) != nil
    }.sorted { ($0.sentTo, $0.trial) < ($1.sentTo, $1.trial) }
    for row in waiting {
      if let move = move(row, among: table.ranked(at: row.sentTo)) { return move }
    }
    return .wait
  }

  /// How a trial goes on from its rung; nil where its agent is lost and there is no other yet.
  ///
  /// - Parameter ranked: all with a score at the rung, the best first.
  private func move(_ row: RungTable.Row, among ranked: [RungTable.Row]) -> PrunerMove? {
    let rung = row.sentTo
    let quarter = ranked.count / 4
    let hasFailed = row.score(at: rung)?.loss == .infinity
    guard hasFailed || ranked.suffix(quarter).contains(where: { $0.trial == row.trial }) else {
      return .promote(trial: row.trial)
    }
    let donors = ranked.prefix(max(quarter, 1)).filter {
      $0.trial != row.trial && ($0.score(at: rung)?.loss ?? .infinity) < .infinity
    }
    guard !donors.isEmpty else { return hasFailed ? nil : .promote(trial: row.trial) }
    var stream = random.split("trial", row.trial).split("rung", rung)
    let donor = donors[stream.integer(below: donors.count)]
    let parameters = space.explored(
      from: donor.score(at: rung)!.parameters, resampling: resampleProbability, using: &stream)
    return .replace(trial: row.trial, donor: donor.trial, parameters: parameters)
  }
}

extension PrunerKind {
  static let pbt = PrunerKind(
    Declaration(
      name: "pbt",
      summary:
        "Population-based training: the worst go on as changed copies of the best, none is stopped.",
      parameters: [
        Parameter(
          "rungs", .integer(2...1000), default: .setting(10),
          "The population is compared so many times, evenly spread; the last is the end."),
        Parameter(
          "resample_probability", .real(0...1), default: .setting(0.25),
          "How often a setting is drawn anew; else it is multiplied by 1.2 or 0.8."),
      ],
      source: "Jaderberg et al. 2017, arXiv 1711.09846")
  ) { settings, budget in
    PopulationPruner(
      rungs: evenRungs(steps: budget.steps, count: settings.integer("rungs")),
      space: budget.space, resampleProbability: settings.real("resample_probability"),
      random: budget.random)
  }
}

extension TrialSpace {
  /// Settings near those given, within the space.
  ///
  /// - Parameters:
  ///   - parameters: a point of this space.
  ///   - probability: of each setting, that it is drawn anew instead.
  func explored(
    from parameters: [Setting.Entry], resampling probability: Double,
    using random: inout RandomSource
  ) -> [Setting.Entry] {
    var rest = parameters[...]
    return explored(&rest, resampling: probability, using: &random)
  }

  private func explored(
    _ rest: inout ArraySlice<Setting.Entry>, resampling probability: Double,
    using random: inout RandomSource
  ) -> [Setting.Entry] {
    var entries: [Setting.Entry] = []
    for dimension in dimensions {
      guard let entry = rest.popFirst(), entry.key == dimension.name else {
        preconditionFailure("`\(dimension.name)` is not where the space has it")
      }
      if case .branch(let branches) = dimension.distribution {
        // What is chosen stays, for the agent is made for it.
        entries.append(entry)
        if let branch = branches.first(where: { $0.name == entry.value.string }) {
          entries += branch.space.explored(&rest, resampling: probability, using: &random)
        }
      } else if random.uniform() < probability {
        entries += dimension.distribution.draw(under: dimension.name, using: &random)
      } else {
        let isUp = random.integer(below: 2) == 1
        entries.append(.init(entry.key, dimension.distribution.neighbor(of: entry.value, isUp)))
      }
    }
    return entries
  }
}

extension Distribution {
  /// A value a fifth above or below, within the bounds; of a choice the next one in the list, of
  /// integers at least the next one.
  fileprivate func neighbor(of value: Setting, _ isUp: Bool) -> Setting {
    let number = value.real ?? 0
    let moved = number * (isUp ? 1.2 : 0.8)
    switch self {
    case .choice(let settings):
      let index = settings.firstIndex(of: value) ?? 0
      return settings[min(max(index + (isUp ? 1 : -1), 0), settings.count - 1)]
    case .real(let low, let high, _):
      return .real(min(max(moved, low), high))
    case .integer(let low, let high, _):
      let whole = value.integer ?? low
      let step = max(1, Int((moved - number).magnitude.rounded()))
      return .integer(min(max(whole + (isUp ? step : -step), low), high))
    case .quantized(let low, let high, let step):
      let steps = max(1, ((moved - number) / step).magnitude.rounded())
      let most = ((high - low) / step + 1e-9).rounded(.down)
      let index = ((number - low) / step).rounded() + (isUp ? steps : -steps)
      return .real(low + min(max(index, 0), most) * step)
    case .branch:
      return value
    }
  }
}

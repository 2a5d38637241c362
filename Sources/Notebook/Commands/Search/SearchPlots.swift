import Glibc
import RLCore
import Schema

/// What can be seen of a search.
struct SearchPlots {
  let search: SearchHandle

  /// Which picture.
  enum View: String, CaseIterable {
    case history, slices, importance

    var word: Word {
      switch self {
      case .history: Word(rawValue, "The trials' scores and the best so far, one after another.")
      case .slices: Word(rawValue, "The scores against each parameter.")
      case .importance: Word(rawValue, "How much each parameter matters, with a 95 % interval.")
      }
    }
  }

  func pictures(_ view: View) -> [Picture] {
    switch view {
    case .history: [history]
    case .slices: slices
    case .importance: [importance]
    }
  }

  /// Trials that came to something, without those that try others again.
  private var scored: [(trial: Trial, value: Double)] {
    search.study.trials.compactMap { trial in
      guard trial.state == .complete, trial.repeats == nil, let value = trial.value,
        value.isFinite
      else { return nil }
      return (trial, value)
    }
  }

  private var history: Picture {
    var best: [Chart.Point] = []
    for (trial, value) in scored {
      let record = best.last.map {
        search.plan.direction == .maximize ? max($0.y, value) : min($0.y, value)
      }
      best.append(.init(Double(trial.number), record ?? value))
    }
    let trials = scored.map { (x: Double($0.trial.number), y: $0.value) }
    return chart(
      search.text, xLabel: "trial",
      [.init("best so far", best), .init("trial", Self.apart(trials))])
  }

  private var slices: [Picture] {
    Self.parameters(of: search.study.space).map { name, distribution in
      let points = scored.compactMap { trial, value in
        trial.parameters.first { $0.key == name }.map { (setting: $0.value, value: value) }
      }
      if let isLogarithmic = distribution.isLogarithmicRange {
        let dots = points.compactMap { point in
          point.setting.real.map { (x: isLogarithmic ? log10($0) : $0, y: point.value) }
        }
        return chart(
          name, xLabel: isLogarithmic ? "log10 \(name)" : name, [.init("", Self.apart(dots))])
      }
      return means(of: points, under: name)
    }
  }

  /// For each choice the mean score, as a bar.
  private func means(
    of points: [(setting: Setting, value: Double)], under name: String
  ) -> Picture {
    var groups: [(label: String, values: [Double])] = []
    for (setting, value) in points {
      let label = setting.string ?? setting.description
      if let index = groups.firstIndex(where: { $0.label == label }) {
        groups[index].values.append(value)
      } else {
        groups.append((label, [value]))
      }
    }
    return .bars(
      Bars(
        title: name, labels: groups.map(\.label), values: groups.map { mean($0.values) },
        notes: groups.map { "\(significant(mean($0.values))) of \($0.values.count)" }))
  }

  private var importance: Picture {
    let importances = search.study.importances()
    let title =
      importances.isEmpty
      ? "\(search.text): importance takes two complete trials"
      : "share of what sets the best tenth apart, with its 95 % interval"
    return .bars(
      Bars(
        title: title, labels: importances.map(\.name), values: importances.map(\.share),
        notes: importances.map { one in
          let percent = [one.share, one.interval.lowerBound, one.interval.upperBound].map {
            "\(Int(($0 * 100).rounded()))"
          }
          return "\(percent[0])%  [\(percent[1]), \(percent[2])]"
        }))
  }

  private func chart(_ title: String, xLabel: String, _ series: [Chart.Series]) -> Picture {
    .chart(Chart(title: title, xLabel: xLabel, series: series))
  }

  /// Points that no line joins.
  private static func apart(_ points: [(x: Double, y: Double)]) -> [Chart.Point] {
    points.sorted { $0.x < $1.x }.flatMap { [Chart.Point($0.x, $0.y), Chart.Point($0.x, .nan)] }
  }

  /// All parameters there can be, those under a choice behind it.
  private static func parameters(of space: TrialSpace) -> [(name: String, Distribution)] {
    space.dimensions.flatMap { dimension -> [(name: String, Distribution)] in
      guard case .branch(let branches) = dimension.distribution else {
        return [(dimension.name, dimension.distribution)]
      }
      return [(dimension.name, dimension.distribution)]
        + branches.flatMap { parameters(of: $0.space) }
    }
  }
}

extension Distribution {
  /// For a range of numbers whether it is spread by magnitude; nil for a choice.
  fileprivate var isLogarithmicRange: Bool? {
    switch self {
    case .real(_, _, let isLogarithmic): isLogarithmic
    case .integer(_, _, let isLogarithmic): isLogarithmic
    case .quantized: false
    case .choice, .branch: nil
    }
  }
}

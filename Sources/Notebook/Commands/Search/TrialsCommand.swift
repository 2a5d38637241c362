import Language
import RLCore
import Schema

/// `trials s | table`: what a search tried.
enum TrialsCommand: SessionCommand {
  static let declaration = Declaration(
    name: "trials", summary: "Gives the trials of a search as rows, the best first.",
    parameters: [
      Parameter("search", .handle("search"), .positional, default: .required, "The search.")
    ],
    examples: [
      Example(
        "s = search grid over={x: [1, 2]} objective=fn(p) => p.x\nprint (trials s)[0].x",
        gives: "2\n")
    ],
    group: "search")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard let search = call["search"]?.handle as? SearchHandle else { return .null }
    let sign = search.study.direction == .maximize ? -1.0 : 1.0
    // Trials without a value come last, in their order.
    let ranked = search.study.trials.sorted {
      ($0.value.map { sign * $0 } ?? .infinity, $0.number)
        < ($1.value.map { sign * $0 } ?? .infinity, $1.number)
    }
    let hasRepeats = ranked.contains { $0.repeats != nil }
    return call.listed(
      ranked.map { trial in
        var row = OrderedMap()
        row["number"] = .integer(trial.number)
        for parameter in trial.parameters { row[parameter.key] = Value(parameter.value) }
        row["value"] = trial.value.map(Value.real) ?? .null
        row["values"] = CoreValues.list(trial.values)
        row["state"] = .string(trial.state.rawValue)
        if hasRepeats { row["repeats"] = trial.repeats.map { .integer($0.trial) } ?? .null }
        row["seconds"] = search.seconds[trial.number].map(Value.real) ?? .null
        return .map(row)
      }, in: session)
  }
}

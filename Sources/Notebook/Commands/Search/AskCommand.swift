import Language
import RLCore
import Schema

/// `t = ask s`: what to try next, for a loop of one's own.
enum AskCommand: SessionCommand {
  static let declaration = Declaration(
    name: "ask", summary: "Gives what a search would try next; `tell` says what came of it.",
    parameters: [
      Parameter(
        "search", .handle("search"), .positional, default: .required,
        "A search made with `trials=0` or `objective=ask`.")
    ],
    examples: [
      Example(
        """
        s = search tpe over={x: uniform(0, 4)} objective=ask direction=minimize
        for i in 1..20 {
          t = ask s
          tell s t (t.params.x - 1) ** 2
        }
        print len(s.trials) s.best_value < 1
        """, gives: "20 true\n")
    ],
    group: "search",
    details: """
      A map: `.params`, the `.number` for `tell`, the `.trial` it belongs to and the `.steps` to go to, \
      which only a pruner asks for. Null when there is nothing left to try, or nothing before more is \
      told.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let search = try call.toldSearch()
    guard case .job(let job) = search.study.ask() else { return .null }
    try SearchRecord(of: search, in: session).write(jobs: [job], scores: [], trials: [job.trial])
    return .map([
      "number": .integer(job.number), "trial": .integer(job.trial),
      "params": Value(.map(job.parameters)), "steps": .integer(job.steps.upperBound),
    ])
  }
}

extension CommandCall {
  /// The search given, which the script asks and tells.
  func toldSearch() throws(RunError) -> SearchHandle {
    guard let search = self["search"]?.handle as? SearchHandle else {
      throw RunError(.type, "`\(declaration.name)` takes a search", argument: "search")
    }
    guard search.plan.isTold else {
      throw RunError(
        .command, "search `\(search.name)` runs its trials itself",
        hint: "make one to ask with `objective=ask`", argument: "search")
    }
    return search
  }
}

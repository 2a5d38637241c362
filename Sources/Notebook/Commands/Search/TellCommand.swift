import Language
import RLCore
import Schema

/// `tell s t 0.5`: what came of what was asked.
enum TellCommand: SessionCommand {
  static let declaration = Declaration(
    name: "tell", summary: "Says what came of what `ask` gave.",
    parameters: [
      Parameter(
        "search", .handle("search"), .positional, default: .required, "The search that was asked."),
      Parameter(
        "trial", .either([.map, .integer(from: 0)]), .positional, default: .required,
        "What `ask` gave, its parameters, or its number."),
      Parameter(
        "value", .either([.number, .list(of: .number), .words([failed])]), .positional,
        default: .required, "Its score, or a list with one a seed; `failed` where there is none."),
    ],
    examples: [
      Example(
        "s = search random seed=3 over={x: [1, 2]} trials=0\nt = ask s\ntell s t 7\nprint s.best_value",
        gives: "7.0\n")
    ],
    group: "search")

  private static let failed = Word("failed", "It came to nothing.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let search = try call.toldSearch()
    let job = try job(call["trial"] ?? .null, of: search)
    let values = call.text("value") == failed.text ? [] : call["value"].flatMap(CoreValues.reals)
    let scores = (values ?? []).map { SearchRecord.Score(value: $0, seconds: 0) }
    guard scores.count == search.plan.seeds || values?.isEmpty == true else {
      throw RunError(
        .value,
        "search `\(search.name)` takes \(search.plan.seeds) score a trial, not \(scores.count)",
        hint: "one number, or a list with one a seed: `seeds=` of the search says how many",
        argument: "value")
    }
    let bySeed = (0..<search.plan.seeds).map { seed in
      scores.isEmpty
        ? SearchRecord.Score(value: -.infinity, hasFailed: true, seconds: 0) : scores[seed]
    }
    search.study.tell(job, Dictionary(uniqueKeysWithValues: bySeed.enumerated().map { ($0, $1) }))
    try SearchRecord(of: search, in: session).write(
      jobs: [], scores: bySeed.enumerated().map { (job, $0.offset, $0.element) },
      trials: [job.trial])
    session.output.report(.trial(search.study.trials[job.trial], of: search), isShown: call.isShown)
    return call.nothing()
  }

  /// The job that is meant, which was not told yet.
  private static func job(_ value: Value, of search: SearchHandle) throws(RunError) -> Job {
    let number = value.integer ?? value.entries?["number"]?.integer
    let jobs = search.study.jobs
    if let number {
      guard jobs.indices.contains(number) else {
        throw RunError(
          .value, "search `\(search.name)` was never asked for \(number)", argument: "trial")
      }
      if search.study.isTold(number) {
        throw RunError(
          .value, "\(number) of search `\(search.name)` was told before", argument: "trial")
      }
      return jobs[number]
    }
    guard
      let job = jobs.first(where: {
        !search.study.isTold($0.number) && Value(.map($0.parameters)).setting == value.setting
      })
    else {
      throw RunError(
        .value, "search `\(search.name)` waits for nothing with these parameters",
        hint: "give what `ask` gave", argument: "trial")
    }
    return job
  }
}

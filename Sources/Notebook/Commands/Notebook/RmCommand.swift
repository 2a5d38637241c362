import Glibc
import Language
import Schema
import Store

/// `rm 12`: a recorded run, with its metrics and its checkpoint.
enum RmCommand: SessionCommand {
  static let declaration = Declaration(
    name: "rm",
    summary: "Removes recorded runs with their metrics and checkpoints; never feedback.",
    parameters: [
      Parameter(
        "runs",
        .either([.integer(from: 1), .range, .handle("run"), .list(of: .anything)]), .positional,
        default: .required,
        "A run or its number, a range of numbers, or a list, such as `runs` gives."
      ),
      Parameter(
        "sure", .boolean, default: .described("asks where it is more than one"),
        "Removes several without asking."),
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        r = train a steps=300
        n = len(runs())
        rm r.id
        print len(runs()) - n
        """, gives: "-1\n"),
      Example("runs | where fn(r) => r.steps < 1000 | rm sure=true"),
    ],
    group: "notebook",
    details: """
      What people said stays in the ledger, and agents of this session stay as they are; but `resume` \
      cannot go on with a run that was removed. One run that is named goes at once; several are asked \
      about, as is one that was not finished, and a script must say `sure=true`. A run that a job of \
      this session is working on is refused.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let recorded = try session.store.runs()
    let found = try runs(call["runs"] ?? .null, among: recorded)
    let isGoingOn = Set(
      session.agents.filter { $0.job.map { !$0.hasEnded } ?? false }.map(\.name))
    for run in found where run.state == .running && isGoingOn.contains(run.agent) {
      throw RunError(
        .command, "run \(run.id) is still going on", hint: "`stop` ends a job", argument: "runs")
    }
    guard try call.boolean("sure") == true || agrees(found, in: session) else {
      return call.nothing()
    }
    try session.store.remove(runs: found.map(\.id))
    for run in found {
      guard let checkpoint = run.checkpoint else { continue }
      let path = "\(session.store.checkpointFolder)/\(checkpoint)"
      unlink(path)
      unlink(CheckpointStore.previous(of: path))
    }
    let ids = found.map(\.id)
    session.output.report(
      Event(
        "rm", [("runs", .list(ContiguousArray(ids.map(Value.integer))))],
        text: ids.count == 1 ? "removed run \(ids[0])" : "removed \(ids.count) runs"),
      isShown: call.isShown)
    return call.nothing()
  }

  /// The runs named; of a range those that there are.
  private static func runs(
    _ value: Value, among recorded: [RunRecord]
  ) throws(RunError) -> [RunRecord] {
    if let range = value.range {
      let numbers = (0..<range.count).lazy.map(range.element)
      guard let start = numbers.first, let end = numbers.last else { return [] }
      let ends = min(start, end)...max(start, end)
      return recorded.filter { ends.contains($0.id) }
    }
    var wanted: [Int] = []
    for element in value.elements ?? [value] { wanted.append(try number(element)) }
    let known = Set(recorded.map(\.id))
    if let missing = wanted.first(where: { !known.contains($0) }) {
      throw RunError(
        .value, "there is no run \(missing)", hint: "`runs | table` lists them", argument: "runs")
    }
    let numbers = Set(wanted)
    return recorded.filter { numbers.contains($0.id) }
  }

  private static func number(_ value: Value) throws(RunError) -> Int {
    if let number = value.integer { return number }
    if let run = value.handle as? RunHandle { return run.id }
    // A row of `runs`.
    if let number = value.entries?["id"]?.integer { return number }
    throw RunError(
      .type, "a run is given by its number or as a row of `runs`, not as a \(value.typeName)",
      argument: "runs")
  }

  /// Asks where it is more than one finished run: one that was not finished may be trained by
  /// another process, which would then fail.
  private static func agrees(_ runs: [RunRecord], in session: Session) throws -> Bool {
    let open = runs.filter { $0.state == .running }
    if runs.count <= 1, open.isEmpty { return true }
    let steps = runs.reduce(0) { $0 + $1.steps }
    let words =
      (runs.count == 1
        ? "run \(runs[0].id) is to be removed"
        : "\(runs.count) runs of \(compact(steps)) steps in all are to be removed")
      + (open.isEmpty ? "" : ", and \(open.count) of them may be going on in another process")
    guard session.canAsk else {
      throw RunError(.command, words, hint: "write `sure=true`")
    }
    return try PersonAtTerminal(output: session.output, attempts: 3).agrees("\(words). Go on?")
  }
}

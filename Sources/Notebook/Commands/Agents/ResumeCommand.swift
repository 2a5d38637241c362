import Language
import RLCore
import Schema
import Store

/// `a = resume`, `s = resume s`: takes up what was recorded.
enum ResumeCommand: SessionCommand {
  static let declaration = Declaration(
    name: "resume",
    summary: "Takes up a recorded training at its last checkpoint, or finishes a recorded search.",
    parameters: [
      Parameter(
        "what", .name, .positional, default: .described("the latest training with a checkpoint"),
        "A run's number, from `runs`, or a search's name."),
      Parameter(
        "jobs", .integer(1...1024), default: .described("one a core"),
        "Of a search: trials at once."),
      .from(),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\ntrain a steps=500\nb = resume\nprint (hash a) == (hash b)",
        gives: "true\n"),
      Example(
        "s = search grid over={x: [1, 2]} objective=fn(p) => p.x\nt = resume s\nprint t.best.params",
        gives: "{x: 2}\n"),
    ],
    group: "agents",
    details: """
      `train` then goes on exactly there, to where the interrupted call was to end. Feedback that was \
      given after the checkpoint is in the agent again, for `learn` to fold in. A search is finished \
      at once, as it would have been had it never stopped.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard let name = call.text("what"), Int(name) == nil else {
      return try run(of: call, in: session)
    }
    return try search(named: name, call, in: session)
  }

  private static func run(of call: CommandCall, in session: Session) throws -> Value {
    let runs = try session.store.runs()
    let number = call.text("what").flatMap { Int($0) }
    guard
      let run = runs.last(where: { $0.checkpoint != nil && (number == nil || $0.id == number) }),
      let name = run.checkpoint
    else {
      throw RunError(
        .command, number.map { "run \($0) has no checkpoint" } ?? "no run has a checkpoint yet",
        hint: "`runs` lists them")
    }
    let path = "\(session.store.checkpointFolder)/\(name)"
    let agent = try session.anyAgent(
      from: try CheckpointStore.load(path), path: path, named: call.target ?? run.agent)
    let next = runs.first {
      $0.id > run.id && $0.agent == run.agent && $0.checkpoint != nil
    }
    let given = try agent.redeliver(
      from: run.agent, given: run.started..<(next?.started ?? .infinity), in: session)
    // Of a process that was killed no end is recorded.
    let state = run.state == .running ? "not ended" : run.state.rawValue
    session.output.note(
      "\(agent.name): run \(run.id) (\(state)) at step \(compact(agent.profile.steps))"
        + (given == 0 ? "" : ", \(given) answer\(given == 1 ? "" : "s") given since"))
    return .object(agent)
  }

  private static func search(
    named name: String, _ call: CommandCall, in session: Session
  ) throws -> Value {
    let known = (session.interpreter[name]?.handle as? SearchHandle)?.recordName
    let record: StudyRecord?
    if let known {
      record = try session.store.study(known)
    } else {
      record = try SearchRecord.latest(named: name, in: session.store)
    }
    guard let record else {
      throw RunError(
        .command, "no search `\(name)` is recorded in this project",
        hint: try hint(in: session), argument: "what")
    }
    let plan = try SearchPlan(encoded: record.settings)
    var objective: FrozenFunction?
    if case .function(let program?) = plan.objective {
      objective = try session.function(SearchCommand.objectiveName, definedBy: program)
    }
    var asker: Asker?
    if case .feedback = plan.objective { asker = try Asker(call, in: session) }
    let start = SearchStart(
      plan: plan, name: call.target ?? name, recordName: record.name, isRecorded: true,
      jobs: call.integer("jobs"), isShown: call.isShown)
    return call.reported(
      .object(try start.run(objective: objective, asker: asker, in: session)))
  }

  private static func hint(in session: Session) throws -> String {
    let names = try session.store.studies().suffix(5).map { "`\($0.name)`" }
    return names.isEmpty ? "none is" : "recorded are \(names.joined(separator: ", "))"
  }
}

extension Session {
  /// The function that a program from a record defines, apart from what this session has.
  fileprivate func function(
    _ name: String, definedBy program: String
  ) throws(RunError) -> FrozenFunction? {
    let apart = Interpreter(
      commands: [], builtins: Session.builtins(in: project), constants: Builtins.constants)
    try apart.run(Source(name: "<record>", text: program)) { _, _ in }
    return apart[name]?.frozen(from: apart.evaluator)
  }
}

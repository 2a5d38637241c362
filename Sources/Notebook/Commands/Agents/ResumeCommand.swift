import Language
import RLCore
import Schema
import Store

/// `a = resume`: the agent of the last training, as its last checkpoint has it.
enum ResumeCommand: SessionCommand {
  static let declaration = Declaration(
    name: "resume",
    summary: "Gives the agent of a recorded training as its last checkpoint has it.",
    parameters: [
      Parameter(
        "run", .integer(from: 1), .positional, default: .described("the latest with a checkpoint"),
        "The run's number, from `runs`.")
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\ntrain a steps=500\nb = resume\nprint (hash a) == (hash b)",
        gives: "true\n")
    ],
    group: "agents",
    details: """
      `train` then goes on exactly there, to where the interrupted call was to end. Feedback that was \
      given after the checkpoint is in the agent again, for `learn` to fold in.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let runs = try session.store.runs()
    let number = call.integer("run")
    guard
      let run = runs.last(where: { $0.checkpoint != nil && (number == nil || $0.id == number) }),
      let name = run.checkpoint
    else {
      throw RunError(
        .command, number.map { "run \($0) has no checkpoint" } ?? "no run has a checkpoint yet",
        hint: "`runs` lists them")
    }
    let path = "\(session.store.checkpointFolder)/\(name)"
    let agent = try session.agent(
      from: try CheckpointStore.load(path), path: path, named: call.target ?? run.agent)
    let next = runs.first {
      $0.id > run.id && $0.agent == run.agent && $0.checkpoint != nil
    }
    let given = try session.redeliver(
      to: agent, named: run.agent, from: run.started, to: next?.started ?? .infinity)
    session.output.note(
      "\(agent.name): run \(run.id) (\(run.state.rawValue)) at step \(compact(agent.core.steps))"
        + (given == 0 ? "" : ", \(given) answer\(given == 1 ? "" : "s") given since"))
    return .object(agent)
  }
}

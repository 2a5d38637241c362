import Language
import Schema
import Store

/// `runs`: the trainings recorded in this project.
enum RunsCommand: SessionCommand {
  static let declaration = Declaration(
    name: "runs", summary: "Gives the trainings recorded in this project, the oldest first.",
    parameters: [
      Parameter("limit", .integer(from: 1), default: .described("all"), "Only the latest so many.")
    ],
    examples: [
      Example("runs | where fn(r) => r.steps > 10k | table"),
      Example("env CartPole-v1\na = agent dqn\ntrain a steps=500\nprint (runs)[-1].steps"),
    ],
    group: "notebook")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    call.listed(
      try session.store.runs(limit: call.integer("limit")).map { Value(run: $0) }, in: session)
  }
}

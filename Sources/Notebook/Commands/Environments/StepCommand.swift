import Language
import RLCore
import Schema

/// `step 1`: acts once by hand.
enum StepCommand: SessionCommand {
  static let declaration = Declaration(
    name: "step", summary: "Acts once in the environment by hand.",
    parameters: [
      .environment,
      Parameter(
        "action", .either([.integer, .list(of: .real), .string]), .positional, default: .required,
        "What to do: an integer, a list for continuous spaces, or an action's name."),
    ],
    examples: [
      Example(
        "env CartPole-v1\nreset state=[0, 0, 0, 0]\nr = step 1\nprint r.reward r.terminated",
        gives: "[0.0, 0.0, 0.0, 0.0]\n1.0 false\n")
    ],
    group: "environments",
    details: """
      Gives `{observation, reward, terminated, truncated, info}`. `terminated` is the task's own end, \
      `truncated` the time limit's. The steps since `reset` form an episode that feedback can be given \
      on.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    let record = try environment.stepRecord(environment.action(from: call["action"] ?? .null))
    session.lastShown = .step(environment)
    return .object(record)
  }
}

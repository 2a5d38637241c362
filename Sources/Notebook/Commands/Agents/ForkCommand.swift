import Language
import RLCore
import Schema

/// `b = fork a`: an independent copy.
enum ForkCommand: SessionCommand {
  static let declaration = Declaration(
    name: "fork",
    summary: "Gives an independent copy of an agent that would live on exactly the same.",
    parameters: [.agent],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nb = fork a\nprint (hash a) == (hash b)", gives: "true\n")
    ],
    group: "agents")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.anyAgent(in: session)
    return .object(agent.fork(named: call.target ?? agent.name))
  }
}

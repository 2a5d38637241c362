import Language
import RLCore
import Schema

/// `set a learning_rate=1e-4`: changes settings of a living agent.
enum SetCommand: SessionCommand {
  static let declaration = Declaration(
    name: "set", summary: "Changes settings of a living agent from here on.",
    parameters: [.agent],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nset a learning_rate=1e-4\nprint a.settings.learning_rate",
        gives: "0.0001\n")
    ],
    group: "agents", acceptsOtherOptions: true)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.anyAgent(in: session)
    guard !call.options.isEmpty else {
      throw RunError(.call, "nothing to set", hint: "write `set a learning_rate=1e-4`")
    }
    var settings: [(name: String, value: Setting)] = []
    for (name, value) in call.options { settings.append((name, try call.setting(name, value))) }
    // All or nothing: a copy tells first whether each can be set.
    for agent in [agent.fork(named: agent.name), agent] {
      for (name, value) in settings { try agent.set(name, to: value) }
    }
    return call.nothing()
  }
}

import Language
import RLCore
import Schema

/// `a = agent dqn`: makes an agent on the current environment.
enum AgentCommand: SessionCommand {
  static let declaration = Declaration(
    name: "agent", summary: "Makes an agent on an environment and makes it the current one.",
    parameters: [
      Parameter(
        "algorithm", .member(Algorithms.family), .positional, default: .required,
        "Which algorithm; its settings are options."),
      .environment,
      Parameter(
        "settings", .block, .positional, default: .described("none"),
        "Settings in a block: `agent dqn { learning_rate = 5e-4 }`."),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn learning_rate=5e-4\nprint a.settings.learning_rate",
        gives: "0.0005\n"),
      Example(
        "env CartPole-v1\na = agent dqn { layers = [64, 64]; gamma = 0.98 }\nprint a.settings.layers",
        gives: "[64, 64]\n"),
    ],
    group: "agents",
    details: """
      Settings not given come from the preset for this algorithm and environment, where there is \
      one, and else are the algorithm's own defaults; a line says which. An agent without `seed` \
      takes its environment's.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    var settings = try call.settings()
    if let block = call.definition("settings") {
      for name in block.names {
        settings[name] = try call.setting(name, block[name] ?? .null)
      }
    }
    let core = try Agent(
      algorithm: call.text("algorithm")!, settings: settings, environment: environment.instance)
    let agent = AgentHandle(core, name: call.target ?? "agent", environment: environment)
    session.adopt(agent)
    session.output.note("\(agent.name): \(core.presetText)")
    for warning in core.warnings() { session.output.note("warning: \(warning)") }
    return .object(agent)
  }
}

import Language
import RLCore
import Schema
import Store

/// `a = load models/cartpole.safetensors`: an agent from a file.
enum LoadCommand: SessionCommand {
  static let declaration = Declaration(
    name: "load",
    summary: "Reads an agent from a file that `save` wrote, and makes it the current one.",
    parameters: [
      Parameter("path", .path, .positional, default: .required, "The file."),
      Parameter(
        "seed", .integer, default: .described("as saved"), "Gives the agent new random streams."),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nsave a agent.safetensors\nb = load agent.safetensors\nprint b.algorithm",
        gives: "dqn\n")
    ],
    group: "agents")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let path = try call.path("path", in: session)!
    let agent = try session.agent(
      from: try CheckpointStore.load(path), path: path, named: call.target)
    if let seed = call.integer("seed") { agent.core.reseed(seed) }
    return .object(agent)
  }
}

import Interchange
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
      Parameter(
        "path", .path, .positional, default: .required,
        "The file, or the folder of a language model."),
      Parameter(
        "seed", .integer, default: .described("as saved"), "Gives the agent new random streams."),
      AgentFormat.parameter([.rlhs, .sb3]),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nsave a agent.safetensors\nb = load agent.safetensors\nprint b.algorithm",
        gives: "dqn\n")
    ],
    group: "agents",
    details: """
      `format=sb3` reads what Stable-Baselines3 saved with `MlpPolicy`, for the current environment; \
      training goes on from the policy, without optimizer moments and replay buffer. A folder as \
      transformers saves it (config.json, model.safetensors, tokenizer.json) is a language model of \
      the family of GPT-2 or Llama.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let path = try call.path("path", in: session, isInput: true)!
    let agent = try loaded(path, call, in: session)
    if let seed = call.integer("seed") { agent.reseed(seed) }
    return .object(agent)
  }

  private static func loaded(
    _ path: String, _ call: CommandCall, in session: Session
  ) throws -> any SessionAgent {
    if TransformersFolder.isFolder(path) {
      return try session.textAgent(fromFolder: path, named: call.target)
    }
    let archive =
      if AgentFormat(call) == .sb3 {
        try StableBaselines.read(path, in: session.currentEnvironment().instance).archive()
      } else {
        try CheckpointStore.load(path)
      }
    return try session.anyAgent(from: archive, path: path, named: call.target)
  }
}

import Language
import RLCore
import Schema

/// `save b models/cartpole.safetensors`: the whole agent in a file.
enum SaveCommand: SessionCommand {
  static let declaration = Declaration(
    name: "save",
    summary: "Writes the whole state of an agent to a safetensors file, or its policy for others.",
    parameters: [
      .agent,
      Parameter(
        "path", .path, .positional, default: .required,
        "The file, or for a language model a folder; folders are made."),
      Parameter(
        "replay", .boolean, default: .setting(true),
        "Keeps the replay buffer; without it training does not go on exactly."),
      AgentFormat.parameter(AgentFormat.allCases),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nsave a agent.safetensors\nb = load agent.safetensors\nprint (hash a) == (hash b)",
        gives: "true\n"),
      Example(
        "env CartPole-v1\na = agent dqn\nsave a policy.zip format=sb3\nsave a policy.onnx format=onnx\nb = load policy.zip format=sb3\nprint (predict a [0, 0, 0, 0]).action == (predict b [0, 0, 0, 0]).action",
        gives: "true\n"),
    ],
    group: "agents",
    details: """
      The file is replaced as a whole and carries a checksum: whatever happens meanwhile, the old one \
      or the new one is there. `format=sb3` writes what `DQN.load` and its likes of Stable-Baselines3 \
      open (dqn, ppo, a2c, sac and td3 of dense layers), `format=onnx` a model whose input is \
      `observation` and whose outputs are `action` and, for discrete actions, `values` or `logits`. \
      Both hold the policy and not what feedback adds to it.

      A language model goes to a `.safetensors` file as a whole, tokenizer included, or to a folder \
      that transformers opens: config.json, model.safetensors, tokenizer.json.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.anyAgent(in: session)
    let path = try call.path("path", in: session)!
    try agent.save(call, to: path)
    session.output.report(
      Event(
        "save", [("agent", .string(agent.name)), ("path", .string(path))],
        text: "saved \(agent.name) to \(path)"),
      isShown: call.isShown)
    return call.nothing()
  }
}

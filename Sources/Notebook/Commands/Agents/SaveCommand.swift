import Language
import RLCore
import Schema
import Store

/// `save b models/cartpole.safetensors`: the whole agent in a file.
enum SaveCommand: SessionCommand {
  static let declaration = Declaration(
    name: "save", summary: "Writes the whole state of an agent to a safetensors file.",
    parameters: [
      .agent,
      Parameter("path", .path, .positional, default: .required, "The file; folders are made."),
      Parameter(
        "replay", .boolean, default: .setting(true),
        "Keeps the replay buffer; without it training does not go on exactly."),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nsave a agent.safetensors\nb = load agent.safetensors\nprint (hash a) == (hash b)",
        gives: "true\n")
    ],
    group: "agents",
    details: """
      The file is replaced as a whole and carries a checksum: whatever happens meanwhile, the old one \
      or the new one is there.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.agent(in: session)
    let path = try call.path("path", in: session)!
    try CheckpointStore.write(
      agent.archive(includingReplay: call.boolean("replay") ?? true), to: path)
    session.output.report(
      Event(
        "save", [("agent", .string(agent.name)), ("path", .string(path))],
        text: "saved \(agent.name) to \(path)"),
      isShown: call.isShown)
    return call.nothing()
  }
}

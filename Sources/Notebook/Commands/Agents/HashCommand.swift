import Interchange
import Language
import RLCore
import Schema

/// `hash a`: a digest of the whole state.
enum HashCommand: SessionCommand {
  static let declaration = Declaration(
    name: "hash", summary: "Gives a digest of the whole state of an agent, environment or episode.",
    parameters: [
      Parameter(
        "object", .either([.handle("agent"), .handle("environment"), .handle("episode")]),
        .positional, default: .described("the current agent"), "What to digest.")
    ],
    examples: [
      Example("env CartPole-v1\na = agent dqn\nprint len(hash(a))", gives: "64\n")
    ],
    group: "agents",
    details: """
      Of an agent: weights, optimizer, replay buffer, environment and random streams, best weights \
      and feedback. Two agents with the same digest live on exactly the same.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let object: Handle =
      if let given = call["object"]?.handle { given } else {
        try session.anyCurrentAgent()
      }
    let archive: StateArchive
    switch object {
    case let agent as any SessionAgent: archive = agent.state()
    case let environment as EnvironmentHandle: archive = environment.instance.archive()
    case let episode as EpisodeHandle: archive = episode.episode.archive()
    default:
      throw RunError(.type, "a \(object.kind) has no hash", argument: "object")
    }
    return .string(digest(of: archive))
  }
}

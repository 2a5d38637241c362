import Language
import RLCore
import Schema

/// `reset`: begins an episode by hand.
enum ResetCommand: SessionCommand {
  static let declaration = Declaration(
    name: "reset", summary: "Begins an episode and gives its first observation.",
    parameters: [
      .environment,
      Parameter(
        "seed", .integer, default: .described("goes on with the environment's stream"),
        "Begins a new random stream first."),
      Parameter(
        "state", .list(of: .real), default: .described("drawn"),
        "The environment's own state to begin in, in Gymnasium's order where it has one."),
    ],
    examples: [
      Example(
        "env CartPole-v1\nprint (reset state=[0.5, 0, 0.25, 0])", gives: "[0.5, 0.0, 0.25, 0.0]\n")
    ],
    group: "environments")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    if let seed = call.integer("seed") { environment.instance.reseed(seed) }
    try environment.reset(state: call["state"].flatMap(CoreValues.reals))
    session.environment = environment
    return environment.observation
  }
}

import Language
import RLCore
import Schema

/// `b = best a`, `b = best s`: the best of a training or a search.
enum BestCommand: SessionCommand {
  static let declaration = Declaration(
    name: "best",
    summary:
      "Gives the best agent: of a training its best weights, of a search its best trial's agent.",
    parameters: [
      Parameter(
        "of", .either([.handle("agent"), .handle("search")]), .positional,
        default: .described("the current agent"), "An agent or a search.")
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\ntrain a\nb = best a\nprint b.steps == a.steps", gives: nil)
    ],
    group: "agents",
    details: """
      `best a` is a fork with the weights that did best on validation seeds while training. `best s` \
      also prints the best settings.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    if let search = call["of"]?.handle as? SearchHandle {
      return try search.best(named: call.target, isShown: call.isShown)
    }
    let agent = try call.anyAgent(in: session, "of")
    guard let best = agent.bestFork(named: call.target ?? "best") else {
      throw RunError(
        .command, "`\(agent.name)` has no best weights yet: it was not validated while training",
        hint: "train it for at least a twentieth of its total_steps", argument: "of")
    }
    return .object(best)
  }
}

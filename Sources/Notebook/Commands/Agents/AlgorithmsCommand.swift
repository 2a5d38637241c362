import Language
import RLCore
import Schema

/// `algorithms`: what an agent can learn with.
enum AlgorithmsCommand: SessionCommand {
  static let declaration = Declaration(
    name: "algorithms", summary: "Lists the algorithms.",
    examples: [Example("print (algorithms)[0].name", gives: "dqn\n")], group: "agents")

  static func run(_ call: CommandCall, in session: Session) -> Value {
    call.listed(
      Algorithms.all.map {
        .map(["name": .string($0.declaration.name), "summary": .string($0.declaration.summary)])
      }, in: session)
  }
}

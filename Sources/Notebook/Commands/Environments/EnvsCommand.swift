import Language
import RLCore
import Schema

/// `envs`: which environments there are.
enum EnvsCommand: SessionCommand {
  static let declaration = Declaration(
    name: "envs", summary: "Lists the environments, own ones included.",
    examples: [Example("print count(envs(), fn(e) => e.name == \"CartPole-v1\")", gives: "1\n")],
    group: "environments")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let own = session.environmentDefinitions.keys.sorted().map {
      row(name: $0, summary: "Defined in this session.")
    }
    return call.listed(
      Environments.all.map { row(name: $0.declaration.name, summary: $0.declaration.summary) }
        + own,
      in: session)
  }

  private static func row(name: String, summary: String) -> Value {
    .map(["name": .string(name), "summary": .string(summary)])
  }
}

import Language
import Schema

/// `runs | where fn(r) => r.steps > 10k`: keeps some rows.
enum WhereCommand: SessionCommand {
  static let declaration = Declaration(
    name: "where", summary: "Keeps the rows for which a function is true.",
    parameters: [
      Parameter("rows", .list(of: .anything), .positional, default: .required, "A list of rows."),
      Parameter(
        "condition", .function(1), .positional, default: .required,
        "Gets a row, gives true or false."),
    ],
    examples: [
      Example("[{x: 1}, {x: 5}] | where fn(r) => r.x > 2", gives: "[{x: 5}]\n")
    ],
    group: "notebook")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    var kept: ContiguousArray<Value> = []
    for row in call["rows"]?.elements ?? [] {
      guard let condition = try call.evaluator.call(call["condition"]!, [row]).boolean else {
        throw RunError(.type, "the condition must give true or false", argument: "condition")
      }
      if condition { kept.append(row) }
    }
    return .list(kept)
  }
}

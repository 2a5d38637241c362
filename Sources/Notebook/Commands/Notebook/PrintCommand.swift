import Language
import Schema

/// `print a b`: writes values on a line.
enum PrintCommand: SessionCommand {
  static let declaration = Declaration(
    name: "print", summary: "Writes values joined by a space, and ends the line.",
    parameters: [
      Parameter(
        "values", .anything, .variadic, default: .described("an empty line"), "What to write.")
    ],
    examples: [
      Example("print \"a\" 1 2.0 [true, null]", gives: "a 1 2.0 [true, null]\n"),
      Example("x = 2\nprint \"{x / 3:.2}\"", gives: "0.67\n"),
    ],
    group: "notebook")

  static func run(_ call: CommandCall, in session: Session) -> Value {
    let values = call["values"]?.elements ?? []
    session.output.printLine(values.map(\.printed).joined(separator: " "))
    return .null
  }
}

import Language
import Schema

/// `source lib.rlhs`: runs a script in the session.
enum SourceCommand: SessionCommand {
  static let declaration = Declaration(
    name: "source", summary: "Runs a script as if it were typed here.",
    parameters: [
      Parameter("path", .path, .positional, default: .required, "The script.")
    ],
    examples: [
      Example(
        """
        write_text("double.rlhs", "fn double(x) => 2 * x\\ndouble(4)")
        source double.rlhs
        """, gives: "8\n")
    ],
    group: "notebook",
    details: """
      What the script assigns and defines stays in the session, and it shows the values that it would \
      show by itself. Where its path is written out and the file is there, it is checked together \
      with the program around it, before anything runs.
      """)

  static let programParameter: String? = "path"

  /// How many scripts may run each other, one within the other.
  private static let deepest = 50

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard let path = try call.path("path", in: session, isInput: true), let name = call.text("path")
    else {
      preconditionFailure("`source` is called without its path")
    }
    guard session.sourceDepth < deepest else {
      throw RunError(
        .depth, "scripts run each other too deeply", hint: "does `\(name)` run itself?",
        argument: "path")
    }
    let source = Source(name: name, text: try TextFile.read(path))
    session.sourceDepth += 1
    defer { session.sourceDepth -= 1 }
    try session.run(source) { session.output.show($0) }
    return call.nothing()
  }
}

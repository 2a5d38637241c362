import Language
import Schema

/// `quit`: ends the session.
enum QuitCommand: SessionCommand {
  static let declaration = Declaration(
    name: "quit", summary: "Ends the session; a script ends here.", examples: [Example("quit")],
    group: "notebook")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    throw RunError.quit
  }
}

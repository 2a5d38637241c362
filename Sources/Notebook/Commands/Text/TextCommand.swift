import Language
import RLCore
import Schema

/// `text m [3, 1, 2]`: tokens as a text.
enum TextCommand: SessionCommand {
  static let declaration = Declaration(
    name: "text", summary: "Gives the text of tokens, as a language model writes them.",
    parameters: [
      .agent,
      Parameter("tokens", .list(of: .integer), .positional, default: .required, "The tokens."),
    ],
    examples: [
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        corpus abc.txt
        m = agent lm layers=1 heads=2 width=16 context=8
        print (text m [3, 1, 2])
        """, gives: "cab\n")
    ],
    group: "text", details: "`tokens m \"cab\"` is the way back.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.textAgent(in: session)
    let tokens = try agent.check(call.integers("tokens"), argument: "tokens")
    return .string(agent.tokenizer.decode(tokens))
  }
}

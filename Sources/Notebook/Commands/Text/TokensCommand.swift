import Language
import RLCore
import Schema

/// `tokens m "text"`: a text as tokens.
enum TokensCommand: SessionCommand {
  static let declaration = Declaration(
    name: "tokens", summary: "Gives the tokens of a text, as a language model reads them.",
    parameters: [
      .agent, Parameter("text", .string, .positional, default: .required, "The text."),
    ],
    examples: [
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        corpus abc.txt
        m = agent lm layers=1 heads=2 width=16 context=8
        print (tokens m "cab")
        """, gives: "[3, 1, 2]\n")
    ],
    group: "text", details: "`text m [3, 1, 2]` is the way back.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.textAgent(in: session)
    return .list(
      try agent.tokenizer.encode(call.text("text") ?? "").map { Value.integer(Int($0)) })
  }
}

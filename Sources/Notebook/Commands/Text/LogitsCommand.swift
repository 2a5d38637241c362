import Language
import RLCore
import Schema

/// `logits m tokens=[1, 2]`: what a language model thinks comes next.
enum LogitsCommand: SessionCommand {
  static let declaration = Declaration(
    name: "logits", summary: "Gives a language model's logits for given tokens, a list a position.",
    parameters: [
      .agent,
      Parameter(
        "tokens", .list(of: .integer), .positional, default: .required,
        "The tokens, as `tokens m \"text\"` gives them."),
    ],
    examples: [
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        corpus abc.txt
        m = agent lm layers=1 heads=2 width=16 context=8
        l = logits m tokens=[0, 1, 2]
        print len(l) len(l[0])
        """, gives: "3 5\n")
    ],
    group: "text")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.textAgent(in: session)
    let tokens = try agent.check(call.integers("tokens"), argument: "tokens")
    let context = agent.model.shape.context
    guard (1...context).contains(tokens.count) else {
      throw RunError(
        .value,
        "\(agent.name) looks at 1 to \(context) tokens at once, and \(tokens.count) were given",
        argument: "tokens")
    }
    let workspace = LanguageModel.Workspace()
    agent.model.forward(TokenBatch([tokens]), in: workspace)
    let rows = agent.model.logits(ofSequence: 0, in: workspace)
    return .list(rows.map { CoreValues.list($0.map(Double.init)) })
  }
}

extension CommandCall {
  /// The integers of a list.
  func integers(_ name: String) -> [Int] { self[name]?.elements?.compactMap(\.integer) ?? [] }
}

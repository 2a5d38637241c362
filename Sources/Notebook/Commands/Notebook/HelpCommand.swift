import Language
import Schema

/// `help train`: what can be done, and how.
enum HelpCommand: SessionCommand {
  static let declaration = Declaration(
    name: "help",
    summary: "Explains a command, a function, an environment, an algorithm, or lists all.",
    parameters: [
      Parameter(
        "topic", .either([.name, .path]), .positional, default: .described("an overview"),
        "What to explain, or words to search for.")
    ],
    examples: [Example("help train"), Example("help CartPole-v1"), Example("help replay")],
    group: "notebook",
    details: "`train?` is the same as `help train`; `?replay` searches for a word.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let help = Help(
      session.interpreter.catalogue, width: min(session.output.appearance.columns, 100))
    guard var topic = call.text("topic") else {
      session.output.printLine(help.overview())
      return .null
    }
    // `?replay` searches; a name alone is explained.
    let isSearch = topic.hasPrefix("?")
    if isSearch { topic = topic.dropFirst().trimmingSpaces }
    if !isSearch, let page = help.page(for: topic) {
      session.output.printLine(page)
    } else {
      let found = help.search(topic)
      guard !found.isEmpty else {
        throw RunError(
          .name, "there is no help on `\(topic)`", hint: "`help` lists everything",
          argument: "topic")
      }
      session.output.printLine(found)
    }
    return .null
  }
}

extension Substring {
  /// Without spaces at both ends.
  fileprivate var trimmingSpaces: String {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

import Language
import Schema

/// What the prompt asks of the language, answered from its declarations and the session's names.
final class PromptBridge: PromptAssistant {
  private let interpreter: Interpreter

  init(_ interpreter: Interpreter) { self.interpreter = interpreter }

  func completeness(of text: String) -> Notebook.Completeness {
    switch interpreter.completeness(of: text) {
    case .complete: .complete
    case .incomplete: .incomplete
    case .erroneous: .erroneous
    }
  }

  func highlights(of text: String) -> [Highlight] {
    Assistance.highlights(of: text, catalogue: interpreter.catalogue, names: names).map {
      Highlight($0.range, Self.style($0.style))
    }
  }

  func completions(in text: String, at cursor: Int) -> Notebook.Completions {
    let found = Assistance.completions(
      of: text, at: cursor, catalogue: interpreter.catalogue, names: names,
      members: { [interpreter] in interpreter[$0]?.memberNames ?? [] })
    return Completions(
      replacing: found.replacing,
      candidates: found.candidates.map {
        Candidate(text: $0.text, label: $0.label, summary: $0.summary)
      },
      wantsPath: found.wantsPath)
  }

  private static func style(_ style: Assistance.Style) -> Style {
    switch style {
    case .command: .command
    case .option, .word: .option
    case .string: .string
    case .number: .number
    case .keyword: .keyword
    case .comment: .comment
    case .operator: .symbol
    case .function: .function
    case .error: .error
    }
  }

  private var names: [Assistance.KnownName] {
    interpreter.variables.map { (name: $0.name, kind: $0.value.typeName) }
  }

  func hint(for text: String) -> String? {
    Assistance.hint(of: text, catalogue: interpreter.catalogue, names: names)
  }
}

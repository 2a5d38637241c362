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
    Assistance.highlights(of: text, catalogue: interpreter.catalogue, names: interpreter.names).map {
      Highlight($0.range, Style($0.style))
    }
  }

  func completions(in text: String, at cursor: Int) -> Notebook.Completions {
    let found = Assistance.completions(
      of: text, at: cursor, catalogue: interpreter.catalogue, names: interpreter.names)
    return Completions(
      replacing: found.replacing,
      candidates: found.candidates.map { Candidate(text: $0.text, label: $0.label, summary: $0.summary) },
      wantsPath: found.wantsPath)
  }

  func hint(for text: String) -> String? {
    Assistance.hint(of: text, catalogue: interpreter.catalogue, names: interpreter.names)
  }
}

import Language
import Schema

/// All that goes into an export: the cells, and what was said of the agents meanwhile.
struct Report {
  var title: String
  var cells: [Journal.Cell]
  /// The feedback of this session, oldest first; empty for none.
  var feedback: Table?
  /// Colours a cell's source.
  var highlights: (String) -> [Highlight]

  init(_ session: Session, running items: [Journal.Item]?, title: String) {
    self.title = title
    cells = session.journal.exported(running: items)
    if !session.given.isEmpty {
      feedback = Table(
        titles: ["id", "kind", "value", "from", "agent", "steps", "note"],
        rows: session.given.map { handle in
          let record = handle.stored
          return [
            "\(record.id)", record.kind, record.value, record.source, record.agent,
            "\(record.agentSteps)", record.note ?? "",
          ]
        })
    }
    let bridge = PromptBridge(session.interpreter)
    highlights = { bridge.highlights(of: $0) }
  }
}

/// A file to be written, and what belongs beside it.
struct ExportedFile {
  /// Relative to the folder of the export.
  var path: String
  var text: String
}

/// A way to write a report, chosen by a file's ending. A new one is a new file and a line in `all`.
struct ExportFormat: Sendable {
  let ending: String
  let summary: String
  /// - Parameter name: the file's name without its ending, for what stands beside it.
  let write: @Sendable (_ report: Report, _ name: String) -> [ExportedFile]

  static let all: [ExportFormat] = [.script, .markdown, .page, .jupyter]
}

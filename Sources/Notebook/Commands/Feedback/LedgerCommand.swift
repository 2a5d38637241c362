import Language
import RLCore
import Schema
import Store

/// `ledger`: all that was ever said.
enum LedgerCommand: SessionCommand {
  static let declaration = Declaration(
    name: "ledger", summary: "Gives all feedback of this project, the oldest first.",
    parameters: [
      Parameter(
        "export", .path, default: .described("nowhere"),
        "Writes it all, with the episodes, as JSON lines to this file."),
      Parameter(
        "import", .path, default: .described("nothing"),
        "Adds what such a file holds and this ledger has not."),
      Parameter(
        "format",
        .words([
          Word("full", "Everything, to be read back."),
          Word("pairs", "Comparisons of texts as lines of `prompt`, `chosen` and `rejected`."),
        ]), default: .setting("full"), "Of the file that `export` writes."),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nfeedback (rollout a) 1\nprint (ledger)[-1].value",
        gives: "1\n"),
      Example(
        "env CartPole-v1\na = agent dqn\nfeedback (rollout a) 1\nledger export=given.jsonl\nprint len(split(trim(read_text(\"given.jsonl\")), \"\\n\"))",
        gives: "2\n"),
    ],
    group: "feedback",
    details: """
      What was taken back stays in it, with `retracted` set. In a file each episode is a line \
      `{"episode": digest, "observations": …}` before the first line that names it, and each \
      feedback a line with `kind`, `value`, `person`, `time` and `shown`, the pieces of episodes that \
      it is about. `prefer m file=…` reads pairs. Imported feedback belongs to no agent of this project until it is given again.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    if let path = try call.path("import", in: session, isInput: true) {
      let count = try LedgerFile.read(path, into: session.store)
      session.output.note("\(count) answer\(count == 1 ? "" : "s") added from \(path)")
    }
    let records = try session.store.feedback()
    if let path = try call.path("export", in: session) {
      if call.text("format") == "pairs" {
        let count = try PairFile.write(records, of: session.store, to: path)
        session.output.note("\(count) pair\(count == 1 ? "" : "s") written to \(path)")
      } else {
        try LedgerFile.write(records, of: session.store, to: path)
        session.output.note(
          "\(records.count) answer\(records.count == 1 ? "" : "s") written to \(path)")
      }
      return call.isShown ? call.nothing() : .list(records.map { FeedbackHandle.map(of: $0) })
    }
    return call.listed(
      records.map { FeedbackHandle.map(of: $0) },
      columns: ["id", "kind", "value", "agent", "episode", "note", "person", "time", "retracted"],
      in: session)
  }
}

import Language
import RLCore
import Schema
import Store

/// Reads cells at a terminal and runs them, until the person leaves.
final class PromptLoop {
  private let session: Session
  private let clock = ContinuousClock()
  private let started = secondsSince1970()
  /// What `out` holds: each cell's value at its number, null where there was none.
  private var values: ContiguousArray<Value> = [.null]

  init(session: Session) { self.session = session }

  /// Runs to the end and gives the exit code.
  func run() -> Int32 {
    let interpreter = session.interpreter!
    interpreter.define("out", .list(values))
    interpreter.define("_", .null)
    let greeting = "rlhs \(Version.text)   help  explains, Tab completes, Ctrl-D leaves"
    session.output.printLine(wrapped(greeting, to: session.output.appearance.columns))
    let history = History(path: "\(session.project.folder)/.rlhs/history")
    let prompt = Prompt(assistant: PromptBridge(interpreter), history: history)
    // `announce` alone is for any thread.
    nonisolated(unsafe) let announcer = prompt
    session.announce = { announcer.announce($0) }
    defer { session.stopJobs() }
    var number = 1
    while true {
      if !session.pendingCells.isEmpty {
        let cell = session.pendingCells.removeFirst()
        let text = cell.text
        InterruptFlag.shared.clear()
        session.output.printLine("[\(number)] \(text)")
        history.append(text)
        guard run(cell: text, number: number, replacing: cell.replaced) else { return 0 }
        number += 1
        continue
      }
      // Ctrl-C during the cell before is no Ctrl-C at this one. Only here: from Enter on it is meant for
      // the cell that was typed, however soon it comes.
      InterruptFlag.shared.clear()
      for job in session.jobs where !job.hasEnded {
        session.output.note(drawn: [job.status(appearance: session.output.progressAppearance)])
      }
      switch prompt.readCell(number: number) {
      case .endOfInput: return 0
      case .interrupted: continue
      case .cell(let text):
        guard run(cell: text, number: number) else { return 0 }
        number += 1
      }
    }
  }

  /// Runs one cell; false when it asked to end the session.
  private func run(cell text: String, number: Int, replacing replaced: Int? = nil) -> Bool {
    let output = session.output
    session.cellSources.append(text)
    let source = Source(name: "[\(number)]", text: text)
    let start = clock.now
    let startedAt = secondsSince1970()
    _ = output.takeItems()
    session.journal.begin(Journal.Cell(number: number, source: text))
    var outcome = CellRecord.Outcome.succeeded
    var value = Value.null
    defer { output.flush() }
    session.dependencies.begin(source, in: session)

    let diagnostics = session.interpreter.check(source)
    for diagnostic in diagnostics { output.report(diagnostic, stage: "check") }
    if diagnostics.contains(where: { $0.severity == .error }) {
      outcome = .failed
    } else {
      do {
        try session.run(source) { shown in
          output.show(shown)
          value = shown
        }
      } catch {
        if error.isQuit { return false }
        output.report(error, stage: "run", in: source)
        outcome = error.isInterrupt ? .interrupted : .failed
        session.pendingCells = []
      }
    }
    session.dependencies.end(
      number, succeeded: outcome == .succeeded, replacing: replaced, in: session)
    keep(value)
    record(
      text, number: number, started: startedAt, seconds: (clock.now - start).inSeconds,
      outcome: outcome)
    return true
  }

  private func keep(_ value: Value) {
    values.append(value)
    session.interpreter.define("out", .list(values))
    if !value.isNull { session.interpreter.define("_", value) }
  }

  /// A cell that cannot be kept costs nothing but its record: the session goes on, and says so.
  private func record(
    _ text: String, number: Int, started: Double, seconds: Double, outcome: CellRecord.Outcome
  ) {
    let items = self.session.output.takeItems()
    self.session.journal.end(outcome, items: items)
    do {
      let store = session.store
      let session =
        try self.session.storedNumber
        ?? store.beginSession(started: self.started, version: Version.text)
      self.session.storedNumber = session
      try store.append(
        CellRecord(
          session: session, number: number, source: text, started: started, seconds: seconds,
          outcome: outcome, output: items.map(\.plainText).joined()))
    } catch {
      session.output.note("warning: this cell is not recorded: \(error)")
    }
  }
}

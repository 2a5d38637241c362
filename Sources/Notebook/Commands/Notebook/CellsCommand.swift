import Language
import Schema
import Store

/// `cells`: what was typed, and what came of it.
enum CellsCommand: SessionCommand {
  static let declaration = Declaration(
    name: "cells",
    summary: "Gives the cells typed at the prompts of this project, the oldest first.",
    examples: [Example("print len(cells())")], group: "notebook")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let stale = Set(session.dependencies.stale)
    let own = session.storedNumber
    return call.listed(
      try session.store.cells().map { cell in
        .map([
          "session": .integer(cell.session), "number": .integer(cell.number),
          "source": .string(cell.source), "seconds": .real(cell.seconds),
          "outcome": .string(cell.outcome.rawValue), "output": .string(cell.output),
          "stale": .boolean(cell.session == own && stale.contains(cell.number)),
        ])
      }, columns: ["session", "number", "source", "outcome", "seconds", "stale"], in: session)
  }
}

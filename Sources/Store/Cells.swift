import GRDB

/// A cell that was run, with what it put out.
package struct CellRecord: Sendable, Equatable {
  /// The session that ran it: several prompts may be open at once, each counting from 1.
  package var session: Int
  package var number: Int
  package var source: String
  /// Seconds since 1970.
  package var started: Double
  package var seconds: Double
  package var outcome: Outcome
  package var output: String

  /// How it ended.
  package enum Outcome: String, Sendable {
    case succeeded, failed, interrupted
  }

  package init(
    session: Int, number: Int, source: String, started: Double, seconds: Double,
    outcome: Outcome, output: String
  ) {
    self.session = session
    self.number = number
    self.source = source
    self.started = started
    self.seconds = seconds
    self.outcome = outcome
    self.output = output
  }
}

extension CellRecord: StoredRecord {
  static let table = "cells"
  static let columns = [
    "session", "number", "source", "started", "seconds", "outcome", "output",
  ]
  var values: [(any DatabaseValueConvertible)?] {
    [session, number, source, started, seconds, outcome.rawValue, output]
  }
  init(_ row: Fields) throws {
    try self.init(
      session: row[0], number: row[1], source: row[2], started: row[3], seconds: row[4],
      outcome: Outcome(rawValue: row[5]) ?? .failed, output: row[6])
  }
}

extension ProjectStore {
  /// Records that a session begins and gives its number. `started` is in seconds since 1970.
  package func beginSession(started: Double, version: String) throws(StoreError) -> Int {
    try write { database in
      try database.execute(
        sql: "INSERT INTO sessions (started, version) VALUES (?, ?)",
        arguments: [started, version])
      return Int(database.lastInsertedRowID)
    }
  }

  /// Records a cell that has run.
  package func append(_ cell: CellRecord) throws(StoreError) {
    try write { try cell.insert($0) }
  }

  /// The cells of a session in their order, or of all sessions.
  package func cells(session: Int? = nil) throws(StoreError) -> [CellRecord] {
    try read(absent: []) { database in
      try CellRecord.fetch(
        database, "WHERE ?1 IS NULL OR session = ?1 ORDER BY session, number", [session])
    }
  }
}

import GRDB

@testable import Store

extension ProjectStore {
  /// What a PRAGMA of this connection says.
  func setting(_ name: String) throws -> String? {
    try write { try String.fetchOne($0, sql: "PRAGMA \(name)") }
  }

  /// Lets the file grow no further, as a full disk would.
  func limitSize() throws {
    try write { try $0.execute(sql: "PRAGMA max_page_count = 1") }
  }

  /// A change that the tables' own rules would refuse.
  func writeUnchecked(_ sql: String) throws {
    try write { database in
      try database.execute(sql: "PRAGMA writable_schema = ON")
      try database.execute(
        sql: "UPDATE sqlite_schema SET sql = replace(sql, 'seed INTEGER NOT NULL', 'seed INTEGER')")
      try database.execute(sql: "PRAGMA writable_schema = RESET")
      try database.execute(sql: sql)
    }
  }

  /// Many runs of a hundred agents, in one go.
  func addRuns(_ count: Int) throws {
    try write { database in
      for number in 0..<count { try sampleRun("a\(number % 100)").insert(database) }
    }
  }
}

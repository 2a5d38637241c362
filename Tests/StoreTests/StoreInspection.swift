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

  /// Many runs of a hundred agents, in one go.
  func addRuns(_ count: Int) throws {
    try write { database in
      for number in 0..<count { try sampleRun("a\(number % 100)").insert(database) }
    }
  }
}

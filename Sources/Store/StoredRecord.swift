import GRDB

/// A value that is one row of a table. `columns`, `values` and the row given to `init` have the
/// same order; columns are read by place, for by name ten thousand rows take several times as long.
protocol StoredRecord {
  static var table: String { get }
  static var columns: [String] { get }
  var values: [(any DatabaseValueConvertible)?] { get }
  init(_ row: Row)
}

extension StoredRecord {
  static func fetch(
    _ database: Database, _ clauses: String = "", _ arguments: StatementArguments = []
  ) throws -> [Self] {
    let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
    let rows = try Row.fetchCursor(
      database, sql: "SELECT \(list) FROM \(table) \(clauses)", arguments: arguments)
    var records: [Self] = []
    while let row = try rows.next() { records.append(Self(row)) }
    return records
  }

  /// Adds it, or with `replacing` takes the place of the one with its key.
  func insert(_ database: Database, replacing: Bool = false) throws {
    let list = Self.columns.map { "\"\($0)\"" }.joined(separator: ", ")
    let places = Self.columns.map { _ in "?" }.joined(separator: ", ")
    let statement = try database.cachedStatement(
      sql: "INSERT \(replacing ? "OR REPLACE " : "")INTO \(Self.table) (\(list)) VALUES (\(places))"
    )
    try statement.execute(arguments: StatementArguments(values))
  }
}

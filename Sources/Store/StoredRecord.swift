import GRDB

/// A value that is one row of a table. `columns`, `values` and the fields that `init` gets have the
/// same order; they go by place, for by name ten thousand rows take several times as long.
protocol StoredRecord {
  static var table: String { get }
  static var columns: [String] { get }
  var values: [(any DatabaseValueConvertible)?] { get }
  init(_ row: Fields) throws
}

extension StoredRecord {
  static func fetch(
    _ database: Database, _ clauses: String = "", _ arguments: StatementArguments = []
  ) throws -> [Self] {
    let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
    var records: [Self] = []
    try Fields.each(database, "SELECT \(list) FROM \(table) \(clauses)", arguments) {
      records.append(try Self($0))
    }
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

/// The fields of a row by their place. A field may hold anything, for the file may be damaged:
/// that is an error here, where GRDB's own subscripts end the program.
struct Fields {
  /// A field does not hold what its column is for.
  struct Mismatch: Error {}

  private let row: Row

  /// Calls `body` with each row that the query finds.
  static func each(
    _ database: Database, _ sql: String, _ arguments: StatementArguments,
    _ body: (Fields) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
    while let row = try rows.next() { try body(Fields(row: row)) }
  }

  subscript<Value: DatabaseValueConvertible>(place: Int) -> Value {
    get throws {
      guard let value = Value.fromDatabaseValue(row[place]) else { throw Mismatch() }
      return value
    }
  }
}

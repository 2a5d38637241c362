import Language
import RLCore
import Schema

/// `runs | table`: rows under one another.
enum TableCommand: SessionCommand {
  static let declaration = Declaration(
    name: "table", summary: "Shows a list of maps as a table.",
    parameters: [
      Parameter(
        "rows", .list(of: .anything), .positional, default: .required,
        "A list of maps; their keys are the columns."),
      Parameter(
        "columns", .list(of: .string), default: .described("all"), "Which columns, in this order."),
    ],
    examples: [
      Example(
        "[{name: \"a\", mean: 12.5}, {name: \"bc\", mean: 7.0}] | table",
        gives: "name  mean\n────  ────\na     12.5\nbc       7\n")
    ],
    group: "notebook")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let rows = call["rows"]?.elements ?? []
    let maps = try rows.map { row throws(RunError) in
      guard let map = row.entries else {
        throw RunError(
          .type, "a row must be a map, not \(row.typeName.withArticle)", argument: "rows")
      }
      return map
    }
    session.output.printTable(
      of: maps, columns: call["columns"]?.elements?.compactMap(\.text) ?? [])
    return .null
  }
}

extension CommandCall {
  /// For a command that lists something: a statement of it shows a table.
  ///
  /// - Parameter columns: those shown, but for those that say nothing in any row; by default all.
  func listed(_ rows: [Value], columns: [String] = [], in session: Session) -> Value {
    guard isShown, !rows.isEmpty, !session.output.isJSON else { return .list(rows) }
    let maps = rows.compactMap(\.entries)
    let telling = columns.filter { column in
      maps.contains { map in
        switch map[column] ?? .null {
        case .null, .boolean(false): false
        default: true
        }
      }
    }
    session.output.printTable(of: maps, columns: telling)
    return reported(.list(rows))
  }
}

extension Output {
  /// Maps under one another.
  ///
  /// - Parameter columns: which of their keys, in this order; none for all.
  fileprivate func printTable(of maps: [OrderedMap], columns: [String]) {
    var columns = columns
    if columns.isEmpty {
      for map in maps { for key in map.keys where !columns.contains(key) { columns.append(key) } }
    }
    printTable(
      columns: columns, rows: maps.map { map in columns.map { Self.cell(map[$0] ?? .null) } },
      value: .list(maps.map { Self.row($0, columns) }))
  }

  /// The columns asked for, in their order.
  private static func row(_ map: OrderedMap, _ columns: [String]) -> Value {
    var row = OrderedMap()
    for column in columns { row[column] = map[column] }
    return .map(row)
  }

  /// Numbers short enough to compare by eye.
  private static func cell(_ value: Value) -> String {
    switch value {
    case .null: ""
    case .real(let number): significant(number)
    default: value.printed
    }
  }
}

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
    var columns = call["columns"]?.elements?.compactMap(\.text) ?? []
    if columns.isEmpty {
      for map in maps { for key in map.keys where !columns.contains(key) { columns.append(key) } }
    }
    let cells = maps.map { map in columns.map { cell(map[$0] ?? .null) } }
    session.output.printTable(
      columns: columns, rows: cells, value: .list(maps.map { row($0, columns) }))
    return .null
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

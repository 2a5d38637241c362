import Language

/// Comma-separated values (RFC 4180): fields with a comma, a quote or a line break stand in quotes,
/// a quote within them twice.
enum CSV {
  /// Rows of maps under the keys of the first line that has them.
  static func text(of rows: some Sequence<Value>) -> String {
    let maps = rows.compactMap(\.entries)
    var columns: [String] = []
    var known: Set<String> = []
    for map in maps {
      for key in map.keys where known.insert(key).inserted { columns.append(key) }
    }
    guard !columns.isEmpty else { return "" }
    var text = columns.map(quoted).joined(separator: ",") + "\n"
    for map in maps {
      text += columns.map { field(map[$0] ?? .null) }.joined(separator: ",") + "\n"
    }
    return text
  }

  private static func field(_ value: Value) -> String {
    value.isNull ? "" : quoted(value.printed)
  }

  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }

  /// The rows of a text as maps.
  ///
  /// - Throws: kind `value` for a row with more fields than the first line, and for a quote that is
  ///   never closed.
  static func rows(of text: String) throws(RunError) -> Value {
    var lines = try fields(of: text)
    guard !lines.isEmpty else { return .list([]) }
    let columns = lines.removeFirst()
    var rows: ContiguousArray<Value> = []
    for (number, line) in lines.enumerated() {
      guard line.count <= columns.count else {
        throw RunError(
          .value, "row \(number + 2) has \(line.count) fields, and the first line \(columns.count)")
      }
      var row = OrderedMap()
      for (index, column) in columns.enumerated() {
        row[column] = index < line.count ? value(of: line[index]) : .null
      }
      rows.append(.map(row))
    }
    return .list(rows)
  }

  private static func value(of field: String) -> Value {
    switch field {
    case "": .null
    case "true": .boolean(true)
    case "false": .boolean(false)
    default: Value(number: field) ?? .string(field)
    }
  }

  private static func fields(of text: String) throws(RunError) -> [[String]] {
    var lines: [[String]] = []
    var line: [String] = []
    var field = ""
    var isQuoted = false
    var characters = text.makeIterator()
    var pending: Character?
    while let character = pending ?? characters.next() {
      pending = nil
      if isQuoted {
        guard character == "\"" else {
          field.append(character)
          continue
        }
        pending = characters.next()
        if pending == "\"" {
          field.append("\"")
          pending = nil
        } else {
          isQuoted = false
        }
        continue
      }
      switch character {
      case "\"" where field.isEmpty: isQuoted = true
      case ",":
        line.append(field)
        field = ""
      case "\n", "\r\n", "\r":
        lines.append(line + [field])
        (line, field) = ([], "")
      default: field.append(character)
      }
    }
    if isQuoted { throw RunError(.value, "a quote is never closed") }
    if !field.isEmpty || !line.isEmpty { lines.append(line + [field]) }
    return lines
  }
}

extension Value {
  /// The number that a text writes, with a sign or without; nil for any other text.
  init?(number text: String) {
    let isNegative = text.hasPrefix("-")
    switch NumberLiteral(isNegative ? String(text.dropFirst()) : text) {
    case .integer(let value): self = .integer(isNegative ? -value : value)
    case .real(let value): self = .real(isNegative ? -value : value)
    case .tooLarge, .malformed: return nil
    }
  }
}

import Schema

extension Value {
  /// Compact JSON: numbers as `print` writes them, nan and infinities as null, ranges, functions and
  /// handles as strings, `/` not escaped.
  public var json: String {
    var result = ""
    writeJSON(to: &result)
    return result
  }

  private func writeJSON(to result: inout String) {
    switch self {
    case .null: result += "null"
    case .boolean(let value): result += value ? "true" : "false"
    case .integer(let value): result += String(value)
    case .real(let value): result += value.isFinite ? formatReal(value) : "null"
    case .object(let object):
      switch object.tag {
      case .string: writeJSONString(unsafeDowncast(object, to: StringObject.self).text, to: &result)
      case .list:
        result += "["
        var isFirst = true
        for element in unsafeDowncast(object, to: ListObject.self).elements {
          if !isFirst { result += "," }
          isFirst = false
          element.writeJSON(to: &result)
        }
        result += "]"
      case .map:
        let entries = unsafeDowncast(object, to: MapObject.self).entries
        result += "{"
        for i in 0..<entries.count {
          if i > 0 { result += "," }
          writeJSONString(entries.keys[i], to: &result)
          result += ":"
          entries.values[i].writeJSON(to: &result)
        }
        result += "}"
      default: writeJSONString(source, to: &result)
      }
    }
  }
}

/// Appends `text` as a JSON string.
package func writeJSONString(_ text: String, to result: inout String) {
  result += "\""
  // Most text needs no escape and goes in whole.
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
    result += text
  } else {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
  result += "\""
}

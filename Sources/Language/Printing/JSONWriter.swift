import Schema

extension Value {
  /// Compact JSON: numbers as `print` writes them, nan and infinities as null, ranges, functions and
  /// handles as strings, `/` not escaped.
  public var json: String { written(in: .json) }
}

extension Notation {
  fileprivate static let json = Notation(
    comma: ",", colon: ":", writeKey: writeJSONString, writeLeaf: writeJSON)

  private static func writeJSON(_ value: Value, to result: inout String) {
    switch value {
    case .real(let value) where !value.isFinite: result += "null"
    case .object: writeJSONString(value.printed, to: &result)
    default: source.writeLeaf(value, &result)
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

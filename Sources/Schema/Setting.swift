/// A plain value that a parameter can be set to: what defaults, presets, stored configurations
/// and a search's spaces are made of.
///
/// It is data only. Functions and handles (agents, environments, …) are values of the language and
/// never settings.
public enum Setting: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int)
  case real(Double)
  case string(String)
  case list([Setting])
  /// Keys in their order of writing.
  case map([Entry])

  /// One key of a map with what is under it.
  public struct Entry: Sendable, Hashable {
    /// The key, any string.
    public var key: String
    /// What is under it.
    public var value: Setting

    /// An entry with this key and value.
    public init(_ key: String, _ value: Setting) {
      self.key = key
      self.value = value
    }
  }
}

extension Setting: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  /// `null`, written nil.
  public init(nilLiteral: ()) { self = .null }
  /// A boolean as written.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  /// An integer as written.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A real as written.
  public init(floatLiteral value: Double) { self = .real(value) }
  /// A string as written.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A list as written.
  public init(arrayLiteral elements: Setting...) { self = .list(elements) }
}

extension Setting {
  /// The boolean, or nil for any other kind.
  public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

  /// The integer, or nil for any other kind.
  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The number, an integer widened, or nil for any other kind.
  public var real: Double? {
    switch self {
    case .real(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// The string, or nil for any other kind.
  public var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The elements of a list, or nil for any other kind.
  public var list: [Setting]? { if case .list(let value) = self { value } else { nil } }

  /// What is under `key` in a map; nil for a missing key and for any other kind.
  public subscript(key: String) -> Setting? {
    guard case .map(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The name of its type, as the language's `type` gives it.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .integer: "integer"
    case .real: "real"
    case .string: "string"
    case .list: "list"
    case .map: "map"
    }
  }
}

extension Setting: CustomStringConvertible {
  /// As the language's source would write it: `[1, 2.0, "a"]`.
  public var description: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .real(let value): formatReal(value)
    case .string(let value): quote(value)
    case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
    case .map(let entries):
      "{"
        + entries.map { "\(isIdentifier($0.key) ? $0.key : quote($0.key)): \($0.value)" }
        .joined(separator: ", ") + "}"
    }
  }
}

/// Whether a map's key can stand without quotes: a letter of any script or `_`, then letters,
/// digits and `_`.
public func isIdentifier(_ text: String) -> Bool {
  guard let first = text.unicodeScalars.first, first == "_" || first.properties.isAlphabetic else {
    return false
  }
  return text.unicodeScalars.allSatisfy {
    $0 == "_" || $0.properties.isAlphabetic || $0.properties.numericType != nil
      || $0.properties.isGraphemeExtend
  }
}

/// `text` between double quotes, escaped so that the language reads the same string back.
public func quote(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case "{": result += "\\{"
    case "}": result += "\\}"
    case "\u{0}"..<"\u{20}", "\u{7F}": result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// The shortest text that reads back as the same double, always with a point or an exponent, in
/// Python's layout: `2.0`, `0.1`, `1e-05`, `1e+20`, `inf`, `nan`.
public func formatReal(_ value: Double) -> String {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value < 0 ? "-inf" : "inf" }
  // Swift prints the shortest digits too; only where the exponent begins and its form differ.
  let text = value.description
  if 1e-4..<1e15 ~= abs(value) { return text }
  let sign = text.hasPrefix("-") ? "-" : ""
  var mantissa = sign.isEmpty ? Substring(text) : text.dropFirst()
  var exponent = 0
  if let e = mantissa.firstIndex(where: { $0 == "e" || $0 == "E" }) {
    exponent = Int(mantissa[mantissa.index(after: e)...])!
    mantissa = mantissa[..<e]
  }
  let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
  let fraction = parts.count > 1 && parts[1] != "0" ? parts[1] : ""
  var digits = Array(String(parts[0] + fraction).utf8)
  // The decimal point stands behind `point` digits.
  var point = parts[0].count + exponent
  let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
  if zeros == digits.count { return sign + "0.0" }
  digits.removeFirst(zeros)
  point -= zeros
  while digits.last == UInt8(ascii: "0") { digits.removeLast() }
  let all = String(decoding: digits, as: UTF8.self)
  if point > 16 || point < -3 {
    let power = point - 1
    let head = all.prefix(1) + (all.count > 1 ? "." + all.dropFirst() : "")
    let size = abs(power) < 10 ? "0\(abs(power))" : "\(abs(power))"
    return sign + head + "e" + (power < 0 ? "-" : "+") + size
  }
  if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + all }
  if point >= all.count {
    return sign + all + String(repeating: "0", count: point - all.count) + ".0"
  }
  return sign + all.prefix(point) + "." + all.dropFirst(point)
}

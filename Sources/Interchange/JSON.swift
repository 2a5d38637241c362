import Schema

/// JSON (RFC 8259) to and from plain values. Maps keep the order of their keys, integers stay
/// integers and reals stay reals, so that what was written is read back the same; only nan, which
/// JSON cannot say, becomes null.
package enum JSON {
  /// The value that `text` holds, white space around it allowed.
  package static func read(_ text: String) throws(InterchangeError) -> Setting {
    try read(Array(text.utf8))
  }

  /// The value that `bytes` hold, which must be valid UTF-8. The bytes are not trusted: nesting is
  /// limited and a key may stand only once in a map.
  package static func read(_ bytes: [UInt8]) throws(InterchangeError) -> Setting {
    var reader = JSONReader(bytes: bytes)
    let value = try reader.value()
    reader.skipSpace()
    if reader.offset < bytes.count { throw reader.fault("something follows the value") }
    return value
  }

  /// `setting` without white space. Reals have a point or an exponent; an infinity is a number too
  /// large for a double, which reads back as infinity.
  package static func write(_ setting: Setting) -> String {
    var text = ""
    append(setting, to: &text)
    return text
  }

  private static func append(_ setting: Setting, to text: inout String) {
    switch setting {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .real(let value):
      if value.isNaN {
        text += "null"
      } else if value.isInfinite {
        text += value < 0 ? "-1e999" : "1e999"
      } else {
        text += formatReal(value)
      }
    case .string(let value): append(value, to: &text)
    case .list(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        append(element, to: &text)
      }
      text += "]"
    case .map(let entries):
      text += "{"
      for (index, entry) in entries.enumerated() {
        if index > 0 { text += "," }
        append(entry.key, to: &text)
        text += ":"
        append(entry.value, to: &text)
      }
      text += "}"
    }
  }

  private static func append(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

/// Reads one value after the other from bytes, by recursive descent.
private struct JSONReader {
  /// Deeper than any configuration, and far from the end of the stack.
  static let deepest = 128

  let bytes: [UInt8]
  var offset = 0
  var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  func fault(_ reason: String) -> InterchangeError { .json(offset: offset, reason: reason) }

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  /// Takes `byte` if it comes next, white space before it skipped.
  mutating func take(_ byte: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: byte) else { return false }
    offset += 1
    return true
  }

  mutating func value() throws(InterchangeError) -> Setting {
    skipSpace()
    switch next {
    case nil: throw fault("it ends where a value should stand")
    case UInt8(ascii: "{"):
      return try nested { reader throws(InterchangeError) in try reader.map() }
    case UInt8(ascii: "["):
      return try nested { reader throws(InterchangeError) in try reader.list() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(
    _ read: (inout JSONReader) throws(InterchangeError) -> Setting
  ) throws(InterchangeError) -> Setting {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw fault("it nests deeper than \(Self.deepest)") }
    offset += 1
    return try read(&self)
  }

  private mutating func list() throws(InterchangeError) -> Setting {
    var elements: [Setting] = []
    if take("]") { return .list(elements) }
    repeat { elements.append(try value()) } while take(",")
    if !take("]") { throw fault("`,` or `]` should stand here") }
    return .list(elements)
  }

  private mutating func map() throws(InterchangeError) -> Setting {
    var entries: [Setting.Entry] = []
    var keys: Set<String> = []
    if take("}") { return .map(entries) }
    repeat {
      skipSpace()
      if next != UInt8(ascii: "\"") { throw fault("a key in quotes should stand here") }
      let key = try string()
      if !keys.insert(key).inserted { throw fault("the key \(quote(key)) stands twice") }
      if !take(":") { throw fault("`:` should stand here") }
      entries.append(.init(key, try value()))
    } while take(",")
    if !take("}") { throw fault("`,` or `}` should stand here") }
    return .map(entries)
  }

  private mutating func word(
    _ text: String, _ value: Setting
  ) throws(InterchangeError) -> Setting {
    guard bytes[offset...].starts(with: text.utf8) else { throw fault("no value begins so") }
    offset += text.utf8.count
    return value
  }

  private mutating func number() throws(InterchangeError) -> Setting {
    let start = offset
    var isReal = false
    if next == UInt8(ascii: "-") { offset += 1 }
    let whole = digits()
    if whole == 0 { throw fault("no value begins so") }
    if whole > 1, bytes[offset - whole] == UInt8(ascii: "0") {
      throw fault("a number has a zero in front")
    }
    if next == UInt8(ascii: ".") {
      isReal = true
      offset += 1
      if digits() == 0 { throw fault("digits should follow the point") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isReal = true
      offset += 1
      if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { offset += 1 }
      if digits() == 0 { throw fault("digits should follow the exponent") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if !isReal, let value = Int(text) { return .integer(value) }
    guard let value = Double(text) else { throw fault("the number \(text) cannot be read") }
    return .real(value)
  }

  /// Skips digits and says how many there were.
  private mutating func digits() -> Int {
    let start = offset
    while let byte = next, byte &- UInt8(ascii: "0") < 10 { offset += 1 }
    return offset - start
  }

  private mutating func string() throws(InterchangeError) -> String {
    let start = offset
    offset += 1
    var content: [UInt8] = []
    while true {
      guard let byte = next else {
        offset = start
        throw fault("a string is not closed")
      }
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        let text = String(decoding: content, as: UTF8.self)
        // Decoding mends what is no UTF-8, and so differs from the bytes.
        guard text.utf8.elementsEqual(content) else { throw fault("a string is no valid UTF-8") }
        return text
      case UInt8(ascii: "\\"): content += try Array(String(escape()).utf8)
      case 0..<0x20: throw fault("a string holds a control character")
      default: content.append(byte)
      }
    }
  }

  /// The character that an escape stands for; its backslash is already taken.
  private mutating func escape() throws(InterchangeError) -> Unicode.Scalar {
    guard let byte = next else { throw fault("an escape is cut short") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try codeUnit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      // Beyond the first 65,536 characters, two halves make one.
      guard first < 0xDC00, bytes[offset...].starts(with: "\\u".utf8) else {
        throw fault("an escape is half of a character")
      }
      offset += 2
      let second = try codeUnit()
      guard (0xDC00..<0xE000).contains(second) else {
        throw fault("an escape is half of a character")
      }
      return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))!
    default: throw fault("no escape begins so")
    }
  }

  /// The number that four hexadecimal digits give.
  private mutating func codeUnit() throws(InterchangeError) -> UInt32 {
    let digits = bytes[offset...].prefix(4)
    guard digits.count == 4, !digits.contains(UInt8(ascii: "+")),
      !digits.contains(UInt8(ascii: "-")),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("four hexadecimal digits should follow") }
    offset += 4
    return value
  }
}

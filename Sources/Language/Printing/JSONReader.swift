/// Reads one JSON value. Numbers are read as the language's literals are: whole ones are integers, a
/// point or an exponent makes a real. Text that is no JSON, nesting beyond 512 and integers beyond 64
/// bits throw kind `value`, with the place in the message.
package func parseJSON(_ text: String) throws(RunError) -> Value {
  var reader = JSONReader(bytes: ContiguousArray(text.utf8))
  reader.skipSpace()
  let value = try reader.readValue(depth: 0)
  reader.skipSpace()
  guard reader.position == reader.bytes.count else { throw reader.unexpected() }
  return value
}

private struct JSONReader {
  let bytes: ContiguousArray<UInt8>
  var position = 0

  private static let deepest = 512

  init(bytes: ContiguousArray<UInt8>) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  mutating func readValue(depth: Int) throws(RunError) -> Value {
    guard depth < Self.deepest else { throw error("nests more than \(Self.deepest) deep") }
    switch next {
    case UInt8(ascii: "{"): return try readMap(depth: depth)
    case UInt8(ascii: "["): return try readList(depth: depth)
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .boolean(true))
    case UInt8(ascii: "f"): return try readWord("false", .boolean(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    default: return try readNumber()
    }
  }

  private mutating func readMap(depth: Int) throws(RunError) -> Value {
    var entries = OrderedMap()
    position += 1
    skipSpace()
    if take("}") { return .map(entries) }
    while true {
      guard next == UInt8(ascii: "\"") else { throw unexpected() }
      let key = try readString()
      skipSpace()
      guard take(":") else { throw unexpected() }
      skipSpace()
      entries[key] = try readValue(depth: depth + 1)
      skipSpace()
      if take("}") { return .map(entries) }
      guard take(",") else { throw unexpected() }
      skipSpace()
    }
  }

  private mutating func readList(depth: Int) throws(RunError) -> Value {
    var elements = ContiguousArray<Value>()
    position += 1
    skipSpace()
    if take("]") { return .list(elements) }
    while true {
      elements.append(try readValue(depth: depth + 1))
      skipSpace()
      if take("]") { return .list(elements) }
      guard take(",") else { throw unexpected() }
      skipSpace()
    }
  }

  private mutating func readWord(_ word: StaticString, _ value: Value) throws(RunError) -> Value {
    for i in 0..<word.utf8CodeUnitCount {
      guard next == word.utf8Start[i] else { throw unexpected() }
      position += 1
    }
    return value
  }

  private mutating func readNumber() throws(RunError) -> Value {
    let start = position
    _ = take("-")
    let whole = position
    guard skipDigits() else { throw unexpected() }
    if bytes[whole] == UInt8(ascii: "0"), position > whole + 1 {
      position = whole + 1
      throw unexpected()
    }
    var isWhole = true
    if take(".") {
      isWhole = false
      guard skipDigits() else { throw unexpected() }
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      guard skipDigits() else { throw unexpected() }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole {
      guard let integer = Int(text) else { throw error("has an integer beyond 64 bits: \(text)") }
      return .integer(integer)
    }
    guard let real = Double(text) else { throw unexpected() }
    return .real(real)
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = next, byte >= 0x30 && byte <= 0x39 { position += 1 }
    return position > start
  }

  private mutating func readString() throws(RunError) -> String {
    position += 1
    var start = position
    var result = ""
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        result += String(decoding: bytes[start..<position], as: UTF8.self)
        position += 1
        return result
      case UInt8(ascii: "\\"):
        result += String(decoding: bytes[start..<position], as: UTF8.self)
        position += 1
        result.unicodeScalars.append(try readEscape())
        start = position
      case 0..<0x20: throw unexpected()
      default: position += 1
      }
    }
    throw error("ends inside a string")
  }

  private mutating func readEscape() throws(RunError) -> Unicode.Scalar {
    guard let byte = next else { throw error("ends inside a string") }
    if byte == UInt8(ascii: "u") {
      position += 1
      return try readUnicodeEscape()
    }
    guard let scalar = Self.escapes[byte] else { throw unexpected() }
    position += 1
    return scalar
  }

  private static let escapes: [UInt8: Unicode.Scalar] = [
    UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
    UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
    UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
  ]

  /// Two halves of a pair make one character; a half alone becomes U+FFFD, since no string can
  /// hold it.
  private mutating func readUnicodeEscape() throws(RunError) -> Unicode.Scalar {
    let unit = try readFourDigits()
    guard 0xD800...0xDBFF ~= unit, position + 1 < bytes.count,
      bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
    else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
    let before = position
    position += 2
    let low = try readFourDigits()
    guard 0xDC00...0xDFFF ~= low else {
      position = before
      return "\u{FFFD}"
    }
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
  }

  private mutating func readFourDigits() throws(RunError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected()
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  func unexpected() -> RunError {
    guard position < bytes.count else { return error("ends too early") }
    let character = String(decoding: bytes[position...].prefix(8), as: UTF8.self).first ?? " "
    return error("has an unexpected \(String(character).debugDescription)")
  }

  private func error(_ what: String) -> RunError {
    let before = String(decoding: bytes.prefix(position), as: UTF8.self)
    let line = before.utf8.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
    let column = before.count - (before.lastIndex(of: "\n").map { before[...$0].count } ?? 0) + 1
    return RunError(.value, "the JSON \(what) at \(line):\(column)")
  }
}

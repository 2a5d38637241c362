import Schema

/// Settings as one line of text, exactly and without ambiguity: each value begins with a letter for
/// its type, texts with their length in bytes, lists and maps with their count.
extension Setting {
  /// The text that `init(encoded:)` reads back.
  package var encoded: String {
    switch self {
    case .null: "n"
    case .boolean(let value): value ? "t" : "f"
    case .integer(let value): "i\(value);"
    // By its bits: every double comes back as it was.
    case .real(let value): "r\(String(value.bitPattern, radix: 16));"
    case .string(let value): "s" + Self.encode(value)
    case .list(let values): "l\(values.count);" + values.map(\.encoded).joined()
    case .map(let entries):
      "m\(entries.count);" + entries.map { Self.encode($0.key) + $0.value.encoded }.joined()
    }
  }

  private static func encode(_ text: String) -> String { "\(text.utf8.count);\(text)" }

  /// Nil for anything but what `encoded` gave.
  package init?(encoded: String) {
    var reader = Reader(bytes: Array(encoded.utf8))
    guard let setting = reader.setting(), reader.position == reader.bytes.count else { return nil }
    self = setting
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    /// Deeper nesting than anyone writes would only exhaust the stack.
    mutating func setting(depth: Int = 0) -> Setting? {
      guard position < bytes.count, depth < 100 else { return nil }
      position += 1
      switch bytes[position - 1] {
      case UInt8(ascii: "n"): return .null
      case UInt8(ascii: "t"): return .boolean(true)
      case UInt8(ascii: "f"): return .boolean(false)
      case UInt8(ascii: "i"): return field().flatMap { Int($0) }.map(Setting.integer)
      case UInt8(ascii: "r"):
        return field().flatMap { UInt64($0, radix: 16) }.map { .real(Double(bitPattern: $0)) }
      case UInt8(ascii: "s"): return text().map(Setting.string)
      case UInt8(ascii: "l"):
        guard let count = count() else { return nil }
        var values: [Setting] = []
        for _ in 0..<count {
          guard let value = setting(depth: depth + 1) else { return nil }
          values.append(value)
        }
        return .list(values)
      case UInt8(ascii: "m"):
        guard let count = count() else { return nil }
        var entries: [Setting.Entry] = []
        for _ in 0..<count {
          guard let key = text(), let value = setting(depth: depth + 1) else { return nil }
          entries.append(Setting.Entry(key, value))
        }
        return .map(entries)
      default: return nil
      }
    }

    /// What stands before the next semicolon.
    private mutating func field() -> String? {
      guard let end = bytes[position...].firstIndex(of: UInt8(ascii: ";")) else { return nil }
      defer { position = end + 1 }
      return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private mutating func count() -> Int? {
      field().flatMap { Int($0) }.flatMap { (0...bytes.count).contains($0) ? $0 : nil }
    }

    private mutating func text() -> String? {
      guard let length = count(), length <= bytes.count - position else { return nil }
      defer { position += length }
      return String(decoding: bytes[position..<(position + length)], as: UTF8.self)
    }
  }
}

extension [String: Setting] {
  /// All of them as one text, by name.
  package var encoded: String {
    Setting.map(sorted { $0.key < $1.key }.map { Setting.Entry($0.key, $0.value) }).encoded
  }

  /// - Throws: `damagedArchive`.
  package init(encoded: String, name: String) throws(CoreError) {
    guard case .map(let entries)? = Setting(encoded: encoded) else {
      throw .damagedArchive(reason: "`\(name)` does not hold settings")
    }
    self = [:]
    for entry in entries { self[entry.key] = entry.value }
  }
}

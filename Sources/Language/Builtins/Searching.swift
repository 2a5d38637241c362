#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Taking strings apart by characters as a reader sees them. Plain text, whose characters are single
/// bytes, is taken apart by bytes.
extension String {
  /// Without white space at either end.
  var trimmed: String {
    guard let start = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[start...last])
  }

  /// What stands between runs of white space.
  var words: ContiguousArray<Value> {
    guard isBytewise else {
      return ContiguousArray(
        split(whereSeparator: \.isWhitespace).lazy.map { .string(String($0)) })
    }
    return bytes { bytes in
      var words = ContiguousArray<Value>()
      var start = 0
      for (i, byte) in bytes.enumerated() where byte == 0x20 || 0x09...0x0C ~= byte {
        if i > start { words.append(.string(bytes[start..<i])) }
        start = i + 1
      }
      if bytes.count > start { words.append(.string(bytes[start...])) }
      return words
    }
  }

  /// How many characters stand before the first occurrence of `part`; nil where there is none.
  func characterOffset(of part: String) -> Int? {
    guard isBytewise else { return Array(self).offset(of: Array(part)) }
    guard part.isBytewise else { return nil }
    return bytes { bytes in part.bytes { bytes.offset(of: $0, from: 0) } }
  }

  /// What stands between the occurrences of `separator`, which is not empty.
  func pieces(between separator: String) -> ContiguousArray<Value> {
    guard isBytewise else {
      return ContiguousArray(
        Array(self).pieces(between: Array(separator)).lazy.map { .string(String($0)) })
    }
    guard separator.isBytewise else { return [.string(self)] }
    return bytes { bytes in
      separator.bytes { separator in
        var pieces = ContiguousArray<Value>()
        var start = 0
        while let found = bytes.offset(of: separator, from: start) {
          pieces.append(.string(bytes[start..<found]))
          start = found + separator.count
        }
        pieces.append(.string(bytes[start...]))
        return pieces
      }
    }
  }

  /// With every occurrence of `old`, which is not empty, replaced.
  func replacing(_ old: String, by new: String) -> String {
    guard isBytewise else {
      return Language.joined(pieces(between: old), by: new) ?? self
    }
    guard old.isBytewise else { return self }
    return bytes { bytes in
      old.bytes { old in
        var result = ""
        result.reserveCapacity(bytes.count)
        var start = 0
        while let found = bytes.offset(of: old, from: start) {
          result += String(decoding: bytes[start..<found], as: UTF8.self)
          result += new
          start = found + old.count
        }
        return result + String(decoding: bytes[start...], as: UTF8.self)
      }
    }
  }

  private func bytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    var text = self
    return text.withUTF8(body)
  }
}

/// Strings put together, with `separator` between two; nil where one is no string.
func joined(_ values: ContiguousArray<Value>, by separator: String) -> String? {
  var result = ""
  for i in values.indices {
    guard case .object(let object) = values[i], object.tag == .string else { return nil }
    if i > 0 { result += separator }
    result += unsafeDowncast(object, to: StringObject.self).text
  }
  return result
}

extension Value {
  fileprivate static func string(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Value {
    .string(String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self))
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Where `part` stands first at or behind `start`.
  fileprivate func offset(of part: Self, from start: Int) -> Int? {
    guard let base = baseAddress, let first = part.first else {
      return part.isEmpty ? start : nil
    }
    var at = start
    while count - at >= part.count,
      let found = memchr(base + at, Int32(first), count - at - part.count + 1)
    {
      at = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      if memcmp(found, part.baseAddress!, part.count) == 0 { return at }
      at += 1
    }
    return nil
  }
}

extension [Character] {
  fileprivate func offset(of part: [Character], from start: Int = 0) -> Int? {
    guard start + part.count <= count else { return nil }
    return (start...count - part.count).first { self[$0..<$0 + part.count].elementsEqual(part) }
  }

  fileprivate func pieces(between separator: [Character]) -> [ArraySlice<Character>] {
    var pieces: [ArraySlice<Character>] = []
    var start = 0
    while let found = offset(of: separator, from: start) {
      pieces.append(self[start..<found])
      start = found + separator.count
    }
    return pieces + [self[start...]]
  }
}

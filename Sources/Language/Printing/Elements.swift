import Schema

/// What `for` goes over with one name: the elements of a list, the integers of a range, the
/// characters of a string, the keys of a map. Anything else throws kind `type`.
package func elements(of value: Value) throws(RunError) -> ContiguousArray<Value> {
  if let elements = value.elements { return elements }
  if let range = value.range {
    let count = range.count
    guard count <= mostElements else {
      throw RunError(.value, "`\(range.text)` has too many elements for a list")
    }
    var elements = ContiguousArray<Value>()
    elements.reserveCapacity(count)
    for i in 0..<count { elements.append(.integer(range.element(i))) }
    return elements
  }
  if let text = value.text { return text.characterValues }
  if let entries = value.entries {
    return ContiguousArray(entries.keys.lazy.map { Value.string($0) })
  }
  throw RunError(
    .type,
    "\(value.typeName.withArticle) has no elements; a list, a range, a string or a map does")
}

/// A list of more would take over 2 GiB: an error, rather than the end of the process.
let mostElements = 1 << 27
/// The same for the bytes of a string.
let mostBytes = 1 << 30

extension String {
  /// Whether every character is one byte, so that offsets of bytes count characters. A `\r\n` is
  /// one character of two.
  package var isBytewise: Bool {
    utf8.withContiguousStorageIfAvailable { bytes in
      var all: UInt8 = 0
      var hasReturn = false
      for byte in bytes {
        all |= byte
        hasReturn = hasReturn || byte == 0x0D
      }
      return all < 0x80 && !hasReturn
    } ?? false
  }

  /// The characters as strings.
  package var characterValues: ContiguousArray<Value> {
    if isBytewise { return ContiguousArray(utf8.lazy.map(Value.character)) }
    return ContiguousArray(lazy.map { .string(String($0)) })
  }

  /// How many characters a reader sees; much faster than `count` for plain text.
  package var characterCount: Int { isBytewise ? utf8.count : count }
}

extension Value {
  /// What may stand behind a dot: the members of a handle, the keys of a map that are names.
  package var memberNames: [String] {
    handle?.memberNames ?? entries?.keys.filter(isIdentifier) ?? []
  }

  /// The string of one plain character. All of them exist once: nobody changes a string that another
  /// holds too.
  package static func character(_ byte: UInt8) -> Value { characters[Int(byte)] }

  private static let characters = (0..<128).map {
    Value.string(String(Unicode.Scalar(UInt8($0))))
  }
}

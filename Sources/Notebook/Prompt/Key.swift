/// What a person pressed, whatever bytes the terminal sent for it.
package enum Key: Hashable, Sendable {
  case character(Unicode.Scalar)
  /// Ctrl with a lower-case letter or one of `@ \ ] ^ _`.
  case control(Character)
  /// Alt with a key that is a character.
  case meta(Unicode.Scalar)
  case enter
  /// Alt-Enter, Shift-Enter where the terminal tells it apart: a new line in the same cell.
  case lineBreak
  case tab, backTab, backspace, delete, escape
  case left, right, up, down, home, end, pageUp, pageDown, wordLeft, wordRight
  /// Text between the terminal's marks of a paste, its line ends made `\n`.
  case paste(String)
  /// An escape sequence that means nothing here.
  case unknown
}

/// Turns a terminal's bytes into keys, one byte at a time, so that whoever reads takes exactly the
/// bytes of a key and leaves the rest to the next reader.
///
/// An ESC alone and the start of a sequence look the same: where `isWaiting`, the caller waits a
/// moment for the next byte and calls `timeOut()` when none comes.
package struct KeyDecoder: Sendable {
  private var bytes: [UInt8] = []
  private var pasted: [UInt8]?

  package init() {}

  /// Whether a key is begun. A paste has no time limit, so it does not count.
  package var isWaiting: Bool { pasted == nil && !bytes.isEmpty }

  /// The key that this byte completes, if it does.
  package mutating func feed(_ byte: UInt8) -> Key? {
    if pasted != nil { return feedPaste(byte) }
    // A character broken off is dropped, and what breaks it off counts.
    if let first = bytes.first, first >= 0x80, byte & 0xC0 != 0x80 { bytes.removeAll() }
    bytes.append(byte)
    guard let key = decode() else { return nil }
    // After a lone ESC the second begins something of its own.
    let isDoubled = bytes == [escape, escape]
    bytes.removeAll(keepingCapacity: true)
    if isDoubled { bytes.append(escape) }
    return key
  }

  /// What was begun, taken as complete because no more bytes came.
  package mutating func timeOut() -> Key? {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes.isEmpty ? nil : bytes == [escape] ? .escape : .unknown
  }

  private mutating func decode() -> Key? {
    guard bytes[0] == escape else { return decodePlain(bytes[...]) }
    guard bytes.count > 1 else { return nil }
    switch bytes[1] {
    case UInt8(ascii: "["): return decodeControlSequence()
    case UInt8(ascii: "O"): return bytes.count < 3 ? nil : named(final: bytes[2], modifier: 1)
    case escape: return .escape
    default: return decodePlain(bytes[1...]).map(withAlt)
    }
  }

  /// A byte that is a key by itself, or a character in UTF-8.
  private func decodePlain(_ bytes: ArraySlice<UInt8>) -> Key? {
    let first = bytes[bytes.startIndex]
    switch first {
    case 13, 10: return .enter
    case 9: return .tab
    case 8, 127: return .backspace
    case 0: return .control("@")
    case 1...26: return .control(Character(Unicode.Scalar(first + 96)))
    case 27...31: return .control(Character(Unicode.Scalar(first + 64)))
    case 32...126: return .character(Unicode.Scalar(first))
    default: break
    }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1
    guard bytes.count >= length else { return nil }
    let text = String(decoding: bytes, as: UTF8.self).unicodeScalars
    guard let scalar = text.first, text.count == 1, scalar.value >= 0xA0, scalar != "\u{FFFD}"
    else { return .unknown }
    return .character(scalar)
  }

  private func withAlt(_ key: Key) -> Key {
    switch key {
    case .character(let scalar): .meta(scalar)
    case .enter: .lineBreak
    case .backspace: .meta("\u{7F}")
    default: key
    }
  }

  /// `ESC [ parameters final`, as xterm and those after it send keys with modifiers.
  private mutating func decodeControlSequence() -> Key? {
    guard let last = bytes.last, bytes.count > 2, (0x40...0x7E).contains(last) else {
      return bytes.count > 32 ? .unknown : nil
    }
    let numbers = bytes[2..<(bytes.count - 1)].split(separator: UInt8(ascii: ";"))
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    let modifier = numbers.count > 1 ? numbers[1] : 1
    switch last {
    case UInt8(ascii: "u"):  // The code of a character, then what was held with it.
      return numbers.first == 13 ? (modifier > 1 ? .lineBreak : .enter) : .unknown
    case UInt8(ascii: "~"):
      if numbers.first == 200 {
        pasted = []
        return nil
      }
      if numbers.first == 27, numbers.last == 13 { return .lineBreak }
      return numbered(numbers.first ?? 0)
    default: return named(final: last, modifier: modifier)
    }
  }

  private func numbered(_ number: Int) -> Key {
    switch number {
    case 1, 7: .home
    case 4, 8: .end
    case 3: .delete
    case 5: .pageUp
    case 6: .pageDown
    default: .unknown
    }
  }

  private func named(final: UInt8, modifier: Int) -> Key {
    let word = modifier == 3 || modifier == 5
    switch final {
    case UInt8(ascii: "A"): return .up
    case UInt8(ascii: "B"): return .down
    case UInt8(ascii: "C"): return word ? .wordRight : .right
    case UInt8(ascii: "D"): return word ? .wordLeft : .left
    case UInt8(ascii: "H"): return .home
    case UInt8(ascii: "F"): return .end
    case UInt8(ascii: "M"): return .enter
    case UInt8(ascii: "Z"): return .backTab
    default: return .unknown
    }
  }

  private mutating func feedPaste(_ byte: UInt8) -> Key? {
    pasted?.append(byte)
    guard byte == pasteEnd[pasteEnd.count - 1], let text = pasted,
      text.suffix(pasteEnd.count).elementsEqual(pasteEnd)
    else { return nil }
    pasted = nil
    bytes.removeAll(keepingCapacity: true)
    return .paste(plainText(text.dropLast(pasteEnd.count)))
  }
}

private let escape: UInt8 = 27
private let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

/// Line ends as `\n`, and none of the control characters that would act on the terminal.
private func plainText(_ bytes: ArraySlice<UInt8>) -> String {
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  var previous: UInt8 = 0
  for byte in bytes {
    switch byte {
    case 13: result.append(10)
    case 10: if previous != 13 { result.append(10) }
    case 0..<9, 11, 12, 14..<32, 127: break
    default: result.append(byte)
    }
    previous = byte
  }
  return String(decoding: result, as: UTF8.self)
}

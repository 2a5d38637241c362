import Language

/// A document that is open in an editor, whose places are a line and a count of UTF-16 code units,
/// both from 0.
struct TextDocument {
  let path: String
  private(set) var text: String
  var version: Value
  /// Where each line begins, as UTF-8 offsets.
  private var lineStarts: [Int]

  init(path: String, text: String, version: Value) {
    self.path = path
    self.text = text
    self.version = version
    lineStarts = Self.lineStarts(of: text)
  }

  /// Puts a text in the place of a stretch of UTF-8 offsets; of the whole where none is given.
  mutating func replace(_ range: Range<Int>?, by replacement: String) {
    if let range {
      var bytes = Array(text.utf8)
      bytes.replaceSubrange(range, with: replacement.utf8)
      text = String(decoding: bytes, as: UTF8.self)
    } else {
      text = replacement
    }
    lineStarts = Self.lineStarts(of: text)
  }

  /// The UTF-8 offset of a place; one behind a line's end is the end, and within a character its
  /// start.
  func offset(line: Int, character: Int) -> Int {
    guard line >= 0 else { return 0 }
    guard line < lineStarts.count else { return text.utf8.count }
    var offset = lineStarts[line]
    let end = line + 1 < lineStarts.count ? lineStarts[line + 1] : text.utf8.count
    var units = 0
    let scalars = text.unicodeScalars
    var index = text.utf8.index(text.startIndex, offsetBy: offset)
    while offset < end, !"\r\n".unicodeScalars.contains(scalars[index]) {
      units += scalars[index].utf16.count
      guard units <= character else { break }
      offset += scalars[index].utf8.count
      scalars.formIndex(after: &index)
    }
    return offset
  }

  /// Line and UTF-16 code units of a UTF-8 offset.
  func place(of offset: Int) -> (line: Int, character: Int) {
    let offset = min(max(offset, 0), text.utf8.count)
    // The last line that begins at or before the offset.
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let start = text.utf8.index(text.startIndex, offsetBy: lineStarts[low])
    let end = text.utf8.index(start, offsetBy: offset - lineStarts[low])
    return (low, text.unicodeScalars[start..<end].reduce(0) { $0 + $1.utf16.count })
  }

  /// A line ends with a line feed, a carriage return, or both.
  private static func lineStarts(of text: String) -> [Int] {
    var starts = [0]
    let bytes = Array(text.utf8)
    for (i, byte) in bytes.enumerated() {
      let endsPair = i + 1 < bytes.count && bytes[i + 1] == UInt8(ascii: "\n")
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && !endsPair {
        starts.append(i + 1)
      }
    }
    return starts
  }
}

import Language

/// Where each piece of a text stands on the screen: rows of at most `columns`, the first beginning
/// after the prompt.
struct EditLayout: Equatable, Sendable {
  struct Row: Equatable, Sendable {
    /// What stands in the row, by UTF-8 offsets into the text.
    var range: Range<Int>
    /// Columns taken, the prompt's included.
    var width: Int
  }

  private(set) var rows: [Row] = []
  private(set) var cursor: (row: Int, column: Int) = (0, 0)

  init(_ buffer: EditBuffer, promptWidth: Int, columns: Int) {
    var start = 0
    var offset = 0
    var column = promptWidth
    func endRow() {
      rows.append(Row(range: start..<offset, width: column))
      start = offset
      column = 0
    }
    for character in buffer.text {
      let isHere = offset..<(offset + character.utf8.count) ~= buffer.cursor
      if character == "\n" {
        if isHere { cursor = (rows.count, column) }
        endRow()
        offset += 1
        start = offset
        continue
      }
      let width = Self.shown(character, at: column).width
      if column + width > columns { endRow() }
      if isHere { cursor = (rows.count, column) }
      column += width
      offset += character.utf8.count
      // A full row is left at once, so that the cursor never hangs behind the last column.
      if column >= columns, width > 0 { endRow() }
    }
    if offset <= buffer.cursor { cursor = (rows.count, column) }
    endRow()
  }

  static func == (a: EditLayout, b: EditLayout) -> Bool {
    a.rows == b.rows && a.cursor == b.cursor
  }

  /// How a character is drawn at a column: tabs reach to the next eighth column, controls are shown
  /// by their letter.
  static func shown(_ character: Character, at column: Int) -> (text: String, width: Int) {
    if character == "\t" {
      let width = 8 - column % 8
      return (String(repeating: " ", count: width), width)
    }
    if let byte = character.asciiValue, byte < 32 || byte == 127 {
      return ("^" + String(Unicode.Scalar(byte ^ 64)), 2)
    }
    if let first = character.unicodeScalars.first, (0x80..<0xA0).contains(first.value) {
      return ("?", 1)
    }
    return (String(character), displayWidth(of: character))
  }
}

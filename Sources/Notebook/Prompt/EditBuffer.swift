import Language

/// The text of a cell being edited and the cursor in it: moves and edits as pure functions.
///
/// Offsets count UTF-8; moves go by characters as a reader sees them, so an accent or a flag is one
/// step.
struct EditBuffer: Equatable, Sendable {
  var text: String
  var cursor: Int

  init(_ text: String = "", cursor: Int? = nil) {
    self.text = text
    self.cursor = cursor ?? text.utf8.count
  }

  var isAtEnd: Bool { cursor == text.utf8.count }
  var beforeCursor: Substring { text[..<index(cursor)] }
  var afterCursor: Substring { text[index(cursor)...] }

  /// The line that the cursor is in, without its line break.
  var line: Range<Int> {
    let start = beforeCursor.utf8.lastIndex(of: newline).map { offset($0) + 1 } ?? 0
    let end = afterCursor.utf8.firstIndex(of: newline).map(offset) ?? text.utf8.count
    return start..<end
  }

  var isOnFirstLine: Bool { line.lowerBound == 0 }
  var isOnLastLine: Bool { line.upperBound == text.utf8.count }

  subscript(range: Range<Int>) -> Substring {
    text[index(range.lowerBound)..<index(range.upperBound)]
  }

  mutating func insert(_ piece: String) { replace(cursor..<cursor, with: piece) }

  /// Puts `piece` in place of `range`; the cursor ends after it.
  mutating func replace(_ range: Range<Int>, with piece: String) {
    text.replaceSubrange(index(range.lowerBound)..<index(range.upperBound), with: piece)
    cursor = range.lowerBound + piece.utf8.count
  }

  /// Takes `range` out and gives it back.
  mutating func remove(_ range: Range<Int>) -> String {
    let removed = String(self[range])
    replace(range, with: "")
    return removed
  }

  /// Where the cursor would be after each move.
  var left: Int { cursor - (beforeCursor.last?.utf8.count ?? 0) }
  var right: Int { cursor + (afterCursor.first?.utf8.count ?? 0) }

  var wordLeft: Int {
    let skipped = beforeCursor.reversed().drop { !isOfWord($0) }
    return skipped.drop(while: isOfWord).reduce(0) { $0 + $1.utf8.count }
  }

  var wordRight: Int {
    let skipped = afterCursor.drop { !isOfWord($0) }
    return text.utf8.count - skipped.drop(while: isOfWord).utf8.count
  }

  /// The same display column in the line above (`-1`) or below (`1`); nil where there is none.
  func vertical(_ direction: Int) -> Int? {
    let column = displayWidth(of: self[line.lowerBound..<cursor])
    var there = self
    if direction < 0 {
      guard !isOnFirstLine else { return nil }
      there.cursor = line.lowerBound - 1
    } else {
      guard !isOnLastLine else { return nil }
      there.cursor = line.upperBound + 1
    }
    var width = 0
    var target = there.line.lowerBound
    for character in there[there.line] {
      width += displayWidth(of: character)
      if width > column { break }
      target += character.utf8.count
    }
    return target
  }

  /// A new line that keeps the indentation, one step deeper after an opening bracket. Not within a
  /// text in `"""`, where spaces are content.
  mutating func breakLine(indenting: Bool) {
    let before = self[line.lowerBound..<cursor]
    guard indenting, !isInLongString else { return insert("\n") }
    let spaces = before.prefix { $0 == " " }
    let last = before.last { $0 != " " }
    let opens = last == "{" || last == "[" || last == "("
    insert("\n" + spaces + (opens ? "  " : ""))
  }

  /// Whether the cursor has only indentation before it, so that a closing brace goes back one step.
  var canOutdent: Bool {
    let before = self[line.lowerBound..<cursor]
    return before.utf8.count >= 2 && before.allSatisfy { $0 == " " } && !isInLongString
  }

  private var isInLongString: Bool {
    beforeCursor.split(separator: "\"\"\"", omittingEmptySubsequences: false).count % 2 == 0
  }

  private func index(_ offset: Int) -> String.Index {
    text.utf8.index(text.startIndex, offsetBy: offset)
  }

  private func offset(_ index: String.Index) -> Int {
    text.utf8.distance(from: text.startIndex, to: index)
  }
}

private let newline = UInt8(ascii: "\n")

private func isOfWord(_ character: Character) -> Bool {
  character.isLetter || character.isNumber || character == "_"
}

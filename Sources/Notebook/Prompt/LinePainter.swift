import Language

/// Draws a line being edited where the cursor can only go back to the start of its row: one row that
/// shows the part of the line round the cursor, without colour.
final class LinePainter {
  private let write: (String) -> Void
  private var shown = ""
  private var isAtEnd = true

  init(write: @escaping (String) -> Void) { self.write = write }

  func paint(prompt: String, buffer: EditBuffer, columns: Int) {
    let room = max(columns - 1, 1)
    let before = Array(prompt + Self.shown(buffer.beforeCursor))
    // The window ends at the cursor once the line is longer than the row.
    var start = before.count
    var width = 0
    while start > 0, width + displayWidth(of: before[start - 1]) <= room {
      start -= 1
      width += displayWidth(of: before[start])
    }
    let left = String(before[start...])
    var right = ""
    for character in Self.shown(buffer.afterCursor) {
      width += displayWidth(of: character)
      if width > room { break }
      right.append(character)
    }
    draw(left, right)
  }

  /// The cursor stands at the start of a fresh row.
  func forget() {
    shown = ""
    isAtEnd = true
  }

  private func draw(_ left: String, _ right: String) {
    let text = left + right
    defer {
      shown = text
      isAtEnd = right.isEmpty
    }
    if text == shown, isAtEnd, right.isEmpty { return }
    // What is typed at the end is only added, as a terminal's own echo would.
    if isAtEnd, right.isEmpty, text.hasPrefix(shown) {
      return write(String(text.dropFirst(shown.count)))
    }
    let leftOver = max(displayWidth(of: shown) - displayWidth(of: text), 0)
    let rest = right + String(repeating: " ", count: leftOver)
    write("\r" + left + rest + (rest.isEmpty ? "" : "\r" + left))
  }

  private static func shown(_ text: Substring) -> String {
    text.reduce(into: "") { $0 += EditLayout.shown($1, at: 0).text }
  }
}

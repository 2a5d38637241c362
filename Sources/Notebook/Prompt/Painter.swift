import CLineEditor
import Language

/// Draws the cell being edited in place: prompt, coloured text, hint, and a list below.
///
/// Everything is painted in one write, each row ended by hand so that no terminal's way of wrapping
/// matters. Input taller than the screen is seen through a window that follows the cursor.
final class Painter {
  struct Picture {
    var prompt: String
    var buffer: EditBuffer
    var highlights: [Highlight] = []
    var hint = ""
    /// Lines under the input, already styled and cut to the width.
    var below: [String] = []
  }

  var appearance: Appearance
  private let output: Int32
  /// Rows above the terminal's cursor that belong to what was painted, and their widths.
  private var widthsAbove: [Int] = []
  private var cursorColumn = 0
  private var top = 0

  init(output: Int32, appearance: Appearance) {
    self.output = output
    self.appearance = appearance
  }

  func paint(_ picture: Picture) {
    let promptWidth = displayWidth(of: picture.prompt)
    let columns = appearance.columns
    let layout = EditLayout(picture.buffer, promptWidth: promptWidth, columns: columns)
    let below = picture.below.prefix(appearance.rows / 2)
    let room = max(appearance.rows - below.count, 1)
    let cursor = layout.cursor
    top = min(max(top, cursor.row - room + 1, 0), cursor.row, max(layout.rows.count - room, 0))
    let shown = top..<min(top + room, layout.rows.count)

    var text = hideCursor + toStart()
    for row in shown {
      if row > top { text += "\r\n" }
      if row == 0 { text += appearance.styled(picture.prompt, .prompt) }
      text += painted(layout.rows[row], picture, column: row == 0 ? promptWidth : 0)
      var width = layout.rows[row].width
      if row == layout.rows.count - 1 {
        let hint = fitting(picture.hint, columns - width - 1)
        text += appearance.styled(hint, .hint)
        width += displayWidth(of: hint)
      }
      if width < columns { text += clearToRight }
    }
    for line in below { text += "\r\n" + line + clearToRight }
    text += clearBelow
    let rowsDown = shown.count + below.count - 1 - (cursor.row - top)
    if rowsDown > 0 { text += "\u{1B}[\(rowsDown)A" }
    text += "\r"
    if cursor.column > 0 { text += "\u{1B}[\(cursor.column)C" }
    write(text + showCursor)
    widthsAbove = layout.rows[top..<cursor.row].map(\.width)
    cursorColumn = cursor.column
  }

  /// Leaves the input as it stands, and puts the cursor on a fresh row below.
  func finish(_ picture: Picture) {
    var last = picture
    last.hint = ""
    last.below = []
    last.buffer.cursor = last.buffer.text.utf8.count
    paint(last)
    write("\r\n")
    forget()
  }

  /// Takes what was painted off the screen; the next picture begins where it was.
  func erase() {
    write(toStart() + clearBelow)
    forget()
  }

  func clearScreen() {
    write("\u{1B}[H\u{1B}[2J")
    forget()
  }

  /// The cursor stands where nothing is painted yet.
  func forget() {
    widthsAbove = []
    cursorColumn = 0
    top = 0
  }

  /// Takes a new size. Terminals break rows anew that have become too long, so that the start of
  /// what was painted lies further up.
  func resize(to appearance: Appearance) {
    self.appearance = appearance
    let columns = appearance.columns
    var rows = widthsAbove.reduce(0) { $0 + max(($1 + columns - 1) / columns, 1) }
    rows += cursorColumn / columns
    widthsAbove = Array(repeating: 0, count: min(rows, appearance.rows - 1))
  }

  func write(_ text: String) {
    var text = text
    text.withUTF8 { _ = terminal_write(output, $0.baseAddress, $0.count) }
  }

  private func toStart() -> String {
    widthsAbove.isEmpty ? "\r" : "\r\u{1B}[\(widthsAbove.count)A"
  }

  private func fitting(_ hint: String, _ room: Int) -> String {
    guard room > 0 else { return "" }
    let lines = hint.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let ellipsis = appearance.unicode ? "…" : "~"
    let shown = lines.count > 1 ? lines[0] + " " + ellipsis : hint[...]
    return truncated(String(shown), to: room, ellipsis: ellipsis)
  }

  private func painted(_ row: EditLayout.Row, _ picture: Picture, column: Int) -> String {
    var result = ""
    var column = column
    var offset = row.range.lowerBound
    var next = firstHighlight(in: picture.highlights, after: offset)
    var code: String?
    for character in picture.buffer[row.range] {
      while next < picture.highlights.count, picture.highlights[next].range.upperBound <= offset {
        next += 1
      }
      var wanted: String?
      if appearance.color, next < picture.highlights.count,
        picture.highlights[next].range.contains(offset)
      {
        wanted = picture.highlights[next].style.code
      }
      if wanted != code {
        result += "\u{1B}[0m" + (wanted.map { "\u{1B}[\($0)m" } ?? "")
        code = wanted
      }
      let (text, width) = EditLayout.shown(character, at: column)
      result += text
      column += width
      offset += character.utf8.count
    }
    return code == nil ? result : result + "\u{1B}[0m"
  }

  /// Highlights are in order, so the first that reaches beyond `offset` is found by halving.
  private func firstHighlight(in highlights: [Highlight], after offset: Int) -> Int {
    var low = 0
    var high = highlights.count
    while low < high {
      let middle = (low + high) / 2
      if highlights[middle].range.upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

private let clearToRight = "\u{1B}[K"
private let clearBelow = "\u{1B}[J"
private let hideCursor = "\u{1B}[?25l"
private let showCursor = "\u{1B}[?25h"

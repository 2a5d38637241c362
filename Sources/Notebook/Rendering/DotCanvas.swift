import Glibc

/// A grid of dots drawn with Braille patterns, two by four in a character; each character has one
/// style, the last one drawn there. Where there is only ASCII a dot is a whole character.
struct DotCanvas {
  let columns: Int
  let rows: Int
  /// The size in dots.
  var width: Int { columns * dotsAcross }
  var height: Int { rows * dotsDown }

  private let dotsAcross: Int
  private let dotsDown: Int
  private let appearance: Appearance
  private var patterns: [UInt8]
  private var marks: [Character]
  private var styles: [Style]

  init(columns: Int, rows: Int, appearance: Appearance) {
    self.columns = max(columns, 1)
    self.rows = max(rows, 1)
    self.appearance = appearance
    dotsAcross = appearance.unicode ? 2 : 1
    dotsDown = appearance.unicode ? 4 : 1
    let count = self.columns * self.rows
    patterns = Array(repeating: 0, count: count)
    marks = Array(repeating: " ", count: count)
    styles = Array(repeating: .plain, count: count)
  }

  /// Sets a dot, counted from the left and from the top; outside nothing happens.
  mutating func set(_ x: Int, _ y: Int, _ style: Style, mark: Character = "*") {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let cell = y / dotsDown * columns + x / dotsAcross
    patterns[cell] |= brailleBits[y % dotsDown][x % dotsAcross]
    marks[cell] = mark
    styles[cell] = style
  }

  /// A straight line between two dots, both included; a dotted one leaves out two of three.
  mutating func line(
    _ start: (x: Int, y: Int), _ end: (x: Int, y: Int), _ style: Style, mark: Character = "*",
    isDotted: Bool = false
  ) {
    let count = max(abs(end.x - start.x), abs(end.y - start.y), 1)
    for i in 0...count {
      let share = Double(i) / Double(count)
      let x = Double(start.x) + Double(end.x - start.x) * share
      let y = Double(start.y) + Double(end.y - start.y) * share
      let dot = (x: Int(x.rounded()), y: Int(y.rounded()))
      // By place and not by count, so that short pieces of a curve have gaps too.
      if isDotted, dot.x % 3 != 0, dot.y % 3 != 0 { continue }
      set(dot.x, dot.y, style, mark: mark)
    }
  }

  mutating func fill(_ x: ClosedRange<Int>, _ y: ClosedRange<Int>, _ style: Style, mark: Character)
  {
    for row in y { for column in x { set(column, row, style, mark: mark) } }
  }

  /// One text a row, without spaces at its end.
  func lines() -> [String] {
    (0..<rows).map { row in
      var text = ""
      var run = ""
      var style = Style.plain
      let cells = row * columns..<(row + 1) * columns
      let end = cells.last { patterns[$0] != 0 }.map { $0 + 1 } ?? cells.lowerBound
      for cell in cells.lowerBound..<end {
        let shown = patterns[cell] == 0 ? .plain : styles[cell]
        if shown != style {
          text += appearance.styled(run, style)
          run = ""
          style = shown
        }
        run.append(character(cell))
      }
      return text + appearance.styled(run, style)
    }
  }

  private func character(_ cell: Int) -> Character {
    guard patterns[cell] != 0 else { return " " }
    guard appearance.unicode else { return marks[cell] }
    return Character(Unicode.Scalar(0x2800 + UInt32(patterns[cell])) ?? " ")
  }
}

/// The bit of each dot, by row and column, in Unicode's Braille patterns.
private let brailleBits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

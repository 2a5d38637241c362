import Schema

/// The four ways to go on a grid.
enum Direction: Int, Sendable, CaseIterable {
  case up, right, down, left

  /// A quarter turn counter-clockwise.
  var turnedLeft: Direction { Direction(rawValue: (rawValue + 3) % 4)! }
  /// A quarter turn clockwise.
  var turnedRight: Direction { Direction(rawValue: (rawValue + 1) % 4)! }
  var opposite: Direction { Direction(rawValue: (rawValue + 2) % 4)! }
  var name: String { "\(self)" }
}

/// A rectangle of cells, numbered row by row from 0 in the upper left corner.
struct Grid: Sendable, Hashable {
  var rows: Int
  var columns: Int

  var count: Int { rows * columns }

  /// The cell beside `cell`; nil beyond the edge.
  func neighbor(of cell: Int, _ direction: Direction) -> Int? {
    switch direction {
    case .up: cell >= columns ? cell - columns : nil
    case .right: (cell + 1) % columns != 0 ? cell + 1 : nil
    case .down: cell + columns < count ? cell + columns : nil
    case .left: cell % columns != 0 ? cell - 1 : nil
    }
  }
}

extension Setting {
  /// The rows of a map that was given as a list of them or as a text of lines; nil for neither.
  var mapRows: [String]? {
    if let text = string {
      return text.split(whereSeparator: \.isNewline).map(String.init)
    }
    return list?.compactMap(\.string)
  }
}

/// A grid drawn as text, a letter a cell.
struct TextMap: Sendable, Hashable {
  let grid: Grid
  let letters: [Character]

  /// A map known to be right.
  init(_ lines: [String]) {
    grid = Grid(rows: lines.count, columns: lines[0].count)
    letters = Array(lines.joined())
  }

  /// A map that a user gave.
  ///
  /// - Parameters:
  ///   - lines: the rows, all of the same length.
  ///   - letters: what may stand in them, with what each means.
  ///   - required: the letters of which there must be at least one.
  ///   - setting: the name of the option, for an error.
  /// - Throws: `invalidSetting`.
  init(
    _ lines: [String], letters: KeyValuePairs<Character, String>, required: [Character],
    setting: String
  ) throws(CoreError) {
    let all = Array(lines.joined())
    let columns = lines.first?.count ?? 0
    let isRectangle = columns > 0 && lines.allSatisfy { $0.count == columns }
    let isKnown = all.allSatisfy { letter in letters.contains { $0.key == letter } }
    guard isRectangle, isKnown, required.allSatisfy(all.contains) else {
      let legend = letters.map { "`\($0.key)` \($0.value)" }.joined(separator: ", ")
      let needed = required.map { "`\($0)`" }.joined(separator: " and ")
      throw .invalidSetting(
        name: setting, value: .list(lines.map(Setting.string)),
        expected: "rows of one length made of \(legend), with at least one \(needed)")
    }
    self.init(lines)
  }

  /// The map with whoever walks it in a cell.
  func picture(standingIn cell: Int) -> [String] {
    var shown = letters
    shown[cell] = "@"
    return (0..<grid.rows).map { String(shown[$0 * grid.columns..<($0 + 1) * grid.columns]) }
  }

  /// The cells with that letter, in order.
  func cells(_ letter: Character) -> [Int] { letters.indices.filter { letters[$0] == letter } }
}

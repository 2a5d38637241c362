import Language
import Store

/// What the cells of this session were and what they put out, in order: what `export` writes.
///
/// At the prompt a cell is what was typed; a script's cells begin at its `# %%` lines.
package struct Journal {
  /// A piece of what a cell put out.
  package enum Item {
    case text(String)
    /// With what was drawn for it in the terminal, if anything.
    case picture(Picture, lines: [String])
  }

  package struct Cell {
    package var number: Int
    /// What stands behind `# %%`; empty for none.
    package var title = ""
    package var source: String
    package var items: [Item] = []
    /// Nil while it runs.
    package var outcome: CellRecord.Outcome?
  }

  package private(set) var cells: [Cell] = []

  mutating func begin(_ cell: Cell) { cells.append(cell) }

  /// Ends the cell that runs, if one does.
  mutating func end(_ outcome: CellRecord.Outcome, items: [Item]) {
    guard let last = cells.indices.last, cells[last].outcome == nil else { return }
    cells[last].outcome = outcome
    cells[last].items = items
  }

  /// The cells to be exported: those that succeeded, and in a script the one that runs, with what it
  /// put out so far.
  func exported(running items: [Item]?) -> [Cell] {
    cells.compactMap { cell in
      if cell.outcome == .succeeded { return cell }
      guard cell.outcome == nil, let items else { return nil }
      var cell = cell
      cell.items = items
      return cell
    }
  }
}

/// Something to look at that is more than text.
package enum Picture {
  case chart(Chart)
  case bars(Bars)
  case heatMap(HeatMap)
  case table(Table)
  case film(Film)

  /// As it is drawn in the terminal.
  func lines(width: Int, height: Int, appearance: Appearance) -> [String] {
    switch self {
    case .chart(let chart): chart.lines(width: width, height: height, appearance: appearance)
    case .bars(let bars): bars.lines(width: width, appearance: appearance)
    case .heatMap(let map): map.lines(width: width, appearance: appearance)
    case .table(let table): table.lines(width: width, appearance: appearance)
    case .film(let film): [film.title]
    }
  }

  /// As one still drawing; nil for what is better shown as text.
  var drawing: Drawing? {
    switch self {
    case .chart(let chart): chart.drawing()
    case .bars(let bars): bars.drawing()
    case .heatMap(let map): map.drawing()
    case .film(let film): film.lastFrame
    case .table: nil
    }
  }
}

extension Journal.Item {
  /// As it stood in the terminal, without colours.
  var plainText: String {
    switch self {
    case .text(let text): text
    case .picture(_, let lines): lines.map { withoutColour($0) + "\n" }.joined()
    }
  }
}

/// Follows a script's statements from cell to cell.
struct ScriptCells {
  private let source: Source
  private let cells: [Language.Cell]
  private var next = 0

  init(_ source: Source) {
    self.source = source
    cells = source.cells
  }

  /// The cells that begin at or before a statement and were not entered yet: those that hold nothing
  /// but comments, and the statement's own.
  mutating func entered(by statement: Span) -> [Journal.Cell] {
    var entered: [Journal.Cell] = []
    while next < cells.count, cells[next].span.start <= statement.start {
      entered.append(cell(next))
      next += 1
    }
    return entered
  }

  private func cell(_ index: Int) -> Journal.Cell {
    let bytes = Array(source.text.utf8)[cells[index].span.start..<cells[index].span.end]
    var text = String(decoding: bytes, as: UTF8.self)
    while text.last?.isWhitespace == true { text.removeLast() }
    return Journal.Cell(number: index + 1, title: cells[index].title, source: text)
  }
}

import Language

/// Rows of text under titles, each column as wide as it needs, cut where the terminal is narrow.
package struct Table: Equatable, Sendable {
  package var titles: [String]
  package var rows: [[String]]
  /// Nil lets a column of numbers stand right and any other left.
  package var alignments: [Alignment?]

  /// Rows may be shorter than the titles; what is missing is empty.
  package init(titles: [String], rows: [[String]], alignments: [Alignment?] = []) {
    self.titles = titles
    self.rows = rows
    self.alignments = alignments
  }

  /// The title line, a rule, and a line for each row, none wider than `width`. Columns that find no
  /// room at all are left out, and the title line ends with a sign of it.
  package func lines(width: Int, appearance: Appearance) -> [String] {
    guard !titles.isEmpty else { return [] }
    let cells = rows.map { row in
      titles.indices.map { $0 < row.count ? oneLine(row[$0], appearance) : "" }
    }
    let natural = titles.indices.map { column in
      max(
        displayWidth(of: titles[column]), cells.map { displayWidth(of: $0[column]) }.max() ?? 0, 1)
    }
    // A number that is cut says nothing.
    let least = titles.indices.map { column in
      isNumeric(column, cells) ? natural[column] : min(natural[column], narrowest)
    }
    let widths = fitted(natural, least: least, to: width)
    let ellipsis = appearance.unicode ? "…" : "~"
    let aligned = widths.indices.map { alignment(of: $0, cells) }

    func line(_ texts: [String]) -> String {
      var text = widths.indices.map { column in
        padded(
          truncated(texts[column], to: widths[column], ellipsis: ellipsis), to: widths[column],
          aligned[column])
      }.joined(separator: gap)
      while text.last == " " { text.removeLast() }
      return text
    }
    var heading = line(titles)
    if widths.count < titles.count, displayWidth(of: heading) + 2 <= width {
      heading += " " + ellipsis
    }
    let rule = widths.map { String(repeating: appearance.unicode ? "─" : "-", count: $0) }
      .joined(separator: gap)
    return [appearance.styled(heading, .emphasis), appearance.styled(rule, .hint)]
      + cells.map(line)
  }

  /// Takes room from the widest columns first, then leaves columns out from the right.
  private func fitted(_ natural: [Int], least: [Int], to width: Int) -> [Int] {
    var widths = natural
    func total() -> Int { widths.reduce(0, +) + gap.count * (widths.count - 1) }
    while total() > width {
      let wide = widths.indices.filter { widths[$0] > least[$0] }
      guard let widest = wide.map({ widths[$0] }).max() else {
        guard widths.count > 1 else { return [max(width, 1)] }
        widths = Array(natural.prefix(widths.count - 1))
        continue
      }
      for column in wide where widths[column] == widest && total() > width { widths[column] -= 1 }
    }
    return widths
  }

  private func alignment(of column: Int, _ cells: [[String]]) -> Alignment {
    if column < alignments.count, let given = alignments[column] { return given }
    return isNumeric(column, cells) ? .right : .left
  }

  private func isNumeric(_ column: Int, _ cells: [[String]]) -> Bool {
    let filled = cells.map { $0[column] }.filter { !$0.isEmpty && $0 != "null" }
    return !filled.isEmpty && filled.allSatisfy(isNumber)
  }

  private func isNumber(_ text: String) -> Bool {
    Double(text.last == "%" ? String(text.dropLast()) : text) != nil
  }

  private func oneLine(_ text: String, _ appearance: Appearance) -> String {
    guard text.contains(where: { $0.isNewline || $0 == "\t" }) else { return text }
    return text.split(whereSeparator: { $0.isNewline || $0 == "\t" })
      .joined(separator: appearance.unicode ? " ⏎ " : " / ")
  }
}

private let gap = "  "
private let narrowest = 6

import Language

/// Candidates laid out below the input: with summaries one a row, names alone in columns.
struct CompletionListing {
  var candidates: [Candidate]
  var selected: Int?

  /// Rows of at most `columns - 1`, no more than `maxRows`; those round the selected one are shown,
  /// and the last row says how many are left out.
  func rows(maxRows: Int, appearance: Appearance) -> [String] {
    guard maxRows > 0 else { return [] }
    let columns = max(appearance.columns - 1, 1)
    let hasSummaries = candidates.contains { !$0.summary.isEmpty }
    let perRow = hasSummaries ? 1 : max(columns / (labelWidth(columns) + 2), 1)
    let count = (candidates.count + perRow - 1) / perRow
    let fits = count <= maxRows
    let window = fits ? count : max(maxRows - 1, 1)
    let first = min(max((selected ?? 0) / perRow - window + 1, 0), count - window)
    var rows = (first..<(first + window)).map { row in
      (row * perRow..<min((row + 1) * perRow, candidates.count))
        .map { entry($0, columns, hasSummaries, appearance) }
        .joined(separator: "  ")
    }
    if !fits, maxRows > 1 {
      let left = candidates.count - window * perRow
      rows.append(appearance.styled(truncated("\(left) more", to: columns), .hint))
    }
    return rows
  }

  private func labelWidth(_ columns: Int) -> Int {
    let widest = candidates.map { displayWidth(of: $0.label) }.max() ?? 0
    let hasSummaries = candidates.contains { !$0.summary.isEmpty }
    return min(widest, hasSummaries && columns >= 40 ? columns / 2 : columns)
  }

  private func entry(
    _ index: Int, _ columns: Int, _ hasSummaries: Bool, _ appearance: Appearance
  ) -> String {
    let candidate = candidates[index]
    let ellipsis = appearance.unicode ? "…" : "~"
    let width = labelWidth(columns)
    let label = padded(truncated(candidate.label, to: width, ellipsis: ellipsis), to: width)
    let name = appearance.styled(label, index == selected ? .selected : .option)
    let room = columns - width - 2
    guard hasSummaries, room > 8 else { return name }
    let summary = truncated(candidate.summary, to: room, ellipsis: ellipsis)
    return name + "  " + appearance.styled(summary, .hint)
  }

  /// What all candidates begin with.
  var commonPrefix: String {
    guard var prefix = candidates.first?.text else { return "" }
    for candidate in candidates { prefix = prefix.commonPrefix(with: candidate.text) }
    return prefix
  }
}

extension String {
  fileprivate func commonPrefix(with other: String) -> String {
    String(zip(self, other).prefix { $0 == $1 }.map(\.0))
  }
}

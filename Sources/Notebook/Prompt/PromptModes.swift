import CLineEditor

/// Keys that open something of their own: the list of candidates, and the search in the history.
/// Each reads keys until one is not its own, and puts that one back.
extension Prompt {
  // MARK: Completion

  /// Puts in what all candidates share; where they part, lists them, and Tab goes round.
  func complete() {
    let start = buffer
    guard start.beforeCursor.contains(where: { !$0.isWhitespace }) || start.text.isEmpty else {
      return buffer.insert("  ")
    }
    var found = assistant.completions(in: start.text, at: start.cursor)
    let beginning = String(start[found.replacing])
    if found.wantsPath {
      let before = start[0..<found.replacing.lowerBound].last
      found.candidates += pathCandidates(
        for: beginning, inQuotes: before == "\"" || before == "'")
    }
    guard !found.candidates.isEmpty else { return }
    let listing = CompletionListing(candidates: found.candidates)
    let common = listing.commonPrefix
    if found.candidates.count == 1 || common.utf8.count > beginning.utf8.count {
      buffer.replace(found.replacing, with: common)
    }
    guard found.candidates.count > 1 else { return }
    if paints {
      choose(from: listing, replacing: found.replacing.lowerBound)
    } else {
      list(listing)
    }
  }

  private func choose(from listing: CompletionListing, replacing start: Int) {
    var listing = listing
    let typed = buffer
    let count = listing.candidates.count
    hint = ""
    while true {
      let appearance = painter.appearance
      let most = min(12, max(appearance.rows / 2 - 1, 1))
      let rows = listing.rows(maxRows: most, appearance: appearance)
      painter.paint(picture(below: rows))
      switch input.next() {
      case .key(.tab): listing.selected = listing.selected.map { ($0 + 1) % count } ?? 0
      case .key(.backTab): listing.selected = ((listing.selected ?? 0) + count - 1) % count
      case .key(.down) where listing.selected != nil:
        listing.selected = ((listing.selected ?? 0) + 1) % count
      case .key(.up) where listing.selected != nil:
        listing.selected = ((listing.selected ?? 0) + count - 1) % count
      case .key(.escape), .key(.control("g")):
        buffer = typed
        return
      case .key(.enter) where listing.selected != nil: return
      case .resized: resize()
      case let other: return input.unread(other)
      }
      guard let selected = listing.selected else { continue }
      var chosen = typed
      chosen.replace(start..<typed.cursor, with: listing.candidates[selected].text)
      buffer = chosen
    }
  }

  /// Where nothing can be painted in place: the list once, above a fresh prompt.
  private func list(_ listing: CompletionListing) {
    let rows = listing.rows(maxRows: 100, appearance: painter.appearance)
    painter.write("\n" + rows.joined(separator: "\n") + "\n")
    linePainter.forget()
  }

  // MARK: Search

  /// Ctrl-R: goes back to entries with what is typed anywhere in them.
  func searchHistory() -> UInt8 {
    guard paints else { return LINE_EDITOR_CONTINUE }
    let start = buffer
    var search = HistorySearch(history)
    while true {
      paint(search, or: start)
      switch input.next() {
      case .key(.character(let scalar)): search.extend(with: scalar)
      case .key(.paste(let text)): text.unicodeScalars.forEach { search.extend(with: $0) }
      case .key(.backspace), .key(.control("h")): search.shorten()
      case .key(.control("r")), .key(.up): search.older()
      case .key(.control("s")), .key(.down): search.newer()
      case .key(.control("g")), .key(.control("c")), .interrupted:
        InterruptFlag.shared.clear()
        buffer = start
        return LINE_EDITOR_CONTINUE
      case .resized: resize()
      case .woken, .timedOut, .key(.unknown): continue
      case let other:
        if let found = search.found { buffer = found }
        if other != .key(.escape), other != .key(.tab) { input.unread(other) }
        return LINE_EDITOR_CONTINUE
      }
    }
  }

  private func paint(_ search: HistorySearch, or start: EditBuffer) {
    let name = search.hasFailed ? "not in history" : "history"
    let label = "\(name): \(search.query)"
    var picture = picture()
    picture.buffer = search.found ?? start
    picture.highlights =
      search.match.map { [Highlight($0, .selected)] } ?? []
    picture.hint = ""
    let columns = painter.appearance.columns - 1
    picture.below = [
      painter.appearance.styled(
        truncated(label, to: columns), search.hasFailed ? .bad : .option)
    ]
    painter.paint(picture)
  }
}

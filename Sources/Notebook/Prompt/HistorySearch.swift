/// Ctrl-R's state: what is looked for, and where it was found.
struct HistorySearch {
  private let history: History
  private(set) var query = ""
  private var index: Int?
  private(set) var hasFailed = false

  init(_ history: History) { self.history = history }

  /// The entry found, the cursor after what was looked for.
  var found: EditBuffer? {
    index.map { EditBuffer(history.entries[$0], cursor: match?.upperBound) }
  }

  /// Where the query lies in the entry found.
  var match: Range<Int>? {
    guard let index, !query.isEmpty else { return nil }
    return History.place(of: query, in: history.entries[index])
  }

  mutating func extend(with scalar: Unicode.Scalar) {
    query.unicodeScalars.append(scalar)
    look(before: index.map { $0 + 1 } ?? history.entries.count)
  }

  mutating func shorten() {
    guard !query.isEmpty else { return }
    query.removeLast()
    look(before: history.entries.count)
  }

  mutating func older() { look(before: index ?? history.entries.count, otherThan: entry) }

  mutating func newer() {
    guard let index, !query.isEmpty else { return }
    let later = (index + 1..<history.entries.count).first {
      history.entries[$0] != entry && History.place(of: query, in: history.entries[$0]) != nil
    }
    hasFailed = later == nil
    self.index = later ?? index
  }

  private var entry: String? { index.map { history.entries[$0] } }

  /// What was found stays where nothing further back fits.
  private mutating func look(before end: Int, otherThan text: String? = nil) {
    guard !query.isEmpty else {
      index = nil
      hasFailed = false
      return
    }
    let found = history.entries[..<end].lastIndex {
      $0 != text && History.place(of: query, in: $0) != nil
    }
    hasFailed = found == nil
    index = found ?? index
  }
}

/// A walk through the history with Up and Down: only entries that begin with what was typed, and
/// back to the typed text at the end.
struct HistoryWalk {
  private let history: History
  private let typed: String
  private var index: Int
  private(set) var text: String

  init(_ history: History, from typed: String) {
    self.history = history
    self.typed = typed
    text = typed
    index = history.entries.count
  }

  /// The next older entry; false where there is none.
  mutating func back() -> Bool {
    guard let found = history.previous(before: index, prefix: typed, unlike: text) else {
      return false
    }
    index = found
    text = history.entries[found]
    return true
  }

  /// The next newer entry, in the end the typed text; false where the walk is there already.
  mutating func forward() -> Bool {
    guard index < history.entries.count else { return false }
    let found = history.next(after: index, prefix: typed, unlike: text)
    index = found ?? history.entries.count
    text = found.map { history.entries[$0] } ?? typed
    return true
  }
}

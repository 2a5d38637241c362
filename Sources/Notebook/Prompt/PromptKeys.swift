import CLineEditor

/// What each key does.
extension Prompt {
  func carryOut(_ key: Key) -> UInt8 {
    if key != .up, key != .down, key != .control("p"), key != .control("n") { walk = nil }
    switch key {
    case .enter: return accept()
    case .control("c"): return interrupt()
    case .control("d") where buffer.text.isEmpty: return endInput()
    case .control("z"): suspend()
    case .control("l"): clearScreen()
    case .control("r"): return searchHistory()
    case .control("v"): insertNextKey()
    case .tab: complete()
    case .up, .control("p"): goUp()
    case .down, .control("n"): goDown()
    case .right, .control("f"): if !acceptHint() { move(to: \.right) }
    case .end, .control("e"): if !acceptHint() { move(to: \.line.upperBound) }
    case .wordRight, .meta("f"): if !acceptHintWord() { move(to: \.wordRight) }
    case .left, .control("b"): move(to: \.left)
    case .home, .control("a"): move(to: \.line.lowerBound)
    case .wordLeft, .meta("b"): move(to: \.wordLeft)
    case .pageUp: buffer.cursor = 0
    case .pageDown: buffer.cursor = buffer.text.utf8.count
    case .control("_"): if let earlier = undo.takeBack() { buffer = earlier }
    default: edit(key)
    }
    return LINE_EDITOR_CONTINUE
  }

  private func edit(_ key: Key) {
    var edited = buffer
    switch key {
    case .lineBreak: edited.breakLine(indenting: !input.hasMore)
    case .paste(let text): edited.insert(text)
    case .backspace, .control("h"): _ = edited.remove(edited.left..<edited.cursor)
    case .delete, .control("d"): _ = edited.remove(edited.cursor..<edited.right)
    case .control("w"), .meta("\u{7F}"): killed = edited.remove(edited.wordLeft..<edited.cursor)
    case .meta("d"): killed = edited.remove(edited.cursor..<edited.wordRight)
    case .control("u"): killed = edited.remove(edited.line.lowerBound..<edited.cursor)
    case .control("k"):
      // At the end of a line its break goes, as in emacs.
      let end = edited.line.upperBound
      killed = edited.remove(edited.cursor..<(end == edited.cursor ? edited.right : end))
    case .control("y"): edited.insert(killed)
    case .character("}"):
      edited.replace(edited.cursor - 2..<edited.cursor, with: "}")
    default: return
    }
    buffer = edited
  }

  private func move(to place: (EditBuffer) -> Int) {
    let now = buffer
    buffer.cursor = place(now)
  }

  // MARK: History

  private func goUp() {
    if let above = buffer.vertical(-1), walk == nil || !buffer.isAtEnd {
      buffer.cursor = above
      return
    }
    var walk = walk ?? HistoryWalk(history, from: buffer.text)
    if walk.back() { buffer = EditBuffer(walk.text) }
    self.walk = walk
  }

  private func goDown() {
    if let below = buffer.vertical(1) {
      buffer.cursor = below
      return
    }
    guard var walk else { return }
    if walk.forward() { buffer = EditBuffer(walk.text) }
    self.walk = walk
  }

  // MARK: The hint

  private func acceptHint() -> Bool {
    guard !hint.isEmpty, buffer.isAtEnd else { return false }
    buffer = EditBuffer(buffer.text + hint)
    return true
  }

  private func acceptHintWord() -> Bool {
    guard !hint.isEmpty, buffer.isAtEnd else { return false }
    let typed = buffer.text
    var whole = EditBuffer(typed + hint, cursor: typed.utf8.count)
    whole.cursor = whole.wordRight
    buffer = EditBuffer(String(whole.beforeCursor))
    return true
  }

  /// Ctrl-V: the next key is text, whatever it does elsewhere.
  private func insertNextKey() {
    switch input.next() {
    case .key(.tab): buffer.insert("\t")
    case .key(.enter): buffer.insert("\n")
    case .key(.character(let scalar)): buffer.insert(String(scalar))
    case let other: input.unread(other)
    }
  }

  private func clearScreen() {
    if paints { painter.clearScreen() }
  }
}

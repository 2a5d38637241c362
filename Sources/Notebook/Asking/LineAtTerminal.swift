import Language

/// A line that a person edits at the terminal, from a text that is there already.
struct LineAtTerminal {
  let output: Output

  /// The edited text; nil where it was given up by Escape, or there is no terminal. Line breaks of the
  /// text are shown as `⏎` and stay.
  func edit(_ text: String) throws -> String? {
    guard let reader = KeyReader.open() else { return nil }
    defer { reader.close() }
    output.note("edit it into a better one; Enter takes it, Escape gives up")
    var buffer = EditBuffer(text)
    defer { output.note("") }
    while true {
      draw(buffer)
      switch reader.next() {
      case .interrupted: throw RunError.interrupted
      case .closed, .key(.escape): return nil
      case .key(.enter): return buffer.text
      case .key(let key): buffer.apply(key)
      case .timedOut: continue
      }
    }
  }

  /// As much as fits in a line, the cursor within it.
  private func draw(_ buffer: EditBuffer) {
    let room = max(output.progressAppearance.columns - 4, 10)
    var before = shown(buffer.beforeCursor)
    while displayWidth(of: before) > room * 3 / 4, !before.isEmpty { before.removeFirst() }
    var after = shown(buffer.afterCursor)
    while displayWidth(of: before + after) > room, !after.isEmpty { after.removeLast() }
    let back = displayWidth(of: after)
    output.noteWithoutEnd(
      "\r\u{1B}[K> " + before + after + (back > 0 ? "\u{1B}[\(back)D" : ""))
  }

  private func shown(_ text: Substring) -> String { String(text).replacing("\n", with: "⏎") }
}

extension EditBuffer {
  /// What a key does to a line; other keys do nothing.
  fileprivate mutating func apply(_ key: Key) {
    switch key {
    case .character(let scalar): insert(String(Character(scalar)))
    case .paste(let text): insert(text)
    case .lineBreak: insert("\n")
    case .left, .control("b"): cursor = left
    case .right, .control("f"): cursor = right
    case .wordLeft: cursor = wordLeft
    case .wordRight: cursor = wordRight
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = text.utf8.count
    case .backspace: _ = remove(left..<cursor)
    case .delete: _ = remove(cursor..<right)
    case .control("w"): _ = remove(wordLeft..<cursor)
    case .control("u"): _ = remove(0..<cursor)
    case .control("k"): _ = remove(cursor..<text.utf8.count)
    default: break
    }
  }
}

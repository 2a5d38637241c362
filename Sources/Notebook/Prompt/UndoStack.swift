/// Earlier states of the buffer. Letters typed one after the other are taken back together.
struct UndoStack {
  private var states: [EditBuffer] = []
  private var last = EditBuffer()
  private var isTyping = false

  /// Enough to mend a slip; a long paste makes each state as large as itself.
  private static let limit = 100

  mutating func note(_ buffer: EditBuffer) {
    defer { last = buffer }
    guard buffer.text != last.text else {
      if buffer.cursor != last.cursor { isTyping = false }
      return
    }
    let grewByOne =
      buffer.text.utf8.count - last.text.utf8.count <= 4 && buffer.cursor > last.cursor
    let typed = grewByOne && buffer.beforeCursor.last?.isWhitespace == false
    if !(typed && isTyping) { states.append(last) }
    if states.count > Self.limit { states.removeFirst() }
    isTyping = typed
  }

  /// The state before the last edit, if there was one.
  mutating func takeBack() -> EditBuffer? {
    guard let state = states.popLast() else { return nil }
    last = state
    isTyping = false
    return state
  }
}

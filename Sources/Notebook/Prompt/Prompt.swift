import CLineEditor
import Glibc
import Synchronization

package enum PromptResult: Equatable, Sendable {
  /// A cell to run; never blank, and already in the history.
  case cell(String)
  /// Ctrl-C: what was typed is in the history, and nothing is to be run.
  case interrupted
  /// Ctrl-D on an empty line, or the terminal is gone.
  case endOfInput
}

/// Reads cells at a terminal.
///
/// libedit keeps the buffer, the key maps (emacs, vi, the user's `.editrc`) and the terminal's modes.
/// Its drawing goes nowhere: it knows neither colour nor hints, and input taller than the screen is
/// beyond it. Instead the function that libedit asks for characters paints before it waits. Keys
/// are decoded there too; those that mean something here are handed to libedit as one private code,
/// which it hands to `act`, so that each runs within libedit's loop. On a terminal that cannot move
/// its cursor a cell is read line by line, each painted in one row.
///
/// Used by one thread only, except for `announce`.
package final class Prompt {
  package struct Options: Sendable {
    package var input: Int32 = STDIN_FILENO
    package var output: Int32 = STDOUT_FILENO
    /// Reads the user's `~/.editrc`.
    package var readsEditrc = true

    package init() {}
  }

  let assistant: any PromptAssistant
  let history: History
  let input: TerminalInput
  let painter: Painter
  /// Whether whole cells are painted in place, or else single lines.
  let paints: Bool
  let linePainter: LinePainter
  private let options: Options
  private(set) var editor: OpaquePointer!
  private let announcements = Mutex<[String]>([])

  private(set) var number = 1
  /// The key that the private code stands for.
  private var ownKey: Key?
  /// Characters that libedit is still to get for one key.
  private var codes: [UInt32] = []
  private var outcome: PromptResult?
  /// Whether the line has been left on the screen, with the cursor below it.
  private var hasLeft = false
  private var linesBefore = ""
  private var largest = (columns: 0, breaks: 0)
  private var lastShown: (text: String, highlights: [Highlight])?

  var walk: HistoryWalk?
  var hint = ""
  var killed = ""
  var undo = UndoStack()

  package init(
    assistant: some PromptAssistant, history: History, options: Options = Options()
  ) {
    self.assistant = assistant
    self.history = history
    self.options = options
    // libedit drops what it cannot name in the locale's character set.
    locale_use_utf8()
    input = TerminalInput(descriptor: options.input)
    let appearance = Appearance.of(descriptor: options.output)
    painter = Painter(output: options.output, appearance: appearance)
    paints = appearance.isLive
    linePainter = LinePainter(write: painter.write)
    let context = Unmanaged.passUnretained(self).toOpaque()
    editor = line_editor_create(
      options.input, options.output, context,
      { context, scalar in
        let prompt = Unmanaged<Prompt>.fromOpaque(context!).takeUnretainedValue()
        guard let code = prompt.nextCode() else { return 0 }
        scalar!.pointee = code
        return 1
      },
      { context, key in
        Unmanaged<Prompt>.fromOpaque(context!).takeUnretainedValue().act(on: key)
      })
    precondition(editor != nil, "libedit did not start: out of memory or descriptors")
    if options.readsEditrc { line_editor_source(editor) }
    line_editor_bind(editor)
  }

  deinit { line_editor_destroy(editor) }

  /// Lets the person edit a cell, shown after `[number] `, until it is to be run.
  package func readCell(number: Int) -> PromptResult {
    self.number = number
    terminal_guard_begin(options.input)
    defer { terminal_guard_end() }
    // Shells reset a size while a command ran; the signal may have gone to its handler.
    painter.appearance = Appearance.of(descriptor: options.output)
    InterruptFlag.shared.clear()
    setPasteMarks(true)
    defer { setPasteMarks(false) }
    linesBefore = ""
    while true {
      outcome = nil
      startLine()
      let ran = line_editor_run(editor)
      if let outcome { return outcome }
      if hasLeft { continue }
      if !ran { return .endOfInput }
      // vi's # ends a line by itself: it is kept, and not run.
      _ = interrupt()
      return .interrupted
    }
  }

  /// Prints above the cell being edited, from any thread, without disturbing it.
  package func announce(_ text: String) {
    announcements.withLock { $0.append(text) }
    signals_wake()
  }

  private func startLine() {
    walk = nil
    hint = ""
    hasLeft = false
    codes = []
    undo = UndoStack()
    painter.forget()
    linePainter.forget()
  }

  var promptText: String { "[\(number)] " }

  // MARK: The buffer, as libedit holds it

  var buffer: EditBuffer {
    get {
      var length: Int32 = 0
      var cursor: Int32 = 0
      let scalars = UnsafeBufferPointer(
        start: line_editor_text(editor, &length, &cursor), count: Int(length))
      var text = String.UnicodeScalarView()
      var offset = 0
      for (i, value) in scalars.enumerated() {
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        text.append(scalar)
        if i < cursor { offset += UTF8.width(scalar) }
      }
      return EditBuffer(String(text), cursor: offset)
    }
    set { store(newValue) }
  }

  /// Only what differs is put in, so that libedit's own undo and marks stay near the truth.
  private func store(_ new: EditBuffer) {
    let old = buffer.text.unicodeScalars.map(\.value)
    let scalars = new.text.unicodeScalars.map(\.value)
    let start = zip(old, scalars).prefix { $0 == $1 }.count
    let limit = min(old.count, scalars.count) - start
    let end = zip(old.reversed(), scalars.reversed()).prefix(limit).prefix { $0 == $1 }.count
    if old != scalars {
      let piece = scalars[start..<(scalars.count - end)]
      makeRoom(for: new.text)
      piece.withUnsafeBufferPointer {
        line_editor_replace(
          editor, Int32(start), Int32(old.count - end), $0.baseAddress, Int32($0.count))
      }
    }
    line_editor_set_cursor(editor, Int32(new.beforeCursor.unicodeScalars.count))
  }

  /// One key of libedit's own can put in as much as the longest text so far, out of its kill ring.
  private func makeRoom(for text: String) {
    var columns = 0
    var breaks = 0
    for byte in text.utf8 {
      // libedit shows what it cannot print as \U+10FFFF, the most that it takes for a character.
      columns += (32..<127).contains(byte) ? 1 : byte & 0xC0 == 0x80 ? 0 : 9
      if byte == 10 { breaks += 1 }
    }
    largest = (max(largest.columns, columns), max(largest.breaks, breaks))
    line_editor_make_room(
      editor, Int32(columns + largest.columns), Int32(breaks + largest.breaks))
  }

  // MARK: What libedit calls

  /// The next character for libedit; nil ends the input.
  private func nextCode() -> UInt32? {
    if !codes.isEmpty { return codes.removeFirst() }
    let before = buffer
    undo.note(before)
    makeRoom(for: before.text)
    while true {
      if !input.hasMore { paint() }
      switch input.next() {
      case .key(let key):
        if let code = code(for: key) { return code }
      case .interrupted: return code(for: .control("c"))
      case .resized: resize()
      case .continued: takeTerminal()
      case .woken: printAnnouncements()
      case .closed: return nil
      case .timedOut: continue
      }
    }
  }

  /// The character that stands for a key in libedit's maps; nil for keys without a meaning.
  private func code(for key: Key) -> UInt32? {
    switch key {
    // A count before a key could put in any amount at once; Alt-X asks on a line that is not seen.
    case .unknown, .meta("0"..."9"), .meta("x"), .meta("X"): return nil
    // For emacs keys a lone ESC would make the next letter a command.
    case .escape: return line_editor_is_vi(editor) ? 27 : nil
    case .character("}") where buffer.canOutdent && !input.hasMore: break
    case .character(let scalar): return scalar.value
    case .meta(let scalar) where !ownMetaKeys.contains(scalar):
      codes = [scalar.value]
      return 27
    case .control(let letter) where !ownControlKeys.contains(letter):
      return UInt32(letter.asciiValue ?? 0) & 0x1F
    default: break
    }
    ownKey = key
    return LINE_EDITOR_OWN_KEY
  }

  private func act(on code: UInt32) -> UInt8 {
    switch code {
    case UInt32(UInt8(ascii: "j")): return carryOut(.down)
    case UInt32(UInt8(ascii: "k")): return carryOut(.up)
    case UInt32(UInt8(ascii: "/")), UInt32(UInt8(ascii: "?")): return carryOut(.control("r"))
    case LINE_EDITOR_OWN_KEY: return carryOut(ownKey ?? .unknown)
    default: return carryOut(.unknown)
    }
  }

  // MARK: Ends of a line

  /// Runs what was typed, or goes on with the next line of it.
  func accept() -> UInt8 {
    let text = linesBefore + buffer.text
    let isComplete = assistant.completeness(of: text) != .incomplete
    if paints, !isComplete {
      var edited = buffer
      edited.breakLine(indenting: !input.hasMore)
      buffer = edited
      return LINE_EDITOR_CONTINUE
    }
    leave()
    if !isComplete {
      linesBefore = text + "\n"
    } else {
      linesBefore = ""
      if text.contains(where: { !$0.isWhitespace }) {
        history.append(text)
        outcome = .cell(text)
      }
    }
    return LINE_EDITOR_ACCEPT
  }

  func interrupt() -> UInt8 {
    history.append(linesBefore + buffer.text)
    leave()
    InterruptFlag.shared.clear()
    outcome = .interrupted
    return LINE_EDITOR_ACCEPT
  }

  func endInput() -> UInt8 {
    leave()
    outcome = .endOfInput
    return LINE_EDITOR_END
  }

  private func leave() {
    hasLeft = true
    if paints {
      painter.finish(picture())
    } else {
      paint()
      painter.write("\n")
      linePainter.forget()
    }
  }

  // MARK: Painting

  func picture(below: [String] = []) -> Painter.Picture {
    let buffer = buffer
    return Painter.Picture(
      prompt: promptText, buffer: buffer, highlights: highlights(of: buffer.text), hint: hint,
      below: below)
  }

  private func paint() {
    let buffer = buffer
    guard paints else {
      let prompt = linesBefore.isEmpty ? promptText : promptText.map { _ in " " }.joined()
      return linePainter.paint(
        prompt: prompt, buffer: buffer, columns: painter.appearance.columns)
    }
    hint = buffer.isAtEnd ? rest(of: buffer.text) : ""
    painter.paint(picture())
  }

  private func highlights(of text: String) -> [Highlight] {
    guard painter.appearance.color else { return [] }
    if let lastShown, lastShown.text == text { return lastShown.highlights }
    let found = assistant.highlights(of: text)
    lastShown = (text, found)
    return found
  }

  /// What may follow the text: the history first, then the declarations. Without colour it could not
  /// be told from what was typed.
  private func rest(of text: String) -> String {
    guard painter.appearance.color, !text.isEmpty, !text.hasSuffix("\n") else { return "" }
    if let i = history.previous(before: history.entries.count, prefix: text, unlike: text) {
      return String(history.entries[i].dropFirst(text.count))
    }
    return assistant.hint(for: text) ?? ""
  }

  // MARK: The terminal

  func resize() {
    painter.resize(to: Appearance.of(descriptor: options.output))
  }

  /// Sets the modes again after a stop.
  private func takeTerminal() {
    line_editor_prepare_terminal(editor, false)
    line_editor_prepare_terminal(editor, true)
    setPasteMarks(true)
    painter.forget()
    linePainter.forget()
  }

  /// Ctrl-Z: the whole job stops, as when the terminal sees the key itself.
  func suspend() {
    leave()
    hasLeft = false
    setPasteMarks(false)
    line_editor_prepare_terminal(editor, false)
    kill(0, SIGTSTP)
    // Going on is seen here; the signal that says so needs no further answer.
    _ = signals_take()
    line_editor_prepare_terminal(editor, true)
    setPasteMarks(true)
    resize()
  }

  private func printAnnouncements() {
    let texts = announcements.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    if paints { painter.erase() } else { painter.write("\r\n") }
    for text in texts { painter.write(text + "\r\n") }
    linePainter.forget()
  }

  private func setPasteMarks(_ on: Bool) {
    if paints { painter.write(on ? "\u{1B}[?2004h" : "\u{1B}[?2004l") }
  }
}

/// Keys that are carried out here; all others are libedit's.
private let ownControlKeys: Set<Character> = [
  "a", "b", "c", "d", "e", "f", "h", "k", "l", "n", "p", "r", "s", "u", "v", "w", "y", "z", "_",
]
private let ownMetaKeys: Set<Unicode.Scalar> = ["b", "d", "f", "\u{7F}"]

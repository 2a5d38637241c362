import Glibc
import Language
import Schema

/// Where a session's words go: results to standard output, progress and diagnostics to standard
/// error; with `--json` one object a line on standard output.
///
/// Text to something other than a terminal is buffered and written in large pieces; an event with
/// `--json` is written as it happens.
package final class Output {
  package let isJSON: Bool
  /// What the cell that runs has put out so far, for the notebook's record.
  var items: [Journal.Item] { text.isEmpty ? earlierItems : earlierItems + [.text(text)] }
  private var earlierItems: [Journal.Item] = []
  /// Text since the last picture.
  private var text = ""
  private var buffer: [UInt8] = []
  private var lastSent = ContinuousClock.now - Output.longestWait * 2
  private let destination: Destination
  private let isTerminal: Bool

  /// Where the words go.
  package enum Destination: Sendable {
    /// Standard output and standard error.
    case process
    /// Nowhere yet: they are kept for whoever takes them.
    case heldBack
    /// Nowhere, as in a rehearsal.
    case nowhere
  }

  private static let bufferSize = 1 << 15
  private static let longestWait = Duration.milliseconds(50)
  /// A cell's record keeps so much of its output: bytes of text between pictures, and pictures.
  private static let textLimit = 1 << 20
  private static let mostPictures = 200

  package init(isJSON: Bool, destination: Destination = .process) {
    self.isJSON = isJSON
    self.destination = destination
    isTerminal = destination == .process && isatty(STDOUT_FILENO) == 1
  }

  /// What may be drawn where results go; asked anew each time, since a terminal is resized.
  package var appearance: Appearance { Appearance.of(descriptor: STDOUT_FILENO) }

  /// What may be drawn where progress goes. With `--json` nothing is.
  package var progressAppearance: Appearance {
    isJSON ? Appearance() : Appearance.of(descriptor: STDERR_FILENO)
  }

  /// What `print` writes: a line of text, or the event of that name.
  package func printLine(_ text: String) {
    if isJSON {
      emit("print", [("text", .string(text))])
    } else {
      write(text + "\n")
    }
  }

  /// A part of a line, for text that comes piece by piece. Not with `--json`.
  func printPart(_ text: String) { write(text) }

  /// A line that is no output of the cell, such as the cell itself.
  func printAside(_ line: String) { send(line + "\n") }

  /// A value that a statement shows.
  package func show(_ value: Value) {
    if isJSON {
      emit("value", [("value", value)])
    } else {
      // What a handle says of itself is words, and not to be read back.
      write(value.shown + "\n", folds: value.handle != nil)
    }
  }

  /// Something that happened and that scripts may wait for. As text its line goes to standard output
  /// where the statement shows its value (`isShown`), and else to standard error as a record of
  /// what was done.
  package func report(_ event: Event, isShown: Bool) {
    if isJSON {
      emit(event.name, event.fields)
    } else if isShown {
      write(event.text + "\n", folds: true)
    } else {
      note(event.text)
    }
  }

  /// A table; with `--json` its rows as a value.
  func printTable(columns: [String], rows: [[String]], value: Value) {
    if isJSON {
      emit("value", [("value", value)])
    } else {
      let appearance = appearance
      let table = Table(titles: columns, rows: rows)
      let lines = table.lines(
        width: isTerminal ? appearance.columns : .max, appearance: appearance)
      printPicture(.table(table), lines: lines)
    }
  }

  /// A picture as it is drawn in the terminal; a report shows it as what it is.
  func printPicture(_ picture: Picture, lines: [String]) {
    guard !isJSON else { return printLine(lines.joined(separator: "\n")) }
    send(lines.map { $0 + "\n" }.joined())
    keep(picture, lines: lines)
  }

  /// A picture that is only for reports.
  func attach(_ picture: Picture) { keep(picture, lines: []) }

  private func keep(_ picture: Picture, lines: [String]) {
    guard earlierItems.count < Self.mostPictures else { return }
    // A curve that is plotted stands in place of the one that its training left for reports.
    if text.isEmpty, case .picture(.chart(let before), [])? = earlierItems.last,
      case .chart(let chart) = picture, chart.title == before.title
    {
      earlierItems.removeLast()
    }
    earlierItems = items + [.picture(picture, lines: lines)]
    text = ""
  }

  /// A remark on standard error: progress, warnings, what a preset is.
  package func note(_ text: String) {
    guard !isJSON else { return }
    if destination == .heldBack { return send(text + "\n") }
    flush()
    let appearance = progressAppearance
    let shown = appearance.isLive ? wrapped(text, to: appearance.columns) : text
    writeAll(STDERR_FILENO, Array((shown + "\n").utf8))
  }

  /// Lines drawn for the terminal's width, such as a picture, as they are.
  func note(drawn lines: [String]) {
    noteWithoutEnd(lines.map { $0 + "\n" }.joined())
  }

  /// A remark without the line's end, for a person who is to type behind it.
  func noteWithoutEnd(_ text: String) {
    guard !isJSON else { return }
    flush()
    writeAll(STDERR_FILENO, Array(text.utf8))
  }

  /// An error or warning, found before running or while it ran.
  package func report(_ diagnostic: Diagnostic, stage: String) {
    if isJSON {
      let place = diagnostic.source.position(of: diagnostic.span.start)
      emit(
        diagnostic.severity == .error ? "error" : "warning",
        [
          ("stage", .string(stage)), ("kind", .string(diagnostic.kind.rawValue)),
          ("file", .string(diagnostic.source.name)), ("line", .integer(place.line)),
          ("column", .integer(place.column)),
          ("length", .integer(diagnostic.source.length(of: diagnostic.span))),
          ("message", .string(diagnostic.message)),
          ("hint", diagnostic.hint.map(Value.string) ?? .null),
        ])
    } else {
      flush()
      let text = diagnostic.rendered(color: progressAppearance.color)
      writeAll(STDERR_FILENO, Array((text + "\n").utf8))
    }
  }

  /// The line of an event: `event` first, then the fields in their order.
  private func emit(_ name: String, _ fields: [(String, Value)]) {
    var map = OrderedMap()
    map["event"] = .string(name)
    for (key, value) in fields { map[key] = value }
    write(Value.map(map).json + "\n")
    flush()
  }

  /// - Parameter folds: whether it is words: a terminal would break a long line within them.
  private func write(_ text: String, folds: Bool = false) {
    send(folds && isTerminal ? wrapped(text, to: appearance.columns) : text)
    if !isJSON, self.text.utf8.count < Self.textLimit { self.text += text }
  }

  private func send(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    // Many lines at once go out together; what comes now and then is seen at once, in pipes too.
    let now = ContinuousClock.now
    if isTerminal || buffer.count >= Self.bufferSize || now - lastSent > Self.longestWait {
      lastSent = now
      flush()
    }
  }

  /// Gives the record of the cell that has run and starts that of the next.
  func takeItems() -> [Journal.Item] {
    defer {
      earlierItems = []
      text = ""
    }
    return items
  }

  /// The output of a job, held back so far.
  func takeHeldBack() -> [UInt8] {
    defer { buffer = [] }
    return buffer
  }

  /// Writes what a job held back.
  func adopt(_ bytes: [UInt8], items: [Journal.Item]) {
    buffer += bytes
    for item in items {
      switch item {
      case .text(let text): self.text += text
      case .picture(let picture, let lines): keep(picture, lines: lines)
      }
    }
    flush()
  }

  package func flush() {
    guard !buffer.isEmpty, destination != .heldBack else { return }
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    writeAll(STDOUT_FILENO, bytes)
  }

  /// Writes all of it. A reader that has gone away ends the program quietly; anything else that
  /// cannot be written ends it with an error.
  private func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
    if destination == .nowhere { return }
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + offset, bytes.count - offset)
      }
      if count >= 0 {
        offset += count
        continue
      }
      let reason = errno
      if reason == EINTR || reason == EAGAIN { continue }
      if reason == EPIPE { exit(0) }
      if descriptor == STDOUT_FILENO {
        let message =
          "error: standard output cannot be written: \(String(cString: strerror(reason)))\n"
        _ = message.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
        exit(1)
      }
      return
    }
  }
}

/// Something that happened: its fields as `--json` gives them, and the same in a person's words.
package struct Event {
  package var name: String
  package var fields: [(String, Value)]
  package var text: String

  package init(_ name: String, _ fields: [(String, Value)], text: String) {
    self.name = name
    self.fields = fields
    self.text = text
  }

  /// The fields as a map.
  var value: Value {
    var map = OrderedMap()
    for (key, value) in fields { map[key] = value }
    return .map(map)
  }
}

extension Value {
  /// As a statement shows it: what `print` writes, but a string in quotes.
  package var shown: String { text == nil ? printed : source }
}

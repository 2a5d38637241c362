extension Source {
  /// Line and column of a UTF-8 offset, both from 1; columns count characters, a tab is one.
  package func position(of offset: Int) -> (line: Int, column: Int) {
    let (line, start, _) = line(at: offset)
    return (line, characters(from: start, to: offset) + 1)
  }

  /// The number of the line around an offset, where it begins, and where its text ends.
  private func line(at offset: Int) -> (number: Int, start: Int, end: Int) {
    let bytes = text.utf8
    var number = 1
    var start = 0
    var position = 0
    var end = bytes.count
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        if position >= offset {
          end = position
          break
        }
        number += 1
        start = position + 1
      }
      position += 1
    }
    return (number, start, end)
  }

  private func characters(from start: Int, to end: Int) -> Int {
    slice(start, end).filter { $0 != "\u{FEFF}" }.count
  }

  private func slice(_ start: Int, _ end: Int) -> String {
    let bytes = text.utf8
    let from = bytes.index(bytes.startIndex, offsetBy: min(start, bytes.count))
    let to = bytes.index(from, offsetBy: max(0, min(end, bytes.count) - start))
    return String(text[from..<to])
  }

  /// How many characters a span has on its first line; at least one.
  package func length(of span: Span) -> Int {
    let (_, _, end) = line(at: span.start)
    return max(1, characters(from: span.start, to: min(span.end, end)))
  }

  /// A message in the form that all errors have: what, where, the line, and a caret under the place.
  func rendered(
    title: String, message: String, hint: String?, at span: Span, color: Bool
  ) -> String {
    let (number, start, end) = line(at: span.start)
    let (line, column) = position(of: span.start)
    let whole = slice(start, end).filter { $0 != "\u{FEFF}" && $0 != "\r" && $0 != "\r\n" }
    let excerpt = Excerpt(of: whole, around: column - 1, length: length(of: span))
    let margin = "  \(number) | "
    // Tabs stay tabs, so that the caret stands below its character whatever their width.
    let indent =
      "  " + String(repeating: " ", count: String(number).count) + " | "
      + String(
        excerpt.before.flatMap {
          $0 == "\t" ? "\t" : String(repeating: " ", count: displayWidth(of: $0))
        })
    let carets = String(repeating: "^", count: max(1, displayWidth(of: excerpt.marked)))
    func painted(_ text: String, _ code: String) -> String {
      color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
    return painted("\(title):", "1;31") + " \(message)\n"
      + painted("  \(name):\(line):\(column)", "2") + "\n"
      + painted(margin, "2") + excerpt.text + "\n"
      + indent + painted(carets, "1;31") + (hint.map { " " + $0 } ?? "")
  }
}

/// A line as an error shows it: of a long one the part around the place, and control characters by
/// pictures of theirs, since a terminal would obey them.
private struct Excerpt {
  let before: String
  let marked: String
  private let after: String

  var text: String { before + marked + after }

  /// How much of a line is shown, in characters: before the place, and from it on.
  private static let most = (before: 100, from: 200)

  init(of line: String, around place: Int, length: Int) {
    let isCut = place > Self.most.before
    let start = line.prefix(place)
    before = (isCut ? "…" : "") + (isCut ? start.suffix(Self.most.before) : start).map(\.picture)
    let rest = line.dropFirst(place)
    let shown = rest.prefix(Self.most.from)
    marked = String(shown.prefix(length).map(\.picture))
    after = shown.dropFirst(length).map(\.picture) + (shown.endIndex < rest.endIndex ? "…" : "")
  }
}

extension String {
  /// What a message says of a text that may be very long.
  var shortened: String { utf8.count <= 60 ? self : prefix(40) + "…" }

  /// A character that may not be seen, by its number.
  var readable: String {
    guard let scalar = unicodeScalars.first, unicodeScalars.count == 1 else { return self }
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
      return "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    default: return self
    }
  }
}

extension Character {
  /// Itself; of a control character the picture that Unicode has for it.
  fileprivate var picture: Character {
    guard self != "\t", let scalar = unicodeScalars.first else { return self }
    switch scalar.value {
    case 0..<32: return Character(Unicode.Scalar(0x2400 + scalar.value)!)
    case 127: return "\u{2421}"
    case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069: return "\u{FFFD}"
    default: return self
    }
  }
}

extension Diagnostic {
  /// ```
  /// error: `train` has no option `step`
  ///   quickstart.rlhs:4:9
  ///   4 | train a step=50_000
  ///     |         ^^^^ did you mean `steps`?
  /// ```
  package func rendered(color: Bool) -> String {
    source.rendered(
      title: severity == .error ? "error" : "warning", message: message, hint: hint, at: span,
      color: color)
  }
}

extension RunError {
  /// In the same form as a diagnostic; without a place only what and how to mend it.
  package func rendered(color: Bool) -> String {
    guard let source, let span else {
      return (color ? "\u{1B}[1;31merror:\u{1B}[0m " : "error: ") + message
        + (hint.map { "\n  " + $0 } ?? "")
    }
    return source.rendered(title: "error", message: message, hint: hint, at: span, color: color)
  }
}

/// A part of a source that is run and shown as one: from a line that begins with `# %%` to the next.
package struct Cell: Sendable, Equatable {
  /// What stands behind `# %%`; empty where nothing does, and for what stands before the first.
  package let title: String
  /// With the line that begins it.
  package let span: Span
}

extension Source {
  /// The cells of a text in order, which together are the whole of it. What stands before the first
  /// mark is a cell of its own unless it is blank; a mark within a string is none.
  package var cells: [Cell] {
    let bytes = Array(text.utf8)
    let marks = Lexer.tokens(of: text).filter { token in
      token.kind == .comment && Self.isMark(bytes[token.span.start..<token.span.end])
        && (token.span.start == 0 || bytes[token.span.start - 1] == UInt8(ascii: "\n")
          || token.span.start == 3 && text.hasPrefix("\u{FEFF}"))
    }.map(\.span)
    var cells: [Cell] = []
    let before = Span(0, marks.first?.start ?? bytes.count)
    if bytes[..<before.end].contains(where: { !" \t\r\n\u{FEFF}".utf8.contains($0) }) {
      cells.append(Cell(title: "", span: before))
    }
    for (i, mark) in marks.enumerated() {
      let title = String(decoding: bytes[(mark.start + 4)..<mark.end], as: UTF8.self)
      let end = i + 1 < marks.count ? marks[i + 1].start : bytes.count
      cells.append(Cell(title: title.trimmedBlanks, span: Span(mark.start, end)))
    }
    return cells
  }

  private static func isMark(_ comment: ArraySlice<UInt8>) -> Bool {
    guard comment.starts(with: "# %%".utf8) else { return false }
    return comment.count == 4 || " \t\r".utf8.contains(comment[comment.startIndex + 4])
  }
}

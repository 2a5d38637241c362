import Language

/// The lines of a text so that none is wider than `columns`: broken at spaces where there are some,
/// else between two characters, as in scripts that write no spaces. The text's own line ends stay.
func foldedLines(of text: String, to columns: Int) -> [String] {
  text.split(separator: "\n", omittingEmptySubsequences: false).flatMap {
    foldedLine($0, to: max(columns, 2))
  }
}

private func foldedLine(_ line: Substring, to columns: Int) -> [String] {
  var lines: [String] = []
  var rest = line
  while displayWidth(of: rest) > columns {
    var (end, width) = (rest.startIndex, 0)
    var space: Substring.Index?
    while end < rest.endIndex {
      // The space that a line breaks at needs no room.
      if rest[end] == " " { space = end }
      width += displayWidth(of: rest[end])
      if width > columns { break }
      rest.formIndex(after: &end)
    }
    if let space, space > rest.startIndex {
      lines.append(String(rest[..<space]))
      rest = rest[rest.index(after: space)...]
    } else {
      lines.append(String(rest[..<end]))
      rest = rest[end...]
    }
  }
  return lines + [String(rest)]
}

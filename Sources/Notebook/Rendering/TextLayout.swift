import Language

/// The longest beginning that fits `columns`, with `ellipsis` in place of what is cut.
package func truncated(_ text: String, to columns: Int, ellipsis: String = "…") -> String {
  if displayWidth(of: text) <= columns { return text }
  let room = columns - displayWidth(of: ellipsis)
  guard room >= 0 else { return String(repeating: ".", count: max(columns, 0)) }
  var width = 0
  var end = text.startIndex
  while end < text.endIndex {
    width += displayWidth(of: text[end])
    if width > room { break }
    text.formIndex(after: &end)
  }
  return text[..<end] + ellipsis
}

package enum Alignment: Sendable {
  case left, right, center
}

/// The text with spaces to `columns`; a longer one stays as it is.
package func padded(_ text: String, to columns: Int, _ alignment: Alignment = .left) -> String {
  let missing = max(columns - displayWidth(of: text), 0)
  let before =
    switch alignment {
    case .left: 0
    case .right: missing
    case .center: missing / 2
    }
  return String(repeating: " ", count: before) + text
    + String(repeating: " ", count: missing - before)
}

/// The text broken between words so that no line is wider than `columns`; a line that fits stays as it
/// is, and another goes on as far in as it began. A word that is wider by itself stays whole.
package func wrapped(_ text: String, to columns: Int) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    if displayWidth(of: line) <= columns { return String(line) }
    let indent = String(line.prefix { $0 == " " })
    var lines = [""]
    for word in line.split(separator: " ") {
      let last = lines[lines.count - 1]
      let longer = last.isEmpty ? indent + word : last + " " + word
      if last.isEmpty || displayWidth(of: longer) <= columns {
        lines[lines.count - 1] = longer
      } else {
        lines.append(indent + word)
      }
    }
    return lines.joined(separator: "\n")
  }.joined(separator: "\n")
}

/// The text without the sequences that colour it in a terminal.
package func withoutColour(_ text: String) -> String {
  var result = ""
  var rest = text[...]
  while let start = rest.firstRange(of: "\u{1B}[") {
    result += rest[..<start.lowerBound]
    rest = rest[start.upperBound...]
    rest = rest.drop { $0.isNumber || $0 == ";" }.dropFirst()
  }
  return result + rest
}

extension ExportFormat {
  /// Markdown, with its pictures in a folder beside it.
  static let markdown = ExportFormat(
    ending: "md", summary: "Markdown, with its pictures in a folder beside it."
  ) { report, name in
    var pictures: [ExportedFile] = []
    var text = "# \(report.title)\n"
    for cell in report.cells {
      text += "\n" + (cell.title.isEmpty ? "" : "## \(cell.title)\n\n")
      text += fenced(cell.sourceWithoutTitle, as: "rlhs")
      for item in cell.items {
        text += "\n"
        switch item {
        case .text(let output): text += fenced(output.trimmedEnd)
        case .picture(.table(let table), _): text += rows(of: table)
        case .picture(let picture, let lines):
          guard let drawing = picture.drawing else {
            text += fenced(lines.joined(separator: "\n"))
            continue
          }
          let path = "\(name)_files/\(pictures.count + 1).svg"
          pictures.append(ExportedFile(path: path, text: drawing.markup(standalone: true) + "\n"))
          text += "![\(drawing.label)](\(path.replacing(" ", with: "%20")))\n"
        }
      }
    }
    if let feedback = report.feedback { text += "\n## Feedback\n\n" + rows(of: feedback) }
    return [ExportedFile(path: "\(name).md", text: text)] + pictures
  }

  /// A block that shows `text` as it is: its fence is longer than any in it.
  private static func fenced(_ text: String, as language: String = "") -> String {
    var fence = "```"
    while text.contains(fence) { fence += "`" }
    return "\(fence)\(language)\n\(text)\n\(fence)\n"
  }

  private static func rows(of table: Table) -> String {
    func line(_ cells: [String]) -> String {
      "| "
        + cells.map {
          $0.replacing("|", with: "\\|").replacing("\n", with: " ")
        }.joined(separator: " | ") + " |\n"
    }
    return line(table.titles) + line(table.titles.map { _ in "---" })
      + table.rows.map(line).joined()
  }
}

extension Journal.Cell {
  /// What was typed, without a `# %%` line at its start.
  var sourceWithoutTitle: String {
    guard source.hasPrefix("# %%"), let end = source.firstIndex(where: \.isNewline) else {
      return source
    }
    return String(source[source.index(after: end)...])
  }
}

extension Film {
  /// The last frame, where frames are drawings.
  var lastFrame: Drawing? {
    guard case .scenes(let scenes) = frames, let last = scenes.last else { return nil }
    return last.drawing(width: Self.width(of: last), label: title)
  }
}

import Schema

extension Reference {
  /// All of it as one page for `man`, in the macros of man(7).
  ///
  /// - Parameters:
  ///   - name: of the program.
  ///   - version: of the program.
  ///   - summary: what the program is, in a few words.
  ///   - usage: how it is started, as `--help` says it.
  package static func manualPage(
    of catalogue: Catalogue, name: String, version: String, summary: String, usage: String
  ) -> String {
    var lines = [
      ".TH \(name.uppercased()) 1 \"\" \"\(name) \(version)\" \"User Commands\"",
      ".SH NAME", "\(name) \\- \(roff(summary))",
      ".SH SYNOPSIS",
    ]
    lines += verbatim(usage)
    for chapter in chapters(of: catalogue) where !chapter.entries.isEmpty {
      lines.append(".SH \(chapter.title.uppercased())")
      for entry in chapter.entries { lines += paragraph(of: entry) }
    }
    lines.append(".SH EXAMPLES")
    for declaration in catalogue.commands {
      guard let example = declaration.examples.first else { continue }
      lines += [".TP", ".B \(roff(declaration.name))"] + verbatim(example.source)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func paragraph(of entry: Entry) -> [String] {
    let declaration = entry.declaration
    var lines = [".TP", ".B \(roff(entry.usage))", roff(declaration.summary)]
    for parameter in declaration.parameters {
      let value = parameter.defaultText.map { "; default: \($0)" } ?? ""
      lines += [
        ".br",
        "\\fI\(roff(parameter.name))\\fR: \(roff(parameter.domain.description + value)). "
          + roff(parameter.summary),
      ]
    }
    if let source = declaration.source { lines += [".br", "Source: \(roff(source))"] }
    return lines
  }

  private static func verbatim(_ text: String) -> [String] {
    [".nf"] + text.split(separator: "\n", omittingEmptySubsequences: false).map { roff(String($0)) }
      + [".fi"]
  }

  /// One line of text that no character of it is taken for a request or an escape.
  private static func roff(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "`": result += "\\(ga"
      case "'": result += "\\(aq"
      case "\n": result += " "
      default: result.append(character)
      }
    }
    return result.hasPrefix(".") ? "\\&" + result : result
  }
}

import Schema

/// Pages and lists for reading, made from the declarations.
package enum Help {
  /// All that is declared under that name: a command, a function, a member of a family. Nil where
  /// nothing is.
  package static func page(for name: String, in catalogue: Catalogue) -> String? {
    var pages: [String] = []
    for declaration in catalogue.commands where declaration.name == name {
      pages.append(page(of: declaration, usage: declaration.commandUsage, in: catalogue))
    }
    for declaration in catalogue.functions where declaration.name == name {
      pages.append(page(of: declaration, usage: declaration.functionUsage, in: catalogue))
    }
    for (family, declarations) in sorted(catalogue.families) {
      for declaration in declarations where declaration.name == name {
        pages.append(
          page(of: declaration, usage: "\(name) (\(family.name))", in: catalogue))
      }
    }
    return pages.isEmpty ? nil : pages.joined(separator: "\n\n")
  }

  /// Everything that mentions all of the words, a line each; empty where nothing does.
  package static func search(_ words: String, in catalogue: Catalogue) -> String {
    let sought = words.lowercased().split(whereSeparator: \.isWhitespace)
    guard !sought.isEmpty else { return "" }
    var rows: [(String, String)] = []
    func look(_ declarations: [Declaration], _ label: (Declaration) -> String) {
      for declaration in declarations {
        let text = declaration.searchedText
        if sought.allSatisfy({ text.contains($0) }) {
          rows.append((label(declaration), declaration.summary))
        }
      }
    }
    look(catalogue.commands) { $0.name }
    look(catalogue.functions) { $0.name + "()" }
    for (family, declarations) in sorted(catalogue.families) {
      look(declarations) { "\($0.name) (\(family.name))" }
    }
    return columns(rows, indent: "")
  }

  /// All commands by group, each with its summary, and the names of all functions.
  package static func overview(of catalogue: Catalogue) -> String {
    var sections: [String] = []
    for (group, declarations) in groups(catalogue.commands) {
      let rows = declarations.map { ($0.name, $0.summary) }
      sections.append(group + "\n" + columns(rows, indent: "  "))
    }
    let functions = groups(catalogue.functions).map {
      ($0.0, $0.1.map(\.name).joined(separator: " "))
    }
    if !functions.isEmpty {
      sections.append("functions\n" + columns(functions, indent: "  "))
    }
    for (family, declarations) in sorted(catalogue.families) where !declarations.isEmpty {
      sections.append(
        "of the kind \(family.name)\n" + wrapped(declarations.map(\.name), indent: "  "))
    }
    return sections.joined(separator: "\n\n")
      + "\n\n`help NAME` explains one, `?words` searches."
  }

  // MARK: Pages

  private static func page(
    of declaration: Declaration, usage: String, in catalogue: Catalogue
  ) -> String {
    var sections = [
      wrapped(usage.split(separator: " ").map(String.init), indent: ""), declaration.summary,
    ]
    let positional = declaration.parameters.filter { $0.form != .option }
    let options = declaration.parameters.filter { $0.form == .option }
    if !positional.isEmpty { sections.append("arguments\n" + list(positional, in: catalogue)) }
    if !options.isEmpty { sections.append("options\n" + list(options, in: catalogue)) }
    if !declaration.details.isEmpty {
      sections.append(
        wrapped(
          declaration.details.split(whereSeparator: \.isWhitespace).map(String.init), indent: ""))
    }
    if !declaration.examples.isEmpty {
      let examples = declaration.examples.map(text).joined(separator: "\n\n")
      sections.append("examples\n" + examples)
    }
    if let source = declaration.source { sections.append("source: \(source)") }
    return sections.joined(separator: "\n\n")
  }

  /// Name, type and default on a line, what it means below.
  private static func list(_ parameters: [Parameter], in catalogue: Catalogue) -> String {
    parameters.map { parameter in
      let name = parameter.form == .option ? parameter.name + "=" : parameter.name
      let value = parameter.defaultText.map { "; default: \($0)" } ?? ""
      var lines = [
        "  \(name)  \(parameter.domain.description)\(value)", "      \(parameter.summary)",
      ]
      for word in parameter.domain.fixedWords where !word.summary.isEmpty {
        lines.append("      \(word.text): \(word.summary)")
      }
      if let family = parameter.domain.family, let members = catalogue.families[family] {
        lines.append(wrapped(members.map(\.name), indent: "      "))
      }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func text(of example: Example) -> String {
    var lines = example.source.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "  " + $0 }
    if let output = example.output {
      lines += output.split(separator: "\n").map { "  # " + $0 }
    }
    return lines.joined(separator: "\n")
  }

  // MARK: Layout

  private static let width = 80

  private static func columns(_ rows: [(String, String)], indent: String) -> String {
    let first = min(24, rows.map(\.0.count).max() ?? 0)
    return rows.map { name, text in
      let space = String(repeating: " ", count: max(2, first + 2 - name.count))
      return indent + name + space + text
    }.joined(separator: "\n")
  }

  /// Words in lines of at most 80 characters.
  private static func wrapped(_ words: [String], indent: String) -> String {
    var lines: [String] = []
    var line = indent
    for word in words {
      if line.count > indent.count, line.count + 1 + word.count > width {
        lines.append(line)
        line = indent
      }
      line += (line.count > indent.count ? " " : "") + word
    }
    return (lines + [line]).joined(separator: "\n")
  }

  /// In the order in which each heading comes first.
  private static func groups(_ declarations: [Declaration]) -> [(String, [Declaration])] {
    var groups: [(String, [Declaration])] = []
    for declaration in declarations {
      let heading = declaration.group.isEmpty ? "other" : declaration.group
      if let i = groups.firstIndex(where: { $0.0 == heading }) {
        groups[i].1.append(declaration)
      } else {
        groups.append((heading, [declaration]))
      }
    }
    return groups
  }

  private static func sorted(
    _ families: [Family: [Declaration]]
  ) -> [(family: Family, declarations: [Declaration])] {
    families.sorted { $0.key.name < $1.key.name }.map { (family: $0.key, declarations: $0.value) }
  }
}

extension Declaration {
  /// In small letters.
  fileprivate var searchedText: String {
    ([name, summary, details] + parameters.flatMap { [$0.name, $0.summary] })
      .joined(separator: " ").lowercased()
  }
}

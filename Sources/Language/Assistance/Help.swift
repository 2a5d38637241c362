import Schema

/// Pages and lists for reading, made from the declarations. No line is longer than `width` unless a
/// single word is.
package struct Help {
  private let catalogue: Catalogue
  private let width: Int

  /// - Parameter width: in characters.
  package init(_ catalogue: Catalogue, width: Int = 80) {
    self.catalogue = catalogue
    self.width = width
  }

  /// All that is declared under that name: a command, a function, a member of a family. Nil where
  /// nothing is.
  package func page(for name: String) -> String? {
    var pages: [String] = []
    for declaration in catalogue.commands where declaration.name == name {
      pages.append(page(of: declaration, usage: declaration.commandUsage))
    }
    for declaration in catalogue.functions where declaration.name == name {
      pages.append(page(of: declaration, usage: declaration.functionUsage))
    }
    for (family, declarations) in Self.sorted(catalogue.families) {
      for declaration in declarations where declaration.name == name {
        pages.append(page(of: declaration, usage: "\(name) (\(family.name))"))
      }
    }
    return pages.isEmpty ? nil : pages.joined(separator: "\n\n")
  }

  /// Everything that mentions all of the words, a line each; empty where nothing does.
  package func search(_ words: String) -> String {
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
    for (family, declarations) in Self.sorted(catalogue.families) {
      look(declarations) { "\($0.name) (\(family.name))" }
    }
    return columns(rows, indent: 0)
  }

  /// All commands by group, each with its summary, and the names of all functions.
  package func overview() -> String {
    var sections: [String] = []
    for (group, declarations) in Self.groups(catalogue.commands) {
      let rows = declarations.map { ($0.name, $0.summary) }
      sections.append(group + "\n" + columns(rows, indent: 2))
    }
    let functions = Self.groups(catalogue.functions).map {
      ($0.0, $0.1.map(\.name).joined(separator: " "))
    }
    if !functions.isEmpty {
      sections.append("functions\n" + columns(functions, indent: 2))
    }
    for (family, declarations) in Self.sorted(catalogue.families) where !declarations.isEmpty {
      sections.append(
        "of the kind \(family.name)\n"
          + wrapped(declarations.map(\.name).joined(separator: " "), indent: 2))
    }
    return sections.joined(separator: "\n\n")
      + "\n\n`help NAME` explains one, `?words` searches."
  }

  // MARK: Pages

  private func page(of declaration: Declaration, usage: String) -> String {
    var sections = [wrapped(usage), wrapped(declaration.summary)]
    let positional = declaration.parameters.filter { $0.form != .option }
    let options = declaration.parameters.filter { $0.form == .option }
    if !positional.isEmpty { sections.append("arguments\n" + list(positional)) }
    if !options.isEmpty { sections.append("options\n" + list(options)) }
    if !declaration.details.isEmpty {
      sections.append(wrapped(declaration.details))
    }
    if !declaration.examples.isEmpty {
      let examples = declaration.examples.map(Self.text).joined(separator: "\n\n")
      sections.append("examples\n" + examples)
    }
    if let source = declaration.source { sections.append("source: \(source)") }
    return sections.joined(separator: "\n\n")
  }

  /// Name, type and default on a line, what it means below.
  private func list(_ parameters: [Parameter]) -> String {
    parameters.map { parameter in
      let name = parameter.form == .option ? parameter.name + "=" : parameter.name
      let value = parameter.defaultText.map { "; default: \($0)" } ?? ""
      var lines = [
        wrapped("\(parameter.domain.description)\(value)", after: "  \(name)  ", further: 6),
        wrapped(parameter.summary, indent: 6),
      ]
      for word in parameter.domain.fixedWords where !word.summary.isEmpty {
        lines.append(wrapped("\(word.text): \(word.summary)", indent: 6, further: 8))
      }
      if let family = parameter.domain.family, let members = catalogue.families[family] {
        lines.append(wrapped(members.map(\.name).joined(separator: " "), indent: 6))
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

  /// Names with what is said of them, which goes on below itself; where that leaves little room, below
  /// the name.
  private func columns(_ rows: [(String, String)], indent: Int) -> String {
    let first = indent + 2 + min(24, rows.map(\.0.count).max() ?? 0)
    let isNarrow = width - first < 24
    return rows.map { name, text in
      let begun = String(repeating: " ", count: indent) + name
      if isNarrow {
        return wrapped(begun, indent: indent) + "\n" + wrapped(text, indent: indent + 2)
      }
      let space = String(repeating: " ", count: max(2, first - begun.count))
      return wrapped(text, after: begun + space, further: first)
    }.joined(separator: "\n")
  }

  private func wrapped(_ text: String, indent: Int = 0, further: Int? = nil) -> String {
    wrapped(text, after: String(repeating: " ", count: indent), further: further ?? indent)
  }

  /// The words of a text in lines of at most `width` characters, the first after what it begins with,
  /// the others further in.
  private func wrapped(_ text: String, after beginning: String, further: Int) -> String {
    var lines: [String] = []
    var line = beginning
    var isEmpty = true
    for word in text.split(whereSeparator: \.isWhitespace) {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(repeating: " ", count: further)
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
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

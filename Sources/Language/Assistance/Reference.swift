import Schema

/// The declarations as Markdown: a page for everything that can be named, and what an editor shows of
/// it.
package enum Reference {
  /// A file of the reference.
  package struct Page: Sendable {
    /// Relative to the reference's folder.
    package var path: String
    package var text: String
  }

  /// An index, and a page for each command, function and member of a family.
  package static func pages(of catalogue: Catalogue, title: String) -> [Page] {
    let chapters = chapters(of: catalogue)
    return [index(of: chapters, title: title)]
      + chapters.flatMap { chapter in
        chapter.entries.map { entry in
          Page(
            path: "\(chapter.folder)/\(fileName(entry.declaration.name))",
            text: page(of: entry, in: catalogue))
        }
      }
  }

  // MARK: Editors

  /// How it is written, and what it does.
  static func hover(_ declaration: Declaration, usage: String) -> String {
    let details = declaration.details.isEmpty ? "" : "\n\n" + oneLine(declaration.details)
    return "```rlhs\n\(usage)\n```\n\(declaration.summary)\(details)"
  }

  /// What it takes, and what it means.
  static func hover(_ parameter: Parameter) -> String {
    let value = parameter.defaultText.map { ", by default \($0)" } ?? ""
    return "`\(parameter.name)`: \(parameter.domain.description)\(value)\n\n\(parameter.summary)"
  }

  // MARK: Chapters

  /// What has one heading and lies in one folder.
  struct Chapter {
    var title: String
    var folder: String
    var entries: [Entry]
  }

  struct Entry {
    var declaration: Declaration
    var usage: String
  }

  /// The commands, the functions, and each family.
  static func chapters(of catalogue: Catalogue) -> [Chapter] {
    [
      Chapter(
        title: "Commands", folder: "commands",
        entries: catalogue.commands.map { Entry(declaration: $0, usage: $0.commandUsage) }),
      Chapter(
        title: "Functions", folder: "functions",
        entries: catalogue.functions.map { Entry(declaration: $0, usage: $0.functionUsage) }),
    ]
      + catalogue.families.sorted { $0.key.name < $1.key.name }.map { family, members in
        Chapter(
          title: heading(of: family), folder: folder(of: family),
          entries: members.map { Entry(declaration: $0, usage: $0.name) })
      }
  }

  private static func folder(of family: Family) -> String {
    plural(family.name.split(separator: " ").joined(separator: "_"))
  }

  private static func heading(of family: Family) -> String {
    plural(family.name.prefix(1).uppercased() + family.name.dropFirst())
  }

  private static func plural(_ name: String) -> String { name + "s" }

  /// Names such as `MinAtar/Breakout-v1` and `gym:` are no names of files.
  private static func fileName(_ name: String) -> String {
    String(name.map { $0 == "/" || $0 == ":" ? "-" : $0 }) + ".md"
  }

  // MARK: Pages

  private static func index(of chapters: [Chapter], title: String) -> Page {
    var sections = ["# \(title)"]
    for chapter in chapters where !chapter.entries.isEmpty {
      let rows = chapter.entries.map { entry in
        let path = "\(chapter.folder)/\(fileName(entry.declaration.name))"
        return ["[\(entry.declaration.name)](\(path))", entry.declaration.summary]
      }
      sections.append("## \(chapter.title)\n\n" + table(["Name", "What it is"], rows))
    }
    return Page(path: "README.md", text: sections.joined(separator: "\n\n") + "\n")
  }

  private static func page(of entry: Entry, in catalogue: Catalogue) -> String {
    let declaration = entry.declaration
    var sections = [
      "# \(declaration.name)", declaration.summary, fenced(entry.usage, as: "rlhs"),
    ]
    let positional = declaration.parameters.filter { $0.form != .option }
    let options = declaration.parameters.filter { $0.form == .option }
    if !positional.isEmpty {
      sections.append("## Arguments\n\n" + table(of: positional, catalogue))
    }
    if !options.isEmpty { sections.append("## Options\n\n" + table(of: options, catalogue)) }
    if !declaration.details.isEmpty { sections.append(oneLine(declaration.details)) }
    if !declaration.examples.isEmpty {
      sections.append("## Examples")
      for example in declaration.examples {
        sections.append(fenced(example.source, as: "rlhs"))
        if let output = example.output { sections.append("gives\n\n" + fenced(output, as: "text")) }
      }
    }
    if let source = declaration.source { sections.append("Source: \(source)") }
    return sections.joined(separator: "\n\n") + "\n"
  }

  private static func table(of parameters: [Parameter], _ catalogue: Catalogue) -> String {
    table(
      ["Name", "Takes", "Default", "Meaning"],
      parameters.map { parameter in
        [
          "`\(parameter.name)`", parameter.domain.description, parameter.defaultText ?? "required",
          meaning(of: parameter, catalogue),
        ]
      })
  }

  private static func meaning(of parameter: Parameter, _ catalogue: Catalogue) -> String {
    var text = parameter.summary
    for word in parameter.domain.fixedWords where !word.summary.isEmpty {
      text += "<br>`\(word.text)`: \(word.summary)"
    }
    if let family = parameter.domain.family, let members = catalogue.families[family] {
      let links = members.map { "[\($0.name)](../\(folder(of: family))/\(fileName($0.name)))" }
      text += "<br>" + links.joined(separator: ", ")
    }
    return text
  }

  // MARK: Markdown

  private static func table(_ titles: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String {
      "| "
        + cells.map { cell in
          oneLine(String(cell.flatMap { $0 == "|" ? Array("\\|") : [$0] }))
        }.joined(separator: " | ") + " |"
    }
    let rule = "|" + String(repeating: " --- |", count: titles.count)
    return ([line(titles), rule] + rows.map(line)).joined(separator: "\n")
  }

  private static func fenced(_ text: String, as language: String) -> String {
    "```\(language)\n\(text)\(text.hasSuffix("\n") ? "" : "\n")```"
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

import Schema

extension Assistance {
  /// What may follow the whole text: the rest of the only word that fits, else the signature's. Nil
  /// where there is nothing to say.
  package static func hint(
    of text: String, catalogue: Catalogue, names: [KnownName] = []
  ) -> String? {
    rest(of: text, catalogue: catalogue, names: names)
      ?? signature(of: text, catalogue: catalogue, names: names)
  }

  /// The rest of the word being typed, where only one fits: it can be put into the line.
  package static func rest(
    of text: String, catalogue: Catalogue, names: [KnownName] = []
  ) -> String? {
    let found = completions(of: text, at: text.utf8.count, catalogue: catalogue, names: names)
    guard found.candidates.count == 1, !found.replacing.isEmpty else { return nil }
    let typed = String(decoding: Array(text.utf8)[found.replacing], as: UTF8.self)
    let candidate = found.candidates[0].text
    return candidate.hasPrefix(typed) ? String(candidate.dropFirst(typed.count)) : nil
  }

  /// The arguments that the command has not been given yet, to be read only: `DRINK [cups=…]`.
  package static func signature(
    of text: String, catalogue: Catalogue, names: [KnownName] = []
  ) -> String? {
    let glossary = Glossary(catalogue, names)
    let hasSpace = text.utf8.last == UInt8(ascii: " ")
    guard hasSpace || glossary.commands[lastWord(of: text)] != nil else { return nil }
    var reader = CellReader(text + (hasSpace ? "" : " "), glossary)
    reader.readAll()
    guard case .argument(let command) = reader.place(hasSpace: true, hasNewline: false),
      let declaration = command.declaration
    else { return nil }
    let options = (command.member?.parameters ?? []) + declaration.parameters
    let rest =
      command.openPositionals
      + options.filter { $0.form == .option && !command.given.contains($0.name) }
    var hint = hasSpace ? "" : " "
    for (i, parameter) in rest.enumerated() {
      let next = (i > 0 ? " " : "") + parameter.commandUsage
      guard hint.count + next.count <= longestHint else {
        hint += " …"
        break
      }
      hint += next
    }
    return rest.isEmpty ? nil : hint
  }

  /// As much of the signature as a glance takes in.
  private static let longestHint = 60

  private static func lastWord(of text: String) -> String {
    String(text.reversed().prefix { !" \t\n;|({=".contains($0) }.reversed())
  }
}

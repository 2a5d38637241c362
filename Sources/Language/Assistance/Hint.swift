import Schema

extension Assistance {
  /// What the signature says may follow the whole text: the rest of the only word that fits, or the
  /// arguments that have not been given. Nil where there is nothing to say.
  package static func hint(
    of text: String, catalogue: Catalogue, names: [KnownName] = []
  ) -> String? {
    guard let last = text.utf8.last else { return nil }
    let glossary = Glossary(catalogue, names)
    if last == UInt8(ascii: " ") || glossary.commands[lastWord(of: text)] != nil {
      return signatureHint(of: text, glossary)
    }
    let found = completions(
      of: text, at: text.utf8.count, catalogue: catalogue, names: names)
    guard found.candidates.count == 1, !found.replacing.isEmpty else { return nil }
    let typed = String(decoding: Array(text.utf8)[found.replacing], as: UTF8.self)
    let candidate = found.candidates[0].text
    return candidate.hasPrefix(typed) ? String(candidate.dropFirst(typed.count)) : nil
  }

  /// As much of the signature as a glance takes in.
  private static let longestHint = 60

  private static func signatureHint(of text: String, _ glossary: Glossary) -> String? {
    let hasSpace = text.utf8.last == UInt8(ascii: " ")
    var reader = CellReader(text + (hasSpace ? "" : " "), glossary)
    reader.readAll()
    guard case .argument(let command) = reader.place(hasSpace: true, hasNewline: false),
      let declaration = command.declaration
    else { return nil }
    let options = (command.member?.parameters ?? []) + declaration.parameters
    let open = Array(command.openPositionals)
    let rest =
      open + options.filter { $0.form == .option && !command.given.contains($0.name) }
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

  private static func lastWord(of text: String) -> String {
    String(text.reversed().prefix { !" \t\n;|({=".contains($0) }.reversed())
  }
}

import Schema

extension Assistance {
  /// What could stand at the cursor, by what the declarations say is wanted there: commands at a
  /// head, options, words and variables of the fitting kind among arguments, functions in
  /// expressions. `members` gives what may stand behind a variable and a dot.
  package static func completions(
    of text: String, at offset: Int, catalogue: Catalogue, names: [KnownName] = [],
    members: (_ variable: String) -> [String] = { _ in [] }
  ) -> Completions {
    var completion = Completion(text, at: offset, Glossary(catalogue, names))
    if let variable = completion.variableBeforeDot {
      completion.add(members: members(variable))
    }
    return completion.result
  }
}

/// Finds what is being typed, and what could complete it.
private struct Completion {
  let glossary: Glossary
  private(set) var result: Assistance.Completions
  private var beginning = ""
  private var assigned: Set<String> = []
  private var isInTextOrComment = false
  /// The variable of `variable.beginning`, where that is what is typed.
  private(set) var variableBeforeDot: String?

  init(_ text: String, at offset: Int, _ glossary: Glossary) {
    self.glossary = glossary
    let bytes = Array(text.utf8.prefix(offset))
    result = .init(replacing: bytes.count..<bytes.count, candidates: [])
    // A bare word such as `models/a.st` begins further left than a name does.
    let word = bytes.lastIndex { endsWord.contains($0) }.map { $0 + 1 } ?? 0
    let name = bytes.lastIndex { !isNameByte($0) }.map { $0 + 1 } ?? 0
    var place = read(bytes, to: word)
    if word != name, !wantsWord(at: place) { place = read(bytes, to: name) }
    add(at: place)
    keepFitting()
    variableBeforeDot = variable(bytes, beforeDotAt: name - 1, at: place)
  }

  private func variable(_ bytes: [UInt8], beforeDotAt dot: Int, at place: CellReader.Place)
    -> String?
  {
    guard case .nothing = place, !isInTextOrComment, dot > 0, bytes[dot] == UInt8(ascii: ".") else {
      return nil
    }
    let start = bytes[..<dot].lastIndex { !isNameByte($0) }.map { $0 + 1 } ?? 0
    let isMember = start > 0 && bytes[start - 1] == UInt8(ascii: ".")
    let name = String(decoding: bytes[start..<dot], as: UTF8.self)
    return !isMember && isIdentifier(name) ? name : nil
  }

  mutating func add(members: [String]) {
    for member in members { add(member, member, "") }
    keepFitting()
  }

  /// What is wanted at `start`, from which on a candidate replaces.
  private mutating func read(_ bytes: [UInt8], to start: Int) -> CellReader.Place {
    beginning = String(decoding: bytes[start...], as: UTF8.self)
    result.replacing = start..<bytes.count
    var reader = CellReader(String(decoding: bytes[..<start], as: UTF8.self), glossary)
    isInTextOrComment = reader.endsInTextOrComment
    if isInTextOrComment { return .nothing }
    reader.readAll()
    assigned = reader.assignedNames
    let blanks = bytes[..<start].reversed().prefix { " \t\r\n".utf8.contains($0) }
    return reader.place(hasSpace: !blanks.isEmpty, hasNewline: blanks.contains(UInt8(ascii: "\n")))
  }

  private func wantsWord(at place: CellReader.Place) -> Bool {
    switch place {
    case .argument(let command):
      return command.openPositionals.contains { $0.domain.readsOnlyWords }
    case .value(let parameter, _): return parameter.domain.readsOnlyWords
    default: return false
    }
  }

  private mutating func add(at place: CellReader.Place) {
    switch place {
    case .head(let declaration):
      for parameter in declaration?.parameters ?? [] {
        add(parameter.name + " = ", parameter.label, parameter.summary)
      }
      addCommands()
      addVariables(in: .anything)
      addFunctions()
      addKeywords()
    case .stage:
      addCommands()
      addFunctions()
    case .argument(let command): addArguments(of: command)
    case .value(let parameter, _):
      addValues(of: parameter.domain)
      addFunctions(fitting: [parameter])
    case .operand(let declaration):
      for parameter in declaration?.parameters ?? [] where !beginning.isEmpty {
        add(parameter.name + "=", parameter.label, parameter.summary)
      }
      addVariables(in: .anything)
      addFunctions()
    case .nothing: break
    }
  }

  private mutating func addArguments(of command: CellReader.OpenCommand) {
    let open = command.openPositionals
    let next = open.prefix(open.first?.form == .subject ? 2 : 1)
    for parameter in next { addValues(of: parameter.domain) }
    if open.isEmpty,
      let variadic = command.declaration?.parameters.first(where: { $0.form == .variadic })
    {
      addValues(of: variadic.domain)
    }
    if command.declaration?.name == "help" { addTopics() }
    // The member's own come first: they are why it was named.
    let own = command.member?.parameters ?? []
    let options = (command.declaration?.parameters ?? []).filter { $0.form == .option }
    for parameter in own + options where !command.given.contains(parameter.name) {
      add(parameter.name + "=", parameter.label, parameter.summary)
    }
    addFunctions(fitting: next)
  }

  private mutating func addValues(of domain: Domain) {
    for word in domain.fixedWords { add(word.text, word.text, word.summary) }
    for member in glossary.members(of: domain) { add(member.name, member.name, member.summary) }
    for alternative in domain.alternatives {
      switch alternative {
      case .boolean:
        add("true", "true", "")
        add("false", "false", "")
      case .path: result.wantsPath = true
      case .command: addCommands()
      default: break
      }
    }
    guard !domain.readsOnlyWords else { return }
    addVariables(in: domain)
  }

  /// Functions are many: only where they are asked for by name, and nothing else is.
  private mutating func addFunctions(fitting parameters: some Sequence<Parameter>) {
    guard parameters.contains(where: { !$0.domain.readsOnlyWords }), !beginning.isEmpty,
      !result.candidates.contains(where: { $0.text.hasPrefix(beginning) })
    else { return }
    addFunctions()
  }

  private mutating func addCommands() {
    for declaration in glossary.catalogue.commands {
      add(declaration.name, declaration.name, declaration.summary)
    }
  }

  private mutating func addFunctions() {
    for declaration in glossary.catalogue.functions {
      add(declaration.name + "(", declaration.functionUsage, declaration.summary)
    }
    for name in Builtins.constants.keys.sorted() { add(name, name, "") }
  }

  private mutating func addVariables(in domain: Domain) {
    for (name, kind) in glossary.names where domain.admits(kind: kind) {
      add(name, "\(name): \(kind)", "")
    }
    for name in assigned.sorted() where !glossary.isVariable(name) { add(name, name, "") }
  }

  private mutating func addKeywords() {
    for keyword in ["for", "while", "if", "fn", "try", "return"] { add(keyword + " ", keyword, "") }
  }

  /// Everything that has a page.
  private mutating func addTopics() {
    let catalogue = glossary.catalogue
    let members = catalogue.families.values.flatMap { $0 }.sorted { $0.name < $1.name }
    for declaration in catalogue.commands + catalogue.functions + members {
      add(declaration.name, declaration.name, declaration.summary)
    }
    result.wantsPath = false
  }

  private mutating func add(_ text: String, _ label: String, _ summary: String) {
    result.candidates.append(.init(text: text, label: label, summary: summary))
  }

  /// Those that begin with what is typed; where none does, those that hold it.
  private mutating func keepFitting() {
    guard !beginning.isEmpty else { return withoutRepeats() }
    let all = result.candidates
    result.candidates = all.filter { $0.text.hasPrefix(beginning) && $0.text != beginning }
    if result.candidates.isEmpty, !all.contains(where: { $0.text == beginning }) {
      let sought = beginning.lowercased()
      result.candidates = all.filter { $0.text.lowercased().hasPrefix(sought) }
    }
    withoutRepeats()
  }

  private mutating func withoutRepeats() {
    var seen = Set<String>()
    result.candidates.removeAll { !seen.insert($0.text).inserted }
  }
}

private let endsWord = Set(" \t\r\n\"'()[]{};|,=#".utf8)

private func isNameByte(_ byte: UInt8) -> Bool {
  byte >= 0x80 || byte == UInt8(ascii: "_") || 0x30...0x39 ~= byte
    || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
}

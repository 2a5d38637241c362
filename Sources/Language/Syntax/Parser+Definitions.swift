import Schema

// What commands add to the names that the rest of a program is read with.

extension Parser {
  /// Once a word has chosen a member, its parameters are options too.
  func noteMember(_ reading: inout ArgumentReading) {
    guard reading.member == nil, let argument = reading.arguments.last,
      case .word(let word) = argument.value.form,
      let name = argument.parameter ?? argument.name?.text,
      let family = reading.declaration.parameter(name)?.domain.family
    else { return }
    reading.member = vocabulary.member(word, of: family)
  }

  /// `env Pit { … }` adds a member for what follows.
  mutating func define(by command: CommandSyntax) {
    guard let family = command.declaration.defines,
      let member = ownMember(of: command)
    else { return }
    vocabulary.define(member, in: family)
    command.member = member
  }

  /// The declaration of what a command with a block defines: its plain values are its options.
  private func ownMember(of command: CommandSyntax) -> Declaration? {
    var name: String?
    var definition: FunctionSyntax?
    for argument in command.arguments {
      switch argument.value.form {
      case .word(let word) where argument.name == nil: name = name ?? word
      case .string(let text) where argument.name == nil: name = name ?? text
      case .block(let block): definition = block.definition
      default: break
      }
    }
    guard let name, let definition, case .definition(let block) = definition.body else {
      return nil
    }
    var parameters: [Parameter] = []
    for statement in block.statements {
      guard case .assign(let targets, let value) = statement.form, targets.count == 1,
        targets[0].steps.isEmpty, !parameters.contains(where: { $0.name == targets[0].name.text })
      else { continue }
      guard let (domain, defaultValue) = value.form.asOption else { continue }
      parameters.append(
        Parameter(targets[0].name.text, domain, default: defaultValue, "As its block says."))
    }
    return Declaration(name: name, summary: "Defined in this program.", parameters: parameters)
  }

  // MARK: Programs in files

  /// `source lib.rlhs`: what the file defines is known to what follows.
  mutating func readProgram(of command: CommandSyntax) throws(SyntaxError) {
    guard let load = vocabulary.program,
      let parameter = vocabulary.commands[command.declaration.name]?.programParameter,
      let argument = command.arguments.first(where: {
        ($0.parameter ?? $0.name?.text ?? parameter) == parameter
      }),
      let path = argument.value.form.writtenText
    else { return }
    guard path != source.name, !sourcing.contains(path) else {
      throw SyntaxError(message: "`\(path)` would run itself", span: argument.value.span)
    }
    guard sourcing.count < Self.deepestSourcing else {
      throw SyntaxError(message: "programs run each other too deeply", span: argument.value.span)
    }
    // A file that is not there may be by the time the command runs.
    guard let file = load(path) else { return }
    var parser = Parser(file, vocabulary: vocabulary)
    parser.sourcing = sourcing + [source.name]
    let program = parser.program()
    vocabulary = parser.vocabulary
    command.sourced = SourcedProgram(program: program, errors: parser.errors)
  }
}

extension Expression.Form {
  /// What an assignment in a definition makes an option: any plain value, and its type where it is
  /// a literal. A function is none.
  fileprivate var asOption: (Domain, Parameter.Default)? {
    switch self {
    case .function: nil
    case .boolean(let value): (.boolean, .setting(.boolean(value)))
    case .integer(let value): (.real, .setting(.integer(value)))
    case .real(let value): (.real, .setting(.real(value)))
    case .string(let value): (.string, .setting(.string(value)))
    default: (.anything, .described("as its block says"))
    }
  }
}

extension Expression.Form {
  /// The text of a word, or of a string without values in it.
  fileprivate var writtenText: String? {
    switch self {
    case .word(let text), .string(let text): text
    default: nil
    }
  }
}

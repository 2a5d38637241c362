import Schema

extension Resolver {
  /// Checks what can be known of a command's arguments: names, how many, and literals.
  mutating func check(_ command: CommandSyntax) {
    let declaration = command.declaration
    if command.member == nil { command.member = literalMember(of: command) }
    var free = declaration.parameters.filter { $0.form != .option }
    var given: Set<String> = []
    var values: [Expression] = []
    for argument in command.arguments {
      guard let name = argument.parameter ?? argument.name?.text else {
        values.append(argument.value)
        continue
      }
      if !given.insert(name).inserted, let span = argument.name?.span {
        report(.call, "`\(name)` is given twice", at: span)
      }
      free.removeAll { $0.name == name }
      if let parameter = declaration.parameter(name) ?? command.member?.parameter(name) {
        check(argument.value, for: parameter, of: command)
      } else if let span = argument.name?.span, !takesOtherOptions(command) {
        let options = (declaration.parameters + (command.member?.parameters ?? [])).map(\.name)
        report(
          .name, "`\(declaration.name)` has no option `\(name)`",
          hint: suggestion(name, among: options), at: span)
      }
    }
    checkPositional(values, free: &free, of: command)
    let missing = declaration.parameters.first { parameter in
      guard case .required = parameter.defaultValue, parameter.form != .subject else {
        return false
      }
      return !given.contains(parameter.name)
        && (parameter.form == .option || free.contains { $0.name == parameter.name })
    }
    if let missing {
      report(
        .call, "`\(declaration.name)` needs `\(missing.name)`: \(missing.domain.description)",
        at: command.nameSpan)
    }
  }

  /// Options of what a handle is, or of a member that is only known when it runs.
  private func takesOtherOptions(_ command: CommandSyntax) -> Bool {
    if command.declaration.acceptsOtherOptions { return true }
    guard let family = command.declaration.parameters.first(where: { $0.domain.family != nil })
    else { return false }
    if let member = command.member ?? literalMember(of: command) {
      return member.acceptsOtherOptions
    }
    return command.arguments.contains { argument in
      guard argument.name == nil || argument.name?.text == family.name else { return false }
      switch argument.value.form {
      case .word, .string, .block: return false
      default: return true
      }
    } || command.arguments.contains { if case .block = $0.value.form { true } else { false } }
  }

  /// The member that a quoted word names, as in `agent("dqn")`.
  private func literalMember(of command: CommandSyntax) -> Declaration? {
    guard let parameter = command.declaration.parameters.first(where: { $0.domain.family != nil }),
      let family = parameter.domain.family
    else { return nil }
    for argument in command.arguments {
      guard argument.name == nil || argument.name?.text == parameter.name,
        case .string(let text) = argument.value.form
      else { continue }
      return vocabulary.member(text, of: family)
    }
    return nil
  }

  /// Values by place against the parameters left, which are taken out as they are filled.
  private mutating func checkPositional(
    _ values: [Expression], free: inout [Parameter], of command: CommandSyntax
  ) {
    let isVariadic = free.last?.form == .variadic
    if values.count > free.count, !isVariadic {
      report(
        .call,
        "`\(command.declaration.name)` takes \(counted(free.count, "value")) here, not \(values.count)",
        at: command.nameSpan)
      free = []
      return
    }
    var isUncertain = false
    if let subject = free.first, subject.form == .subject, let first = values.first,
      values.count < free.count
    {
      if let literal = first.form.literal, mismatch(of: literal, with: subject) != nil {
        free.removeFirst()
      } else if first.form.literal == nil {
        // It may be the subject, or the next value with the subject left out.
        isUncertain = true
        free.removeFirst()
      }
    }
    for value in values {
      guard let parameter = free.first else { return }
      if !isUncertain { check(value, for: parameter, of: command) }
      if parameter.form == .variadic {
        // It takes all the others too, and has what it needs.
        if let last = values.last, last.span == value.span { free.removeFirst() }
      } else {
        free.removeFirst()
      }
    }
  }

  private mutating func check(
    _ value: Expression, for parameter: Parameter, of command: CommandSyntax
  ) {
    if parameter.isFrozen || command.declaration.defines != nil { checkFrozen(value, command) }
    let name = command.declaration.name
    switch value.form {
    case .word(let text): check(word: text, for: parameter, of: command, at: value.span)
    case .string(let text) where parameter.domain.readsOnlyWords:
      check(word: text, for: parameter, of: command, at: value.span)
    default:
      guard let literal = value.form.literal,
        let (kind, message) = mismatch(of: literal, with: parameter)
      else { return }
      report(kind, "`\(name)` takes \(message), as `\(parameter.name)`", at: value.span)
    }
  }

  private mutating func check(
    word: String, for parameter: Parameter, of command: CommandSyntax, at span: Span
  ) {
    var words: [String] = []
    for domain in parameter.domain.alternatives {
      switch domain {
      case .words(let fixed): words += fixed.map(\.text)
      case .member(let family): words += vocabulary.memberNames(of: family)
      case .name, .path, .string, .anything: return
      default: break
      }
    }
    if words.contains(word) || command.member?.name == word { return }
    if let family = parameter.domain.family, vocabulary.member(word, of: family) != nil { return }
    if vocabulary.isOptionWord(word, of: parameter.name) { return }
    let hint = suggestion(word, among: words)
    if let family = parameter.domain.family {
      report(.name, "there is no \(family.name) `\(word)`", hint: hint, at: span)
    } else {
      report(
        .value, "`\(parameter.name)` takes \(parameter.domain.description), not `\(word)`",
        hint: hint, at: span)
    }
  }

  /// A function that runs elsewhere as a frozen copy cannot assign what is around it.
  private mutating func checkFrozen(_ value: Expression, _ command: CommandSyntax) {
    let statements: [Statement]
    switch value.form {
    case .function(let function): statements = function.statements
    case .block(let block): statements = block.block.statements
    case .name(let name): statements = function(named: name.text)?.statements ?? []
    default: return
    }
    // The functions of this program that it may call are copied with it.
    var pending = [statements]
    var seen: Set<String> = []
    while let statements = pending.popLast() {
      let ownership = Ownership(statements)
      for (word, span) in ownership.keywords
      where !diagnostics.contains(where: { $0.span == span }) {
        report(
          .syntax,
          "`\(word)` cannot stand in a function given to `\(command.declaration.name)`, which gets a copy",
          at: span)
      }
      for name in ownership.read.sorted() where seen.insert(name).inserted {
        if let function = function(named: name) { pending.append(function.statements) }
      }
    }
  }

  /// The `fn` statement of a name in scope.
  private func function(named name: String) -> FunctionSyntax? {
    var scope: Scope? = scope
    while let current = scope {
      if let function = current.functions[name] { return function }
      scope = current.parent
    }
    return nil
  }

  // MARK: Built-in functions

  /// How many arguments a built-in function gets, their names, and the types of literals.
  mutating func check(_ arguments: [ArgumentSyntax], of declaration: Declaration, at span: Span) {
    let parameters = declaration.parameters
    let places = arguments.filter { $0.name == nil }
    let isVariadic = parameters.contains { $0.form == .variadic }
    if places.count > parameters.count, !isVariadic {
      report(
        .call,
        "`\(declaration.name)` takes \(argumentsCounted(declaration.argumentCounts)), not \(arguments.count)",
        at: span)
      return
    }
    var given: Set<String> = []
    for (i, argument) in places.enumerated() {
      let parameter = parameters[min(i, parameters.count - 1)]
      given.insert(parameter.name)
      checkType(argument.value, of: parameter, declaration)
    }
    for argument in arguments {
      guard let (name, span) = argument.name else { continue }
      guard let parameter = declaration.parameter(name) else {
        report(
          .name, "`\(declaration.name)` has no parameter `\(name)`",
          hint: suggestion(name, among: parameters.map(\.name)), at: span)
        continue
      }
      if !given.insert(name).inserted {
        report(.call, "`\(name)` is given twice", at: span)
      }
      checkType(argument.value, of: parameter, declaration)
    }
    let missing = parameters.contains { parameter in
      guard case .required = parameter.defaultValue else { return false }
      return !given.contains(parameter.name)
    }
    if missing {
      report(
        .call,
        "`\(declaration.name)` takes \(argumentsCounted(declaration.argumentCounts)), not \(arguments.count)",
        at: span)
    }
  }

  private mutating func checkType(
    _ value: Expression, of parameter: Parameter, _ declaration: Declaration
  ) {
    guard let literal = value.form.literal,
      let (kind, message) = mismatch(of: literal, with: parameter), kind == .type
    else { return }
    report(.type, "`\(declaration.name)` takes \(message), as `\(parameter.name)`", at: value.span)
  }
}

/// `1 argument`, `2 arguments`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// `1 argument`, `2 to 3 arguments`, `at least 1 argument`.
func argumentsCounted(_ counts: ClosedRange<Int>) -> String {
  if counts.upperBound == .max { return "at least " + counted(counts.lowerBound, "argument") }
  if counts.count == 1 { return counted(counts.lowerBound, "argument") }
  return "\(counts.lowerBound) to " + counted(counts.upperBound, "argument")
}

extension Expression.Form {
  /// The value of a literal: a number, a string, true, false or null.
  var literal: Value? {
    switch self {
    case .null: .null
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .real(let value): .real(value)
    case .string(let text): .string(text)
    default: nil
    }
  }
}

import Schema

/// The arguments of commands: options, bare words, and where one argument ends and the next begins.
extension CellReader {
  mutating func readArgument() {
    switch token.kind {
    case .symbol(.question) where !frame.command.isArgumentOpen: position += 1
    case .symbol(.pipe), .symbol(.semicolon), .symbol(.closeParenthesis), .symbol(.closeBrace),
      .symbol(.closeBracket), .symbol(.comma):
      readExpression()
    default:
      let begins =
        !frame.command.isArgumentOpen
        || !frame.expectsOperand && token.hasSpaceBefore && beginsArgument
      if begins { beginArgument() } else { readExpression() }
    }
  }

  private var beginsArgument: Bool {
    switch token.kind {
    case .symbol(.plus), .symbol(.minus): !lexer.isBlank(at: token.span.end)
    case .identifier: text != "step" || next.kind == .symbol(.equal)
    default: beginsOperand(token)
    }
  }

  func beginsOperand(_ token: Token) -> Bool {
    switch token.kind {
    case .identifier, .integer, .real, .string: true
    case .keyword(let keyword): [.true, .false, .null, .fn, .if, .not].contains(keyword)
    case .symbol(let symbol): [.openParenthesis, .openBracket, .openBrace].contains(symbol)
    default: false
    }
  }

  private mutating func beginArgument() {
    change {
      $0.command.isArgumentOpen = true
      $0.expectsOperand = true
      $0.option = nil
    }
    if next.kind == .symbol(.equal), !next.hasSpaceBefore, isName {
      readOptionName()
      if token.kind != .end { readValue(of: frame.option) }
      return
    }
    let parameter = frame.command.nextPositional(for: text, glossary)
    if let parameter, case .identifier = token.kind, let command = glossary.commands[text],
      parameter.domain.alternatives.contains(where: {
        if case .command = $0 { true } else { false }
      })
    {
      return open(command)
    }
    if let parameter, token.kind == .symbol(.openBrace),
      parameter.domain.alternatives.contains(where: { if case .block = $0 { true } else { false } })
    {
      change { $0.awaitsBlock = true }
    }
    if let parameter { change { $0.command.take(parameter) } }
    readValue(of: parameter)
  }

  private var isName: Bool {
    switch token.kind {
    case .identifier, .keyword: true
    default: false
    }
  }

  /// `name=` in a command's arguments.
  private mutating func readOptionName() {
    let name = text
    let command = frame.command
    let parameter = command.option(name)
    let isFine =
      parameter != nil || command.declaration == nil || command.declaration!.acceptsOtherOptions
      || command.hasUnknownMember
    add(token.span, isFine ? .option : .error)
    position += 2
    change {
      $0.option = parameter
      $0.command.given.insert(name)
    }
  }

  /// A bare word where the parameter reads one; else the expression begins.
  private mutating func readValue(of parameter: Parameter?) {
    guard let parameter, token.kind != .end else { return readExpression() }
    let domain = parameter.domain
    let end = lexer.wordEnd(from: token.span.start)
    let word = lexer.text(Span(token.span.start, end))
    let member = glossary.member(word, of: domain)
    let isOwnWord = member != nil || domain.fixedWords.contains { $0.text == word }
    guard end > token.span.start, isOwnWord || domain.readsOnlyWords else {
      return readExpression()
    }
    let isMissing = !isOwnWord && cannotBe(word, domain)
    add(Span(token.span.start, end), isMissing ? .error : .word)
    while token.kind != .end, token.span.start < end { position += 1 }
    change {
      $0.expectsOperand = false
      $0.option = nil
      if let member { $0.command.member = member }
    }
  }

  /// Whether no word that exists is or, while it is still being typed, begins like this one.
  private func cannotBe(_ word: String, _ domain: Domain) -> Bool {
    let isOpen = domain.alternatives.contains {
      switch $0 {
      case .name, .path: true
      default: false
      }
    }
    if isOpen || frame.command.declaration?.defines != nil { return false }
    let words = domain.fixedWords.map(\.text) + glossary.members(of: domain).map(\.name)
    let isBeingTyped = lexer.wordEnd(from: token.span.start) == lexer.bytes.count
    return !(isBeingTyped && words.contains { $0.hasPrefix(word) })
  }
}

extension CellReader.OpenCommand {
  /// The parameter of that name, of the command or of what its word chose.
  func option(_ name: String) -> Parameter? {
    declaration?.parameter(name) ?? member?.parameter(name)
  }

  /// A word for a family may have been given as a value, whose options are not known.
  var hasUnknownMember: Bool {
    member == nil && declaration?.parameters.contains { $0.domain.family != nil } == true
      && positionalCount > 0
  }

  /// The positional parameters that have no value yet.
  var openPositionals: ArraySlice<Parameter> {
    (declaration?.parameters ?? []).filter { $0.form != .option && !given.contains($0.name) }
      .dropFirst(positionalCount)
  }

  /// The parameter that an argument beginning with `word` belongs to. A current object may be left
  /// out, which shows where the word is one of the next parameter's own.
  func nextPositional(for word: String, _ glossary: Glossary) -> Parameter? {
    let open = openPositionals
    guard let first = open.first else {
      return declaration?.parameters.first { $0.form == .variadic }
    }
    guard first.form == .subject, let second = open.dropFirst().first else { return first }
    let isOwnWord =
      second.domain.fixedWords.contains { $0.text == word }
      || glossary.member(word, of: second.domain) != nil
    return isOwnWord ? second : first
  }

  /// Counts the parameter, and those before it that were left out, as given.
  mutating func take(_ parameter: Parameter) {
    guard parameter.form != .variadic else { return }
    let index = openPositionals.firstIndex { $0.name == parameter.name }
    if let index { positionalCount += index - openPositionals.startIndex + 1 }
  }
}

import Schema

extension Parser {
  /// A command or an expression, and what it is piped into. Stands at the head of a statement,
  /// after `=`, `return` and `(`.
  mutating func pipe() throws(SyntaxError) -> Expression {
    try nest(at: token.span)
    defer { depth -= 1 }
    var left = try commandOrExpression()
    while at(.pipe), !isAtBreak {
      advance()
      left = try stage(after: left)
    }
    return left
  }

  private mutating func commandOrExpression() throws(SyntaxError) -> Expression {
    let head = token
    guard head.kind == .identifier else { return try expression() }
    let name = Name(text(head), head.span)
    switch headMeaning() {
    case .command(let declaration):
      advance()
      return try command(declaration, nameSpan: head.span)
    case .alone(let declaration):
      advance()
      let command = CommandSyntax(declaration, nameSpan: head.span, arguments: [])
      return Expression(span: head.span, form: .nameOrCommand(name, command))
    case .variable:
      let result = try expression()
      if case .name = result.form, result.span == head.span, beginsOperand {
        throw SyntaxError(
          message: "unknown command `\(name.text)`", span: head.span,
          unknownCommand: (name, token))
      }
      return result
    }
  }

  private enum HeadMeaning {
    case command(Declaration)
    /// A variable of that name goes first.
    case alone(Declaration)
    case variable
  }

  /// What the name at the current token is at a head, by what follows it.
  private func headMeaning() -> HeadMeaning {
    guard let declaration = vocabulary.commands[text(token)]?.declaration else { return .variable }
    let next = peek()
    if next.kind == .end || (next.hasNewlineBefore && !isBracketed) { return .alone(declaration) }
    switch next.kind {
    case .keyword(.and), .keyword(.or), .keyword(.in): return .variable
    case .keyword(.not):
      var ahead = lexer
      _ = ahead.next()
      return ahead.next().kind == .keyword(.in) ? .variable : .command(declaration)
    case .symbol(let symbol):
      switch symbol {
      case .semicolon, .pipe, .comma, .closeParenthesis, .closeBracket, .closeBrace:
        return .alone(declaration)
      case .openParenthesis, .openBracket, .dot:
        return next.hasSpaceBefore ? .command(declaration) : .variable
      case .openBrace: return .command(declaration)
      case .plus, .minus, .slash, .dotDot:
        let isSign = next.hasSpaceBefore && !lexer.isBlank(at: next.span.end)
        return isSign ? .command(declaration) : .variable
      default: return .variable
      }
    default: return next.hasSpaceBefore ? .command(declaration) : .variable
    }
  }

  /// Whether the current token begins a value, which after a plain name is out of place.
  private var beginsOperand: Bool {
    guard !isAtBreak, token.hasSpaceBefore else { return false }
    switch token.kind {
    case .identifier, .integer, .real, .string: return true
    case .keyword(let keyword): return [.true, .false, .null, .fn].contains(keyword)
    case .symbol(let symbol): return [.openParenthesis, .openBracket, .openBrace].contains(symbol)
    default: return false
    }
  }

  /// A command or a function that takes the left side of a pipe as its first argument.
  private mutating func stage(after left: Expression) throws(SyntaxError) -> Expression {
    guard token.kind == .identifier else { throw unexpected(wanted: "a command or a function") }
    let name = Name(text(token), token.span)
    if let declaration = vocabulary.commands[name.text]?.declaration {
      advance()
      var result = try command(declaration, nameSpan: name.span, piped: left)
      result.span.start = left.span.start
      return result
    }
    advance()
    var arguments = [ArgumentSyntax(name: nil, value: left)]
    while !isAtEndOfArguments {
      try separated()
      if let option = try option(of: nil) {
        arguments.append(option)
      } else {
        arguments.append(ArgumentSyntax(name: nil, value: try argumentValue()))
      }
    }
    return Expression(
      span: Span(left.span.start, previousEnd),
      form: .call(
        CallSyntax(
          callee: Expression(span: name.span, form: .name(name)), arguments: arguments)))
  }

  // MARK: Arguments

  private var isAtEndOfArguments: Bool {
    if isAtBreak { return true }
    switch token.kind {
    case .symbol(let symbol):
      return symbol.isClosing || symbol == .semicolon || symbol == .pipe || symbol == .comma
    default: return false
    }
  }

  private mutating func separated() throws(SyntaxError) {
    guard token.hasSpaceBefore else { throw unexpected() }
  }

  /// The arguments of a command whose name has just been read.
  private mutating func command(
    _ declaration: Declaration, nameSpan: Span, piped: Expression? = nil
  ) throws(SyntaxError) -> Expression {
    var reading = ArgumentReading(declaration)
    if let piped {
      reading.arguments.append(ArgumentSyntax(name: nil, value: piped))
      reading.skipPositional()
    }
    while !isAtEndOfArguments {
      try separated()
      if at(.equal) {
        throw unexpected(hint: "an option is written without spaces, as `name=value`")
      }
      if let option = try option(of: reading) {
        reading.arguments.append(option)
      } else {
        try positional(&reading)
      }
      noteMember(&reading)
    }
    let command = CommandSyntax(
      declaration, nameSpan: nameSpan, arguments: reading.arguments, isPiped: piped != nil)
    command.member = reading.member
    define(by: command)
    try readProgram(of: command)
    return Expression(span: Span(nameSpan.start, previousEnd), form: .command(command))
  }

  /// `name=value`, if that stands here. `reading` is nil for a function's arguments.
  private mutating func option(
    of reading: ArgumentReading?
  ) throws(SyntaxError) -> ArgumentSyntax? {
    guard isName(token) else { return nil }
    let next = peek()
    guard next.kind == .symbol(.equal), !next.hasSpaceBefore else { return nil }
    let name = token
    advance()
    if lexer.isBlank(at: token.span.end) {
      throw SyntaxError(
        message: "an option's value follows its `=` without a space", span: token.span)
    }
    let text = text(name)
    let parameter = reading?.parameter(text)
    let value: Expression
    if let parameter {
      advance()
      value = try self.value(for: parameter, of: reading!.declaration)
    } else {
      advance()
      if let word = try optionWord(text) { value = word } else { value = try argumentValue() }
    }
    return ArgumentSyntax(name: (text, name.span), value: value)
  }

  /// The word of an option that some family's member has, where the command takes others' options.
  private mutating func optionWord(_ option: String) throws(SyntaxError) -> Expression? {
    guard let (word, span) = bareWord(), vocabulary.isOptionWord(word, of: option) else {
      return nil
    }
    return take(word, span)
  }

  private mutating func positional(_ reading: inout ArgumentReading) throws(SyntaxError) {
    if at(.openBrace), let parameter = reading.free(where: { $0.domain.takesBlock }) {
      let value = try self.value(for: parameter, of: reading.declaration)
      reading.arguments.append(
        ArgumentSyntax(name: nil, value: value, parameter: parameter.name))
      return
    }
    guard var parameter = reading.nextPositional else {
      reading.arguments.append(ArgumentSyntax(name: nil, value: try argumentValue()))
      return
    }
    if parameter.form == .subject, let following = reading.positionalAfterNext,
      belongsToFollowing(following, subject: parameter)
    {
      reading.skipPositional()
      parameter = following
    }
    let value = try self.value(for: parameter, of: reading.declaration)
    reading.skipPositional()
    switch value.form {
    case .word, .block:
      reading.arguments.append(
        ArgumentSyntax(
          name: nil, value: value, parameter: parameter.form == .variadic ? nil : parameter.name))
    default: reading.arguments.append(ArgumentSyntax(name: nil, value: value))
    }
  }

  /// Whether the word here is meant for the parameter after the subject: one of its words, no name
  /// of a variable, or the last where it cannot be left out.
  private func belongsToFollowing(_ following: Parameter, subject: Parameter) -> Bool {
    guard let (word, span) = bareWord() else { return false }
    if following.domain.fixedWords.contains(where: { $0.text == word }) { return true }
    guard following.domain.readsOnlyWords, !subject.domain.readsOnlyWords else { return false }
    var ahead = lexer
    ahead.offset = span.end
    let next = ahead.next()
    let isLast: Bool
    switch next.kind {
    case .end: isLast = true
    case .symbol(let symbol):
      isLast = symbol.isClosing || [.semicolon, .pipe, .comma].contains(symbol)
    default: isLast = next.hasNewlineBefore && !isBracketed
    }
    if isLast, case .required = following.defaultValue { return true }
    if let family = following.domain.family, vocabulary.member(word, of: family) != nil {
      return true
    }
    return isLast && !isIdentifier(word)
  }

  /// The bare word at the current token, if any.
  private func bareWord() -> (text: String, span: Span)? {
    let start = token.span.start
    let end = lexer.wordEnd(from: start)
    guard end > start else { return nil }
    return (lexer.text(Span(start, end)), Span(start, end))
  }

  private mutating func take(_ word: String, _ span: Span) -> Expression {
    lexer.offset = span.end
    advance()
    previousEnd = span.end
    return Expression(span: span, form: .word(word))
  }

  /// An argument as the domain of its parameter wants it read: a word, a block, a command or an
  /// expression.
  private mutating func value(
    for parameter: Parameter, of declaration: Declaration
  ) throws(SyntaxError) -> Expression {
    let domain = parameter.domain
    if at(.openBrace), domain.takesBlock {
      return try blockArgument(
        isDefinition: declaration.defines != nil || parameter.name == "settings")
    }
    if domain.readsOnlyWords, let (word, span) = bareWord() { return take(word, span) }
    if !domain.readsOnlyWords, let (word, span) = bareWord(), isOwnWord(word, of: domain),
      isWholeArgument(span)
    {
      return take(word, span)
    }
    if domain.takesCommand { return try commandArgument() }
    return try argumentValue()
  }

  private func isOwnWord(_ word: String, of domain: Domain) -> Bool {
    if domain.fixedWords.contains(where: { $0.text == word }) { return true }
    return domain.family.map { vocabulary.member(word, of: $0) != nil } ?? false
  }

  /// Whether nothing tight follows the word: `auto`, but not `auto(1)` or `auto[0]`.
  private func isWholeArgument(_ span: Span) -> Bool {
    guard span.end < lexer.bytes.count else { return true }
    return !"\"'([{=".utf8.contains(lexer.bytes[span.end])
  }

  private mutating func argumentValue() throws(SyntaxError) -> Expression {
    let outer = isArgument
    isArgument = true
    defer { isArgument = outer }
    return try expression()
  }

  /// `time train a`: the rest of the line is a statement of its own.
  private mutating func commandArgument() throws(SyntaxError) -> Expression {
    let outer = isArgument
    isArgument = false
    defer { isArgument = outer }
    let inner = try commandOrExpression()
    let block = Block(
      span: inner.span, statements: [Statement(span: inner.span, form: .expression(inner))])
    return Expression(span: inner.span, form: .block(BlockSyntax(block)))
  }

  private mutating func blockArgument(isDefinition: Bool) throws(SyntaxError) -> Expression {
    let block = try block()
    let definition =
      isDefinition
      ? FunctionSyntax(name: nil, parameters: [], body: .definition(block), span: block.span) : nil
    return Expression(
      span: block.span, form: .block(BlockSyntax(block, definition: definition)))
  }
}

/// How far the arguments of one command have been read.
struct ArgumentReading {
  let declaration: Declaration
  var arguments: [ArgumentSyntax] = []
  var member: Declaration?
  private let positionals: [Parameter]
  private var position = 0

  init(_ declaration: Declaration) {
    self.declaration = declaration
    positionals = declaration.parameters.filter { $0.form != .option }
  }

  /// The parameter that a value by place belongs to; a block's is filled by blocks only.
  var nextPositional: Parameter? { positional(at: position) }
  var positionalAfterNext: Parameter? { positional(at: position + 1) }

  private func positional(at index: Int) -> Parameter? {
    if index < positionals.count { return positionals[index] }
    return positionals.last?.form == .variadic ? positionals.last : nil
  }

  mutating func skipPositional() { position += 1 }

  func parameter(_ name: String) -> Parameter? {
    declaration.parameter(name) ?? member?.parameter(name)
  }

  func free(where fits: (Parameter) -> Bool) -> Parameter? {
    declaration.parameters.first { parameter in
      fits(parameter)
        && !arguments.contains { ($0.parameter ?? $0.name?.text) == parameter.name }
    }
  }
}

extension Domain {
  var takesBlock: Bool {
    alternatives.contains { if case .block = $0 { true } else { false } }
  }
  var takesCommand: Bool {
    alternatives.contains { if case .command = $0 { true } else { false } }
  }
}

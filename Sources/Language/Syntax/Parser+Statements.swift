import Schema

extension Parser {
  /// Statements up to the end, or up to the brace that closes their block.
  mutating func statements(inBlock: Bool) -> [Statement] {
    var statements: [Statement] = []
    let outerBase = statementBase
    defer { statementBase = outerBase }
    while true {
      while at(.semicolon) { advance() }
      if token.kind == .end || (inBlock && at(.closeBrace)) { return statements }
      let state = (isBracketed, isArgument, depth, openers.count)
      statementBase = openers.count
      do throws(SyntaxError) {
        statements.append(try statement())
        try endOfStatement(inBlock: inBlock)
      } catch {
        let openBrackets = openers.count - state.3
        (isBracketed, isArgument, depth) = (state.0, state.1, state.2)
        openers.removeLast(openBrackets)
        if let (name, unexpected) = error.unknownCommand {
          statements.append(
            Statement(
              span: name.span,
              form: .unknownCommand(name, unexpected: unexpected, text: text(unexpected))))
        } else {
          errors.append(error)
        }
        recover(from: error, openBrackets: openBrackets)
        if !inBlock, at(.closeBrace) { advance() }
      }
    }
  }

  private mutating func endOfStatement(inBlock: Bool) throws(SyntaxError) {
    if isAtBreak || at(.semicolon) || (inBlock && at(.closeBrace)) { return }
    if at(.equal) { throw unexpected(hint: "only a name, a member or an element can be assigned") }
    throw unexpected()
  }

  private mutating func statement() throws(SyntaxError) -> Statement {
    let start = token.span.start
    let form = try statementForm()
    return Statement(span: Span(start, max(start, previousEnd)), form: form)
  }

  private mutating func statementForm() throws(SyntaxError) -> Statement.Form {
    guard case .keyword(let keyword) = token.kind else { return try headForm() }
    switch keyword {
    case .for: return try forLoop()
    case .while:
      advance()
      let condition = try expression()
      return .while(condition, try block())
    case .fn where peek().kind == .identifier:
      advance()
      let name = try identifier("a name")
      return .function(name, try function(named: name.text, from: name.span.start))
    case .return:
      advance()
      if isAtBreak || at(.semicolon) || at(.closeBrace) { return .return(nil) }
      return .return(try values())
    case .break:
      advance()
      return .break
    case .continue:
      advance()
      return .continue
    case .try: return try attempt()
    case .global, .nonlocal:
      advance()
      var names = [try identifier("a name")]
      while at(.comma) {
        advance()
        names.append(try identifier("a name"))
      }
      return .declare(isGlobal: keyword == .global, names)
    default: return try headForm()
    }
  }

  private mutating func forLoop() throws(SyntaxError) -> Statement.Form {
    advance()
    var names = [try identifier("a name")]
    while at(.comma) {
      advance()
      names.append(try identifier("a name"))
    }
    guard at(.in) else { throw unexpected(wanted: "`in`") }
    advance()
    let iterated = try expression()
    return .for(names, in: iterated, try block())
  }

  private mutating func attempt() throws(SyntaxError) -> Statement.Form {
    advance()
    let body = try block()
    guard at(.catch) else { throw unexpected(wanted: "`catch`") }
    advance()
    let name = token.kind == .identifier ? try identifier("a name") : nil
    return .attempt(body, catch: name, handler: try block())
  }

  mutating func identifier(_ wanted: String) throws(SyntaxError) -> Name {
    guard token.kind == .identifier, !isAtBreak else {
      if case .keyword(let keyword) = token.kind, !isAtBreak {
        throw unexpected(
          wanted: wanted, hint: "`\(keyword.rawValue)` is a keyword; choose another name")
      }
      throw unexpected(wanted: wanted)
    }
    let name = Name(text(token), token.span)
    advance()
    return name
  }

  mutating func block() throws(SyntaxError) -> Block {
    let start = token.span.start
    guard at(.openBrace), !isAtBreak else { throw unexpected(wanted: "`{`") }
    let statements = try bracketed(.openBrace, linesCount: true) { parser throws(SyntaxError) in
      parser.statements(inBlock: true)
    }
    return Block(span: Span(start, previousEnd), statements: statements)
  }

  // MARK: Assignment, expressions and commands

  /// What begins with neither a keyword of statements nor a bracket of a block.
  private mutating func headForm() throws(SyntaxError) -> Statement.Form {
    if at(.question) { return .expression(try search()) }
    if token.kind == .identifier, case let next = peek(), next.kind == .symbol(.question),
      vocabulary.commands[text(token)] != nil
    {
      return .expression(try questionAboutCommand())
    }
    let first = try pipe()
    guard !isAtBreak, case .symbol(let symbol) = token.kind else { return .expression(first) }
    if let operation = Self.updates[symbol] {
      guard let target = target(first) else {
        throw SyntaxError(
          message: "`\(symbol.rawValue)` needs a variable, a member or an element on its left",
          span: token.span)
      }
      let span = token.span
      advance()
      return .update(target, operation, operator: span, try pipe())
    }
    guard symbol == .equal || symbol == .comma, let firstTarget = target(first) else {
      return .expression(first)
    }
    var targets = [firstTarget]
    while at(.comma) {
      advance()
      guard let next = target(try expression()) else { throw unexpected(wanted: "`=`") }
      targets.append(next)
    }
    guard at(.equal), !isAtBreak else { throw unexpected(wanted: "`=`") }
    advance()
    let value = try values()
    if targets.count == 1, targets[0].steps.isEmpty { nameResult(of: value, targets[0].name.text) }
    return .assign(targets, value)
  }

  private static let updates: [Symbol: BinaryOperator] = [
    .plusEqual: .add, .minusEqual: .subtract, .starEqual: .multiply, .slashEqual: .divide,
    .doubleSlashEqual: .floorDivide, .percentEqual: .modulo, .doubleStarEqual: .power,
  ]

  /// A pipe, or several values, which make a list.
  private mutating func values() throws(SyntaxError) -> Expression {
    let first = try pipe()
    guard at(.comma), !isAtBreak else { return first }
    var elements = [first]
    while at(.comma) {
      advance()
      elements.append(try expression())
    }
    return Expression(span: Span(first.span.start, previousEnd), form: .list(elements))
  }

  /// The same text read as what is assigned; nil where it is no variable, member or element.
  private func target(_ expression: Expression) -> Target? {
    switch expression.form {
    case .name(let name), .nameOrCommand(let name, _):
      guard name.span == expression.span else { return nil }
      return Target(name: name, steps: [], span: name.span)
    case .member(let base, let name, let span):
      guard var target = target(base) else { return nil }
      target.steps.append(.member(name, span))
      target.span.end = expression.span.end
      return target
    case .index(let base, let index):
      guard var target = target(base) else { return nil }
      target.steps.append(.index(index))
      target.span.end = expression.span.end
      return target
    default: return nil
    }
  }

  private func nameResult(of value: Expression, _ target: String) {
    switch value.form {
    case .command(let command), .nameOrCommand(_, let command): command.target = target
    case .call(let call):
      if case .name(let name) = call.callee.form, let found = vocabulary.commands[name.text] {
        call.command = CommandSyntax(
          found.declaration, nameSpan: name.span, arguments: call.arguments)
        call.command?.target = target
      }
    default: break
    }
  }

  // MARK: Help

  /// `? words`: looks for them in all summaries.
  private mutating func search() throws(SyntaxError) -> Expression {
    let mark = token.span
    var end = mark.end
    while end < lexer.bytes.count, !"\n;#".utf8.contains(lexer.bytes[end]) { end += 1 }
    let words = lexer.text(Span(mark.end, end)).trimmedBlanks
    lexer.offset = end
    advance()
    previousEnd = end
    return try help("?" + words, span: Span(mark.start, end))
  }

  /// `train?`
  private mutating func questionAboutCommand() throws(SyntaxError) -> Expression {
    let name = token
    advance()
    advance()
    return try help(text(name), span: Span(name.span.start, previousEnd))
  }

  private func help(_ topic: String, span: Span) throws(SyntaxError) -> Expression {
    guard let command = vocabulary.commands["help"] else {
      throw SyntaxError(message: "there is no help here", span: span)
    }
    let word = Expression(span: span, form: .word(topic))
    return Expression(
      span: span,
      form: .command(
        CommandSyntax(
          command.declaration, nameSpan: span, arguments: [ArgumentSyntax(name: nil, value: word)]))
    )
  }
}

extension String {
  /// Without blanks at either end.
  var trimmedBlanks: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
    var rest = self[...]
    while let first = rest.first, isBlank(first) { rest.removeFirst() }
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return String(rest)
  }
}

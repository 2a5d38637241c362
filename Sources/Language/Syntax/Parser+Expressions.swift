import Schema

extension Parser {
  /// An expression, from the loosest operator down.
  mutating func expression() throws(SyntaxError) -> Expression {
    try nest(at: token.span)
    defer { depth -= 1 }
    return try disjunction()
  }

  /// A binary operator's chain must be of bounded length: the tree leans to the left.
  private func link(_ count: inout Int) throws(SyntaxError) {
    count += 1
    if count > Self.longestChain {
      throw SyntaxError(message: "this expression is too long", span: token.span)
    }
  }

  private mutating func disjunction() throws(SyntaxError) -> Expression {
    var left = try conjunction()
    var count = 0
    while at(.or), !isAtBreak {
      try link(&count)
      let word = token.span
      advance()
      let right = try conjunction()
      left = Expression(
        span: Span(left.span.start, right.span.end), form: .or(left, right, operator: word))
    }
    return left
  }

  private mutating func conjunction() throws(SyntaxError) -> Expression {
    var left = try negation()
    var count = 0
    while at(.and), !isAtBreak {
      try link(&count)
      let word = token.span
      advance()
      let right = try negation()
      left = Expression(
        span: Span(left.span.start, right.span.end), form: .and(left, right, operator: word))
    }
    return left
  }

  private mutating func negation() throws(SyntaxError) -> Expression {
    guard at(.not) else { return try comparison() }
    let word = token.span
    try nest(at: word)
    defer { depth -= 1 }
    advance()
    let operand = try negation()
    return Expression(
      span: Span(word.start, operand.span.end), form: .not(operand, operator: word))
  }

  private mutating func comparison() throws(SyntaxError) -> Expression {
    let left = try range()
    guard let (operation, span) = comparisonOperator() else { return left }
    let right = try range()
    if let (_, second) = comparisonOperator() {
      throw SyntaxError(
        message: "comparisons do not chain", hint: "join two of them with `and`", span: second)
    }
    return Expression(
      span: Span(left.span.start, right.span.end),
      form: .binary(operation, left, right, operator: span))
  }

  /// Reads a comparison's operator, if one stands here.
  private mutating func comparisonOperator() -> (BinaryOperator, Span)? {
    guard !isAtBreak else { return nil }
    let start = token.span
    switch token.kind {
    case .symbol(let symbol):
      guard let operation = BinaryOperator(rawValue: symbol.rawValue), operation.isComparison
      else { return nil }
      advance()
      return (operation, start)
    case .keyword(.in):
      advance()
      return (.contains, start)
    case .keyword(.not):
      guard case let next = peek(), next.kind == .keyword(.in) else { return nil }
      advance()
      advance()
      return (.lacks, Span(start.start, next.span.end))
    default: return nil
    }
  }

  private mutating func range() throws(SyntaxError) -> Expression {
    let start = try sum()
    guard at(.dotDot) || at(.dotDotLess), !isAtBreak else { return start }
    let isHalfOpen = at(.dotDotLess)
    let symbol = token.span
    advance()
    let end = try sum()
    var step: Expression?
    if token.kind == .identifier, !isAtBreak, text(token) == "step" {
      advance()
      step = try sum()
    }
    if at(.dotDot) || at(.dotDotLess), !isAtBreak {
      throw unexpected(hint: "ranges do not chain")
    }
    return Expression(
      span: Span(start.span.start, previousEnd),
      form: .range(start, end, step: step, isHalfOpen: isHalfOpen, operator: symbol))
  }

  private mutating func sum() throws(SyntaxError) -> Expression {
    var left = try product()
    var count = 0
    while at(.plus) || at(.minus), !isAtBreak, !beginsNextArgument {
      try link(&count)
      left = try binary(left) { parser throws(SyntaxError) in try parser.product() }
    }
    return left
  }

  /// In arguments a sign with a space before and none after belongs to what follows.
  private var beginsNextArgument: Bool {
    isArgument && token.hasSpaceBefore && !lexer.isBlank(at: token.span.end)
  }

  private mutating func product() throws(SyntaxError) -> Expression {
    var left = try sign()
    var count = 0
    while at(.star) || at(.slash) || at(.doubleSlash) || at(.percent), !isAtBreak {
      try link(&count)
      left = try binary(left) { parser throws(SyntaxError) in try parser.sign() }
    }
    return left
  }

  private mutating func binary(
    _ left: Expression, _ operand: (inout Parser) throws(SyntaxError) -> Expression
  ) throws(SyntaxError) -> Expression {
    let symbol = token
    advance()
    let right = try operand(&self)
    return Expression(
      span: Span(left.span.start, right.span.end),
      form: .binary(
        BinaryOperator(rawValue: text(symbol))!, left, right, operator: symbol.span))
  }

  private mutating func sign() throws(SyntaxError) -> Expression {
    guard at(.minus) || at(.plus) else { return try power() }
    let symbol = token
    try nest(at: symbol.span)
    defer { depth -= 1 }
    advance()
    let operand = try sign()
    let span = Span(symbol.span.start, operand.span.end)
    let isMinus = symbol.kind == .symbol(.minus)
    switch operand.form {
    case .integer(let value) where isMinus: return Expression(span: span, form: .integer(-value))
    case .real(let value) where isMinus: return Expression(span: span, form: .real(-value))
    default:
      return Expression(
        span: span,
        form: isMinus
          ? .negate(operand, operator: symbol.span) : .plus(operand, operator: symbol.span))
    }
  }

  private mutating func power() throws(SyntaxError) -> Expression {
    let base = try operand()
    guard at(.doubleStar), !isAtBreak else { return base }
    let symbol = token.span
    try nest(at: symbol)
    defer { depth -= 1 }
    advance()
    let exponent = try sign()
    return Expression(
      span: Span(base.span.start, exponent.span.end),
      form: .binary(.power, base, exponent, operator: symbol))
  }

  // MARK: Operands

  private mutating func operand() throws(SyntaxError) -> Expression {
    var result = try primary()
    if case .conditional = result.form { return result }
    if case .function = result.form { return result }
    var count = 0
    while !token.hasSpaceBefore, case .symbol(let symbol) = token.kind {
      switch symbol {
      case .dot: result = try member(of: result)
      case .openBracket: result = try element(of: result)
      case .openParenthesis: result = try call(result)
      default: return result
      }
      try link(&count)
    }
    return result
  }

  private mutating func member(of base: Expression) throws(SyntaxError) -> Expression {
    advance()
    switch token.kind {
    case .identifier, .keyword: break
    default: throw unexpected(wanted: "a name")
    }
    let name = token
    advance()
    return Expression(
      span: Span(base.span.start, name.span.end),
      form: .member(base, text(name), name: name.span))
  }

  private mutating func element(of base: Expression) throws(SyntaxError) -> Expression {
    let index = try bracketed(.openBracket) { parser throws(SyntaxError) in
      try parser.expression()
    }
    return Expression(span: Span(base.span.start, previousEnd), form: .index(base, index))
  }

  private mutating func call(_ callee: Expression) throws(SyntaxError) -> Expression {
    let arguments = try bracketed(.openParenthesis) { parser throws(SyntaxError) in
      try parser.callArguments()
    }
    return Expression(
      span: Span(callee.span.start, previousEnd),
      form: .call(CallSyntax(callee: callee, arguments: arguments)))
  }

  private mutating func callArguments() throws(SyntaxError) -> [ArgumentSyntax] {
    var arguments: [ArgumentSyntax] = []
    while !at(.closeParenthesis) {
      var name: (text: String, span: Span)?
      if isName(token), peek().kind == .symbol(.equal) {
        name = (text(token), token.span)
        advance()
        advance()
      } else if arguments.last?.name != nil {
        throw SyntaxError(
          message: "arguments by position come before those with a name", span: token.span)
      }
      arguments.append(ArgumentSyntax(name: name, value: try expression()))
      guard at(.comma) else { break }
      advance()
    }
    return arguments
  }

  /// An identifier, or a keyword, which can stand where only a name can.
  func isName(_ token: Token) -> Bool {
    switch token.kind {
    case .identifier, .keyword: true
    default: false
    }
  }

  private mutating func primary() throws(SyntaxError) -> Expression {
    let start = token
    switch token.kind {
    case .integer(let value): return leaf(.integer(value))
    case .real(let value): return leaf(.real(value))
    case .string: return try string()
    case .identifier: return leaf(.name(Name(text(start), start.span)))
    case .keyword(.true): return leaf(.boolean(true))
    case .keyword(.false): return leaf(.boolean(false))
    case .keyword(.null): return leaf(.null)
    case .keyword(.if): return try conditional()
    case .keyword(.fn):
      advance()
      let function = try function(named: nil, from: start.span.start)
      return Expression(span: Span(start.span.start, previousEnd), form: .function(function))
    case .symbol(.openParenthesis): return try parenthesised()
    case .symbol(.openBracket):
      let elements = try bracketed(.openBracket) { parser throws(SyntaxError) in
        try parser.elements()
      }
      return Expression(span: Span(start.span.start, previousEnd), form: .list(elements))
    case .symbol(.openBrace):
      let entries = try bracketed(.openBrace) { parser throws(SyntaxError) in
        try parser.entries()
      }
      return Expression(span: Span(start.span.start, previousEnd), form: .map(entries))
    default: throw unexpected(wanted: token.kind == .end ? "a value" : nil)
    }
  }

  private mutating func leaf(_ form: Expression.Form) -> Expression {
    let span = token.span
    advance()
    return Expression(span: span, form: form)
  }

  private mutating func parenthesised() throws(SyntaxError) -> Expression {
    let start = token.span.start
    var inner = try bracketed(.openParenthesis) { parser throws(SyntaxError) -> Expression in
      let first = try parser.pipe()
      guard parser.at(.comma) else { return first }
      var elements = [first]
      while parser.at(.comma) {
        parser.advance()
        elements.append(try parser.expression())
      }
      return Expression(span: first.span, form: .list(elements))
    }
    inner.span = Span(start, previousEnd)
    return inner
  }

  private mutating func elements() throws(SyntaxError) -> [Expression] {
    var elements: [Expression] = []
    while !at(.closeBracket) {
      elements.append(try expression())
      guard at(.comma) else { break }
      advance()
    }
    return elements
  }

  private mutating func entries() throws(SyntaxError) -> [Expression.Entry] {
    var entries: [Expression.Entry] = []
    while !at(.closeBrace) {
      let key = try self.key()
      try expect(.colon)
      entries.append(Expression.Entry(key: key, value: try expression()))
      guard at(.comma) else { break }
      advance()
    }
    return entries
  }

  private mutating func key() throws(SyntaxError) -> Expression {
    switch token.kind {
    case .identifier, .keyword: return leaf(.string(text(token)))
    case .string: return try string()
    case .symbol(.openParenthesis):
      return try bracketed(.openParenthesis) { parser throws(SyntaxError) in
        try parser.expression()
      }
    default: throw unexpected(wanted: "a key")
    }
  }

  private mutating func conditional() throws(SyntaxError) -> Expression {
    let start = token.span.start
    advance()
    let condition = try expression()
    var branches = [(condition: condition, block: try block())]
    while at(.else) {
      advance()
      guard at(.if) else {
        let otherwise = try block()
        return Expression(
          span: Span(start, previousEnd),
          form: .conditional(ConditionalSyntax(branches: branches, otherwise: otherwise)))
      }
      advance()
      let next = try expression()
      branches.append((condition: next, block: try block()))
    }
    return Expression(
      span: Span(start, previousEnd),
      form: .conditional(ConditionalSyntax(branches: branches, otherwise: nil)))
  }

  /// Parameters and body, behind `fn` and the name.
  mutating func function(named name: String?, from start: Int) throws(SyntaxError) -> FunctionSyntax
  {
    let parameters = try bracketed(.openParenthesis) { parser throws(SyntaxError) in
      try parser.parameters()
    }
    let body: FunctionSyntax.Body
    if at(.arrow) {
      advance()
      body = .expression(try expression())
    } else {
      guard at(.openBrace), !isAtBreak else { throw unexpected(wanted: "`{` or `=>`") }
      body = .block(try block())
    }
    return FunctionSyntax(
      name: name, parameters: parameters, body: body, span: Span(start, previousEnd))
  }

  private mutating func parameters() throws(SyntaxError) -> [(
    name: Name, defaultValue: Expression?
  )] {
    var parameters: [(name: Name, defaultValue: Expression?)] = []
    while !at(.closeParenthesis) {
      let name = try identifier("a parameter")
      if parameters.contains(where: { $0.name.text == name.text }) {
        throw SyntaxError(message: "there are two parameters `\(name.text)`", span: name.span)
      }
      var defaultValue: Expression?
      if at(.equal) {
        advance()
        defaultValue = try expression()
      }
      parameters.append((name: name, defaultValue: defaultValue))
      guard at(.comma) else { break }
      advance()
    }
    return parameters
  }
}

import Schema

/// What stands in expressions, and the brackets.
extension CellReader {
  mutating func readExpression() {
    switch token.kind {
    case .integer, .real: step(as: .number, expectsOperand: false)
    case .string: step(as: .string, expectsOperand: false)
    case .keyword(let keyword): readKeyword(keyword)
    case .identifier: readName()
    case .symbol(let symbol): readSymbol(symbol)
    case .invalid:
      // A string that is still being typed is no error yet.
      step(as: lexer.isQuote(at: token.span.start) ? .string : .error, expectsOperand: false)
    case .comment, .end: position += 1
    }
  }

  private mutating func readKeyword(_ keyword: Keyword) {
    switch keyword {
    case .true, .false, .null, .break, .continue: step(as: .keyword, expectsOperand: false)
    case .if, .for, .while, .fn, .else, .try, .catch:
      change { $0.awaitsBlock = true }
      step(as: .keyword, expectsOperand: true)
      if keyword == .for {
        for token in tokens[position...].prefix(while: { $0.kind != .keyword(.in) }).prefix(9) {
          assigned.insert(lexer.text(token.span))
        }
      }
      if keyword == .fn || keyword == .catch, token.kind == .identifier {
        assigned.insert(text)
        if keyword == .fn { add(token.span, .function) }
        step(expectsOperand: true)
      }
      if keyword == .fn, token.kind == .symbol(.openParenthesis) {
        position += 1
        frames.append(Frame(kind: .parameters, phase: .expression))
      }
    default: step(as: .keyword, expectsOperand: true)
    }
  }

  private mutating func readName() {
    let name = text
    let isMember = position > 0 && tokens[position - 1].kind == .symbol(.dot)
    if isMember || frame.isMap && next.kind == .symbol(.colon) {
      return step(expectsOperand: false)
    }
    switch frame.kind {
    case .parameters where frame.expectsOperand && position > 0:
      assigned.insert(name)
      return step(expectsOperand: false)
    case .call(let declaration) where next.kind == .symbol(.equal):
      let isMissing = declaration.map { !$0.takesOption(name) } ?? false
      step(as: isMissing ? .error : .option, expectsOperand: true)
      position += 1
      change {
        $0.option = declaration?.parameter(name)
        $0.command.given.insert(name)
      }
      return
    default: break
    }
    change { $0.option = nil }
    if name == "step", !frame.expectsOperand { return step(as: .keyword, expectsOperand: true) }
    if glossary.isVariable(name) || assigned.contains(name) { return step(expectsOperand: false) }
    let isCall = next.kind == .symbol(.openParenthesis) && !next.hasSpaceBefore
    if isCall, glossary.commands[name] != nil {
      step(as: .command, expectsOperand: false)
    } else {
      let isKnown = glossary.functions[name] != nil || glossary.isConstant(name)
      step(as: isKnown ? .function : nil, expectsOperand: false)
    }
  }

  private mutating func readSymbol(_ symbol: Symbol) {
    switch symbol {
    case .openParenthesis: openParenthesis()
    case .openBracket: push(Frame(kind: .list, phase: .expression))
    case .openBrace:
      if frame.awaitsBlock {
        change { $0.awaitsBlock = false }
        push(
          Frame(kind: .block, settingsOf: frame.phase == .arguments ? frame.command.member : nil))
      } else {
        push(Frame(kind: .map, phase: .expression))
      }
    case .closeParenthesis, .closeBracket, .closeBrace: close()
    case .comma:
      let wasArguments = frame.phase == .arguments
      step(expectsOperand: true)
      if wasArguments { change { $0.phase = .expression } }
    case .semicolon:
      position += 1
      if frame.isBlock { startStatement() }
    case .pipe:
      step(as: .operator, expectsOperand: true)
      change { $0.phase = .stage }
    case .equal where frame.isBlock && frame.phase == .expression:
      step(as: .operator, expectsOperand: true)
      change { $0.phase = .head }
    case .arrow:
      change { $0.awaitsBlock = false }
      step(as: .operator, expectsOperand: true)
    case .dot: step(expectsOperand: false)
    case .colon: step(expectsOperand: true)
    default: step(as: .operator, expectsOperand: true)
    }
  }

  private mutating func push(_ frame: Frame) {
    position += 1
    frames.append(frame)
  }

  mutating func openParenthesis() {
    let isCall = !frame.expectsOperand && !token.hasSpaceBefore && position > 0
    guard isCall else { return push(Frame(kind: .parentheses)) }
    let callee = lexer.text(tokens[position - 1].span)
    let isMember = position > 1 && tokens[position - 2].kind == .symbol(.dot)
    let isOwn = glossary.isVariable(callee) || assigned.contains(callee)
    let declaration =
      isMember || isOwn ? nil : glossary.functions[callee] ?? glossary.commands[callee]
    push(Frame(kind: .call(declaration), phase: .expression))
  }

  private mutating func close() {
    let fits =
      switch (frame.kind, token.kind) {
      case (.parentheses, .symbol(.closeParenthesis)), (.call, .symbol(.closeParenthesis)),
        (.parameters, .symbol(.closeParenthesis)), (.list, .symbol(.closeBracket)),
        (.map, .symbol(.closeBrace)), (.block, .symbol(.closeBrace)):
        frames.count > 1
      default: false
      }
    guard fits else { return step(as: .error, expectsOperand: false) }
    let wasParameters = if case .parameters = frame.kind { true } else { false }
    frames.removeLast()
    // A function's body follows its parameters.
    step(expectsOperand: wasParameters)
  }
}

extension Declaration {
  /// Whether a call may give an option of that name, as far as the declaration alone can tell.
  fileprivate func takesOption(_ name: String) -> Bool {
    parameter(name) != nil || acceptsOtherOptions || parameters.contains { $0.domain.family != nil }
  }
}

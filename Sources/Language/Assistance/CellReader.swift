import Schema

/// Reads a cell token by token: what each piece is, and what may come next. It is no parser: half a
/// statement is its usual case, so it only follows brackets, heads of statements and arguments.
struct CellReader {
  let glossary: Glossary
  private let lexer: Lexer
  /// Without comments, and with an end.
  private let tokens: [Token]
  private var position = 0
  var pieces: [Assistance.Highlight] = []
  private(set) var frames = [Frame(kind: .block)]
  private var assigned: Set<String> = []

  /// Where the reader stands within one pair of brackets, or in the cell as a whole.
  struct Frame {
    enum Kind {
      case block, parentheses, list, map, parameters
      /// The arguments in a call's brackets, of what is declared.
      case call(Declaration?)
    }

    enum Phase {
      /// Where a command can stand.
      case head
      /// Behind a pipe, where a command or a function stands.
      case stage
      case arguments
      case expression
    }

    var kind: Kind
    var phase = Phase.head
    var expectsOperand = true
    /// A header such as `if x` has been read, whose block comes next.
    var awaitsBlock = false
    /// Whose arguments are read.
    var command = OpenCommand()
    /// The parameter whose value comes next, behind `name=`.
    var option: Parameter?
    /// Whose settings a block assigns: `agent dqn { … }`.
    var settingsOf: Declaration?

    var isBlock: Bool { if case .block = kind { true } else { false } }
    var isMap: Bool { if case .map = kind { true } else { false } }
  }

  /// A command whose arguments are being read.
  struct OpenCommand {
    /// Nil where it is unknown.
    var declaration: Declaration?
    var member: Declaration?
    var given: Set<String> = []
    /// How many positional parameters have their value.
    var positionalCount = 0
    /// An argument is being read, which may go on.
    var isArgumentOpen = false
  }

  init(_ text: String, _ glossary: Glossary) {
    self.glossary = glossary
    lexer = Lexer(text)
    let all = Lexer.tokens(of: text)
    tokens = all.filter { $0.kind != .comment }
    for token in all where token.kind == .comment { add(token.span, .comment) }
  }

  var frame: Frame { frames[frames.count - 1] }

  mutating func readAll() {
    while token.kind != .end { readToken() }
  }

  /// What may stand behind everything read.
  enum Place {
    case head(settingsOf: Declaration?)
    case stage
    case argument(OpenCommand)
    /// Directly behind `name=`.
    case value(Parameter, of: OpenCommand)
    /// Inside an expression, with what a call's brackets are of.
    case operand(Declaration?)
    case nothing
  }

  /// `hasSpace` and `hasNewline`: what stands behind the last token.
  func place(hasSpace: Bool, hasNewline: Bool) -> Place {
    if hasNewline, frame.isBlock, !continuesLine { return .head(settingsOf: frame.settingsOf) }
    switch frame.phase {
    case .head: return .head(settingsOf: frame.settingsOf)
    case .stage: return .stage
    case .arguments:
      if !frame.command.isArgumentOpen { return hasSpace ? .argument(frame.command) : .nothing }
      guard frame.expectsOperand else { return hasSpace ? .argument(frame.command) : .nothing }
      if let option = frame.option { return .value(option, of: frame.command) }
      return .operand(nil)
    case .expression:
      guard frame.expectsOperand else { return .nothing }
      if case .call(let declaration) = frame.kind {
        if let option = frame.option { return .value(option, of: OpenCommand()) }
        return .operand(declaration)
      }
      return .operand(nil)
    }
  }

  /// Names that the cell itself assigns.
  var assignedNames: Set<String> { assigned }

  // MARK: Tokens

  private var token: Token { tokens[position] }
  private var next: Token { tokens[min(position + 1, tokens.count - 1)] }
  private var text: String { lexer.text(token.span) }
  private var isLast: Bool { position + 2 >= tokens.count }

  private mutating func add(_ span: Span, _ style: Assistance.Style) {
    pieces.append(.init(range: span.start..<span.end, style: style))
  }

  private mutating func change(_ body: (inout Frame) -> Void) { body(&frames[frames.count - 1]) }

  /// Steps over the current token, which is part of an expression.
  private mutating func step(as style: Assistance.Style? = nil, expectsOperand: Bool) {
    if let style { add(token.span, style) }
    position += 1
    change { $0.expectsOperand = expectsOperand }
  }

  private mutating func readToken() {
    if token.hasNewlineBefore, frame.isBlock, !continuesLine { startStatement() }
    switch frame.phase {
    case .head: readHead()
    case .stage: readStage()
    case .arguments: readArgument()
    case .expression: readExpression()
    }
  }

  private mutating func startStatement() {
    change { $0 = Frame(kind: .block, settingsOf: $0.settingsOf) }
  }

  /// Whether what was read last cannot be the end of a line.
  private var continuesLine: Bool {
    switch frame.phase {
    case .head: false
    case .stage: true
    case .arguments: frame.command.isArgumentOpen && frame.expectsOperand
    case .expression: frame.expectsOperand
    }
  }

  // MARK: Heads

  private mutating func readHead() {
    switch token.kind {
    case .keyword(.return): step(as: .keyword, expectsOperand: true)
    case .identifier where frame.isBlock && isTarget:
      assigned.insert(text)
      change { $0.phase = .expression }
      step(expectsOperand: false)
    case .identifier:
      if let declaration = glossary.commands[text], isCommandHead {
        open(declaration)
      } else if isUnknownCommand {
        add(token.span, .error)
        position += 1
        change {
          $0.phase = .arguments
          $0.command = OpenCommand()
        }
      } else {
        change { $0.phase = .expression }
      }
    case .symbol(.question):
      // `?words`: the rest of the line is no code.
      position += 1
      while token.kind != .end, !token.hasNewlineBefore { step(as: .word, expectsOperand: false) }
    case .symbol(.semicolon): position += 1
    default: change { $0.phase = .expression }
    }
  }

  /// `a =`, `a, b =`, `a += `: the name is assigned.
  private var isTarget: Bool {
    switch next.kind {
    case .symbol(let symbol):
      switch symbol {
      case .equal, .comma, .plusEqual, .minusEqual, .starEqual, .slashEqual, .doubleSlashEqual,
        .percentEqual, .doubleStarEqual:
        return true
      default: return false
      }
    default: return false
    }
  }

  /// What follows a command's name at a head decides whether the command is meant or a variable.
  private var isCommandHead: Bool {
    let isAlone = next.kind == .end || next.hasNewlineBefore
    if isAlone { return !glossary.isVariable(text) && !assigned.contains(text) }
    switch next.kind {
    case .keyword(.and), .keyword(.or), .keyword(.in): return false
    case .symbol(let symbol):
      switch symbol {
      case .semicolon, .pipe, .comma, .question: return true
      case .closeParenthesis, .closeBracket, .closeBrace: return true
      case .openParenthesis, .openBracket: return next.hasSpaceBefore
      case .openBrace: return true
      case .plus, .minus: return next.hasSpaceBefore && !lexer.isBlank(at: next.span.end)
      default: return false
      }
    default: return next.hasSpaceBefore
    }
  }

  private var isUnknownCommand: Bool {
    guard !next.hasNewlineBefore, next.hasSpaceBefore, next.kind != .end else { return false }
    let isKnown =
      glossary.isVariable(text) || assigned.contains(text) || glossary.functions[text] != nil
    return !isKnown && beginsOperand(next)
  }

  private mutating func readStage() {
    guard token.kind == .identifier else { return change { $0.phase = .expression } }
    if let declaration = glossary.commands[text] {
      open(declaration)
    } else {
      add(token.span, .function)
      position += 1
      let function = glossary.functions[lexer.text(tokens[position - 1].span)]
      change {
        $0.phase = .arguments
        $0.command = OpenCommand(declaration: function)
      }
    }
    change { $0.command.positionalCount = 1 }
  }

  private mutating func open(_ declaration: Declaration) {
    add(token.span, .command)
    position += 1
    change {
      $0.phase = .arguments
      $0.command = OpenCommand(declaration: declaration)
    }
  }

  // MARK: Arguments

  private mutating func readArgument() {
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

  private func beginsOperand(_ token: Token) -> Bool {
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

  // MARK: Expressions

  private mutating func readExpression() {
    switch token.kind {
    case .integer, .real: step(as: .number, expectsOperand: false)
    case .string: step(as: .string, expectsOperand: false)
    case .keyword(let keyword): readKeyword(keyword)
    case .identifier: readName()
    case .symbol(let symbol): readSymbol(symbol)
    case .invalid:
      // A string that is still being typed is no error yet.
      let first = lexer.bytes[token.span.start]
      let isString = first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
      step(as: isString ? .string : .error, expectsOperand: false)
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

  private mutating func openParenthesis() {
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

extension Declaration {
  /// Whether a call may give an option of that name, as far as the declaration alone can tell.
  fileprivate func takesOption(_ name: String) -> Bool {
    parameter(name) != nil || acceptsOtherOptions || parameters.contains { $0.domain.family != nil }
  }
}

import Schema

/// Reads a cell token by token: what each piece is, and what may come next. It is no parser: half a
/// statement is its usual case, so it only follows brackets, heads of statements and arguments.
struct CellReader {
  let glossary: Glossary
  let lexer: Lexer
  /// Without comments, and with an end.
  let tokens: [Token]
  var position = 0
  var pieces: [Assistance.Highlight] = []
  var frames = [Frame(kind: .block)]
  var assigned: Set<String> = []
  /// A string that is open or a comment goes on behind the text.
  let endsInTextOrComment: Bool

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
    let lexer = Lexer(text)
    self.lexer = lexer
    let all = Lexer.tokens(of: text)
    tokens = all.filter { $0.kind != .comment }
    let end = lexer.bytes.count
    endsInTextOrComment = all.contains { token in
      switch token.kind {
      case .comment: return token.span.end == end
      case .invalid: return lexer.isQuote(at: token.span.start)
      default: return false
      }
    }
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

  var token: Token { tokens[position] }
  var next: Token { tokens[min(position + 1, tokens.count - 1)] }
  var text: String { lexer.text(token.span) }

  mutating func add(_ span: Span, _ style: Assistance.Style) {
    pieces.append(.init(range: span.start..<span.end, style: style))
  }

  mutating func change(_ body: (inout Frame) -> Void) { body(&frames[frames.count - 1]) }

  /// Steps over the current token, which is part of an expression.
  mutating func step(as style: Assistance.Style? = nil, expectsOperand: Bool) {
    if let style { add(token.span, style) }
    position += 1
    change { $0.expectsOperand = expectsOperand }
  }

  mutating func readToken() {
    if token.hasNewlineBefore, frame.isBlock, !continuesLine { startStatement() }
    switch frame.phase {
    case .head: readHead()
    case .stage: readStage()
    case .arguments: readArgument()
    case .expression: readExpression()
    }
  }

  mutating func startStatement() {
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

  mutating func open(_ declaration: Declaration) {
    add(token.span, .command)
    position += 1
    change {
      $0.phase = .arguments
      $0.command = OpenCommand(declaration: declaration)
    }
  }
}

extension Lexer {
  func isQuote(at offset: Int) -> Bool {
    bytes[offset] == UInt8(ascii: "\"") || bytes[offset] == UInt8(ascii: "'")
  }
}

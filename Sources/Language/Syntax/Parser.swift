import Schema

/// What is wrong with the syntax of one statement.
struct SyntaxError: Error, @unchecked Sendable {
  var message: String
  var hint: String?
  var span: Span
  var kind = ErrorKind.syntax
  /// More text could still make it right: the prompt asks for another line.
  var isAtEnd = false
  /// Where to read on, when skipping brackets that match would skip the whole rest.
  var resumesAt: Int?
  /// Set where it is an unknown command, unless the name turns out to be a variable.
  var unknownCommand: (name: Name, unexpected: Token)?
}

/// Reads a source into statements by recursive descent. After an error it goes on with the next
/// statement, so that one pass finds the errors of all.
struct Parser {
  let source: Source
  var vocabulary: Vocabulary
  var lexer: Lexer
  var token: Token
  /// Where the token before the current one ends.
  var previousEnd = 0
  /// Inside `(`, `[` or a map, where line breaks mean nothing.
  var isBracketed = false
  /// In a command's arguments, where ` -1` begins the next.
  var isArgument = false
  /// The brackets opened and not yet closed.
  var openers: [Span] = []
  /// Where this statement's own brackets begin in `openers`.
  var statementBase = 0
  var depth = 0
  var errors: [SyntaxError] = []
  /// The files whose programs run this one, from the outermost.
  var sourcing: [String] = []
  /// Found at the first error that may be a bracket's.
  private var unclosed: [Int: Bool]?

  /// How deep brackets, blocks and prefix operators may nest, and how long a chain of operators may
  /// be: whatever walks the tree must come to an end before the stack does.
  static let deepestNesting = 150
  static let longestChain = 1000

  /// How many programs may run each other, one within the other.
  static let deepestSourcing = 50

  init(_ source: Source, vocabulary: Vocabulary) {
    self.source = source
    self.vocabulary = vocabulary
    lexer = Lexer(source.text)
    token = lexer.next()
  }

  /// The whole source. Errors are left in `errors`.
  mutating func program() -> Program {
    Program(source: source, statements: statements(inBlock: false))
  }

  // MARK: Tokens

  mutating func advance() {
    previousEnd = token.span.end
    token = lexer.next()
  }

  /// The token after the current one.
  func peek() -> Token {
    var ahead = lexer
    return ahead.next()
  }

  func text(_ token: Token) -> String { lexer.text(token.span) }

  func at(_ symbol: Symbol) -> Bool { token.kind == .symbol(symbol) }
  func at(_ keyword: Keyword) -> Bool { token.kind == .keyword(keyword) }

  /// The statement ends before the current token: at a line break that counts, or the end.
  var isAtBreak: Bool { token.kind == .end || (token.hasNewlineBefore && !isBracketed) }

  mutating func expect(_ symbol: Symbol) throws(SyntaxError) {
    guard at(symbol) else { throw unexpected(wanted: "`\(symbol.rawValue)`") }
    advance()
  }

  /// Opens a bracket, reads what is in it by `body`, and closes it.
  mutating func bracketed<T>(
    _ open: Symbol, linesCount: Bool = false,
    _ body: (inout Parser) throws(SyntaxError) -> T
  ) throws(SyntaxError) -> T {
    let opener = token.span
    try expect(open)
    try nest(at: opener)
    openers.append(opener)
    let outer = (isBracketed, isArgument)
    (isBracketed, isArgument) = (!linesCount, false)
    let result = try body(&self)
    guard at(open.closing!) else { throw unexpected(wanted: "`\(open.closing!.rawValue)`") }
    (isBracketed, isArgument) = outer
    openers.removeLast()
    depth -= 1
    advance()
    return result
  }

  mutating func nest(at span: Span) throws(SyntaxError) {
    depth += 1
    if depth > Self.deepestNesting {
      throw SyntaxError(message: "this is nested too deeply", span: span)
    }
  }

  // MARK: Errors

  /// The current token cannot stand here; or what opened is never closed, which then is the fault.
  mutating func unexpected(wanted: String? = nil, hint: String? = nil) -> SyntaxError {
    if case .invalid(let reason) = token.kind { return invalid(token, reason) }
    if openers.count > statementBase, let opener = openers.last {
      let unclosed = unclosed ?? unclosedBrackets()
      self.unclosed = unclosed
      if let reachesEnd = unclosed[opener.start] {
        return SyntaxError(
          message: "`\(lexer.text(opener))` is never closed", span: opener, isAtEnd: reachesEnd,
          resumesAt: lineEnd(from: opener.end))
      }
    }
    if token.kind == .end {
      return SyntaxError(
        message: "the program ends here" + (wanted.map { ", where \($0) is wanted" } ?? ""),
        hint: hint, span: endSpan, isAtEnd: true)
    }
    if isAtBreak, let wanted {
      return SyntaxError(
        message: "the line ends where \(wanted) is wanted", hint: hint,
        span: Span(previousEnd, previousEnd), resumesAt: token.span.start)
    }
    let mend = hint ?? (at(.equal) && wanted != nil ? "comparison is `==`" : nil)
    return SyntaxError(
      message: "unexpected `\(text(token))`" + (wanted.map { ", where \($0) is wanted" } ?? ""),
      hint: mend, span: token.span)
  }

  func invalid(_ token: Token, _ reason: String) -> SyntaxError {
    let first = lexer.bytes[token.span.start]
    guard first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") else {
      return SyntaxError(message: reason, span: token.span)
    }
    let isLong = lexer.text(token.span).hasPrefix("\"\"\"")
    return SyntaxError(
      message: reason, hint: nil,
      span: Span(token.span.start, token.span.start + (isLong ? 3 : 1)), isAtEnd: isLong,
      resumesAt: token.span.end)
  }

  private var endSpan: Span { Span(previousEnd, previousEnd) }

  /// The brackets of the source that never find their partner, by offset; and whether more text
  /// could still close them.
  private func unclosedBrackets() -> [Int: Bool] {
    var scan = Lexer(source.text)
    var open: [(symbol: Symbol, start: Int)] = []
    var unclosed: [Int: Bool] = [:]
    while true {
      let token = scan.next()
      switch token.kind {
      case .end:
        for bracket in open { unclosed[bracket.start] = true }
        return unclosed
      case .symbol(let symbol):
        if let closing = symbol.closing {
          open.append((closing, token.span.start))
        } else if symbol.isClosing, let partner = open.lastIndex(where: { $0.symbol == symbol }) {
          for bracket in open[(partner + 1)...] { unclosed[bracket.start] = false }
          open.removeSubrange(partner...)
        }
      default: break
      }
    }
  }

  private func lineEnd(from start: Int) -> Int {
    var end = start
    while end < lexer.bytes.count, lexer.bytes[end] != UInt8(ascii: "\n") { end += 1 }
    return end
  }

  /// Steps to where the next statement can begin.
  mutating func recover(from error: SyntaxError, openBrackets: Int) {
    if let offset = error.resumesAt {
      lexer.offset = max(offset, error.span.start)
      token = lexer.next()
      return
    }
    var open = openBrackets
    while token.kind != .end {
      if open == 0 {
        if at(.semicolon) || at(.closeBrace) { return }
        if token.hasNewlineBefore, token.span.start > error.span.start { return }
      }
      if case .symbol(let symbol) = token.kind {
        if symbol.closing != nil { open += 1 }
        if symbol.isClosing { open = max(0, open - 1) }
      }
      advance()
    }
  }
}

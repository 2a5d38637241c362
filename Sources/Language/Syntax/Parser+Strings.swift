extension Parser {
  /// The string at the current token: its text, or its pieces where it has `{ }`.
  mutating func string() throws(SyntaxError) -> Expression {
    let span = token.span
    let bytes = lexer.bytes
    guard bytes[span.start] == UInt8(ascii: "\"") else {
      let text = lexer.text(Span(span.start + 1, span.end - 1))
      advance()
      return Expression(span: span, form: .string(text))
    }
    let quotes = lexer.text(span).hasPrefix("\"\"\"") ? 3 : 1
    var at = span.start + quotes
    let end = span.end - quotes
    if quotes == 3 {
      if at < end, bytes[at] == UInt8(ascii: "\r"), bytes[at + 1] == UInt8(ascii: "\n") { at += 1 }
      if at < end, bytes[at] == UInt8(ascii: "\n") { at += 1 }
    }
    var pieces: [Expression.Piece] = []
    var text: [UInt8] = []
    while at < end {
      switch bytes[at] {
      case UInt8(ascii: "\\"):
        at = try escape(at: at, end: end, into: &text)
      case UInt8(ascii: "{"):
        if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
        text = []
        at = try interpolated(from: at, into: &pieces)
      case UInt8(ascii: "\r") where at + 1 < end && bytes[at + 1] == UInt8(ascii: "\n"): at += 1
      case let byte:
        text.append(byte)
        at += 1
      }
    }
    lexer.offset = span.end
    token = Token(
      kind: .string, span: span, hasSpaceBefore: false, hasNewlineBefore: false)
    advance()
    let rest = String(decoding: text, as: UTF8.self)
    if pieces.isEmpty { return Expression(span: span, form: .string(rest)) }
    if !rest.isEmpty { pieces.append(.text(rest)) }
    return Expression(span: span, form: .interpolation(pieces))
  }

  /// Reads `{expr:spec}` from its brace on, and says where it ends.
  private mutating func interpolated(
    from brace: Int, into pieces: inout [Expression.Piece]
  ) throws(SyntaxError) -> Int {
    lexer.offset = brace
    token = lexer.next()
    var piece = Expression.Piece.text("")
    let outerCount = openers.count
    let outer = (isBracketed, isArgument)
    openers.append(token.span)
    (isBracketed, isArgument) = (true, false)
    try nest(at: token.span)
    advance()
    let value = try expression()
    if at(.colon) {
      let start = token.span.end
      var end = start
      while lexer.bytes[end] != UInt8(ascii: "}") { end += 1 }
      piece = .value(value, spec: lexer.text(Span(start, end)), specSpan: Span(start, end))
      lexer.offset = end
      advance()
    } else {
      piece = .value(value, spec: nil, specSpan: value.span)
    }
    guard at(.closeBrace) else { throw unexpected(wanted: "`}`") }
    depth -= 1
    openers.removeLast(openers.count - outerCount)
    (isBracketed, isArgument) = outer
    pieces.append(piece)
    return token.span.end
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
    UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12,
    UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    UInt8(ascii: "{"): UInt8(ascii: "{"), UInt8(ascii: "}"): UInt8(ascii: "}"),
  ]

  /// Decodes the escape at an offset and says where it ends.
  private func escape(
    at start: Int, end: Int, into text: inout [UInt8]
  ) throws(SyntaxError) -> Int {
    let bytes = lexer.bytes
    let letter = start + 1 < end ? bytes[start + 1] : 0
    if let byte = Self.escapes[letter] {
      text.append(byte)
      return start + 2
    }
    guard letter == UInt8(ascii: "u") else {
      var after = min(start + 2, end)
      while after < end, bytes[after] & 0xC0 == 0x80 { after += 1 }
      let written = lexer.text(Span(start, after)).trimmedBlanks
      throw SyntaxError(
        message: "there is no escape `\(written)`", hint: "a backslash itself is `\\\\`",
        span: Span(start, after))
    }
    let isBraced = start + 2 < end && bytes[start + 2] == UInt8(ascii: "{")
    var code: UInt32?
    var after: Int
    if isBraced {
      after = start + 3
      while after < end, bytes[after] != UInt8(ascii: "}") { after += 1 }
      code = UInt32(lexer.text(Span(start + 3, after)), radix: 16)
      after = min(after + 1, end)
    } else {
      (code, after) = fourDigits(after: start + 2, end: end)
      if let high = code, (0xD800..<0xDC00).contains(high), after + 1 < end,
        bytes[after] == UInt8(ascii: "\\"), bytes[after + 1] == UInt8(ascii: "u"),
        case let (low?, lowEnd) = fourDigits(after: after + 2, end: end),
        (0xDC00..<0xE000).contains(low)
      {
        code = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        after = lowEnd
      }
    }
    guard let code, let scalar = Unicode.Scalar(code) else {
      throw SyntaxError(
        message: "`\(lexer.text(Span(start, after)))` is no character",
        hint: "write `\\u00e9` or `\\u{1F600}`", span: Span(start, after))
    }
    text += Array(String(Character(scalar)).utf8)
    return after
  }

  private func fourDigits(after start: Int, end: Int) -> (UInt32?, Int) {
    let stop = min(start + 4, end)
    let digits = lexer.text(Span(start, stop))
    guard digits.utf8.count == 4, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) else {
      return (nil, stop)
    }
    return (UInt32(digits, radix: 16), stop)
  }
}

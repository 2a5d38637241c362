/// Turns a source into tokens, one at a time from any offset: where a bare word is wanted the parser
/// reads that from the characters and sets the lexer behind it.
package struct Lexer {
  let bytes: [UInt8]
  /// Where the next token is looked for.
  var offset: Int

  init(_ text: String) {
    bytes = Array(text.utf8)
    offset = 0
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
  }

  private func byte(_ at: Int) -> UInt8 { at < bytes.count ? bytes[at] : 0 }

  /// The next token, and behind it from then on.
  mutating func next() -> Token {
    let trivia = skipTrivia()
    let start = offset
    func token(_ kind: Token.Kind, to end: Int) -> Token {
      Token(
        kind: kind, span: Span(start, end), hasSpaceBefore: trivia.space || start == 0,
        hasNewlineBefore: trivia.newline)
    }
    guard start < bytes.count else { return token(.end, to: start) }
    let found: (kind: Token.Kind, end: Int)
    switch byte(start) {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): found = number(from: start)
    case UInt8(ascii: "\""), UInt8(ascii: "'"): found = string(from: start)
    case let first where isNameStart(first, at: start): found = name(from: start)
    default: found = symbol(from: start)
    }
    offset = found.end
    return token(found.kind, to: found.end)
  }

  /// Steps over blanks, comments and line breaks; a backslash at the end of a line hides the break.
  private mutating func skipTrivia() -> (space: Bool, newline: Bool) {
    var newline = false
    let start = offset
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
      case UInt8(ascii: "\n"):
        newline = true
        offset += 1
      case UInt8(ascii: "#"):
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
      case UInt8(ascii: "\\"):
        var next = offset + 1
        if byte(next) == UInt8(ascii: "\r") { next += 1 }
        guard byte(next) == UInt8(ascii: "\n") else { return (offset > start, newline) }
        offset = next + 1
      default: return (offset > start, newline)
      }
    }
    return (offset > start, newline)
  }

  private func symbol(from start: Int) -> (Token.Kind, Int) {
    for (symbol, text) in Symbol.byLength where bytes[start...].starts(with: text) {
      return (.symbol(symbol), start + text.count)
    }
    var end = start + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    return (.invalid("`\(text.readable)` means nothing here"), end)
  }

  // MARK: Names

  private func isNameStart(_ first: UInt8, at start: Int) -> Bool {
    if first < 0x80 { return first == UInt8(ascii: "_") || isLetter(first) }
    return scalar(at: start).map { $0.scalar.properties.isAlphabetic } ?? false
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  /// The scalar that begins at an offset, and where it ends.
  private func scalar(at start: Int) -> (scalar: Unicode.Scalar, end: Int)? {
    guard start < bytes.count else { return nil }
    var end = start + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars.first.map {
      ($0, end)
    }
  }

  private func name(from start: Int) -> (Token.Kind, Int) {
    let end = nameEnd(from: start)
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    return (Keyword(rawValue: text).map { .keyword($0) } ?? .identifier, end)
  }

  private func nameEnd(from start: Int) -> Int {
    var end = start
    while end < bytes.count {
      let byte = bytes[end]
      if byte < 0x80 {
        guard byte == UInt8(ascii: "_") || isLetter(byte) || isDigit(byte) else { break }
        end += 1
      } else {
        guard let (scalar, after) = scalar(at: end) else { break }
        let properties = scalar.properties
        guard
          properties.isAlphabetic || properties.numericType != nil || properties.isGraphemeExtend
        else { break }
        end = after
      }
    }
    return end
  }

  // MARK: Numbers

  private func number(from start: Int) -> (Token.Kind, Int) {
    var end = digitsEnd(from: start)
    if byte(end) == UInt8(ascii: "."), isDigit(byte(end + 1)) { end = digitsEnd(from: end + 1) }
    if byte(end) | 0x20 == UInt8(ascii: "e") {
      let sign = byte(end + 1) == UInt8(ascii: "-") || byte(end + 1) == UInt8(ascii: "+") ? 1 : 0
      if isDigit(byte(end + 1 + sign)) { end = digitsEnd(from: end + 1 + sign) }
    }
    end = nameEnd(from: end)
    // A point with digits on one side only; `1..3` is a range.
    if byte(end) == UInt8(ascii: "."), byte(end + 1) != UInt8(ascii: "."),
      !isNameStart(byte(end + 1), at: end + 1)
    {
      end += 1
    }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    switch NumberLiteral(text) {
    case .integer(let value): return (.integer(value), end)
    case .real(let value): return (.real(value), end)
    case .tooLarge: return (.invalid("`\(text.shortened)` is too large for an integer"), end)
    case .malformed: return (.invalid("`\(text.shortened)` is no number"), end)
    }
  }

  private func digitsEnd(from start: Int) -> Int {
    var end = start
    while isDigit(byte(end)) || (byte(end) == UInt8(ascii: "_") && isDigit(byte(end + 1))) {
      end += 1
    }
    return end
  }

  // MARK: Strings

  /// Strings in the braces of strings may hold strings again, this deep.
  private static let deepestString = 32

  private func string(from start: Int) -> (Token.Kind, Int) {
    if let end = stringEnd(from: start, depth: 0) { return (.string, end) }
    // The rest of the line goes with it, so that its words are not taken for code.
    var end = start
    let isLong = bytes[start...].starts(with: [UInt8](repeating: UInt8(ascii: "\""), count: 3))
    while end < bytes.count, isLong || bytes[end] != UInt8(ascii: "\n") { end += 1 }
    return (.invalid("this string is never closed"), end)
  }

  /// Behind the closing quotes of the string that opens at `start`, or nil where it is never closed.
  private func stringEnd(from start: Int, depth: Int) -> Int? {
    guard depth < Self.deepestString else { return nil }
    let quote = bytes[start]
    let isLong =
      quote == UInt8(ascii: "\"") && byte(start + 1) == quote && byte(start + 2) == quote
    var at = start + (isLong ? 3 : 1)
    while at < bytes.count {
      switch bytes[at] {
      case quote:
        if !isLong { return at + 1 }
        if byte(at + 1) == quote, byte(at + 2) == quote { return at + 3 }
        at += 1
      case UInt8(ascii: "\n") where !isLong: return nil
      case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""):
        // The braces of `\u{…}` enclose no expression.
        if byte(at + 1) == UInt8(ascii: "u"), byte(at + 2) == UInt8(ascii: "{") { at += 1 }
        at += byte(at + 1) == UInt8(ascii: "\n") ? 1 : 2
      case UInt8(ascii: "{") where quote == UInt8(ascii: "\""):
        guard let end = braceEnd(from: at, isLong: isLong, depth: depth) else { return nil }
        at = end
      default: at += 1
      }
    }
    return nil
  }

  /// Behind the brace that closes the one at `start` within a string.
  private func braceEnd(from start: Int, isLong: Bool, depth: Int) -> Int? {
    var at = start
    var open = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "{"), UInt8(ascii: "("), UInt8(ascii: "["): open += 1
      case UInt8(ascii: "}"), UInt8(ascii: ")"), UInt8(ascii: "]"):
        open -= 1
        if open == 0 { return at + 1 }
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        guard let end = stringEnd(from: at, depth: depth + 1) else { return nil }
        at = end - 1
      case UInt8(ascii: "\n") where !isLong: return nil
      default: break
      }
      at += 1
    }
    return nil
  }
}

extension Lexer {
  /// All tokens of a text, comments too, for colouring: never an error, at most invalid tokens.
  package static func tokens(of text: String) -> [Token] {
    var lexer = Lexer(text)
    var tokens: [Token] = []
    while true {
      let before = lexer.offset
      let token = lexer.next()
      tokens += lexer.comments(from: before, to: token.span.start)
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private func comments(from start: Int, to end: Int) -> [Token] {
    var comments: [Token] = []
    var at = start
    while at < end {
      guard bytes[at] == UInt8(ascii: "#") else {
        at += 1
        continue
      }
      let begin = at
      while at < end, bytes[at] != UInt8(ascii: "\n") { at += 1 }
      comments.append(
        Token(
          kind: .comment, span: Span(begin, at), hasSpaceBefore: true, hasNewlineBefore: false))
    }
    return comments
  }

  /// The bare word at an offset: everything up to a blank, a quote, a bracket or one of `;|,=#`.
  func wordEnd(from start: Int) -> Int {
    var end = start
    while end < bytes.count, !Self.endsWord.contains(bytes[end]) { end += 1 }
    return end
  }

  private static let endsWord = Set(" \t\r\n\"'()[]{};|,=#".utf8)

  /// Whether a blank, a line break or the end stands at an offset.
  func isBlank(at offset: Int) -> Bool {
    offset >= bytes.count || " \t\r\n#\\".utf8.contains(bytes[offset])
  }

  func text(_ span: Span) -> String {
    String(decoding: bytes[span.start..<span.end], as: UTF8.self)
  }
}

/// One token of a source. Blanks, comments and line breaks are no tokens: a token only knows what
/// stands before it, because in this language that matters.
package struct Token: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case identifier
    case keyword(Keyword)
    case integer(Int)
    case real(Double)
    /// Any of the three forms, quotes included; what it holds is decoded by the parser.
    case string
    case symbol(Symbol)
    case comment
    case end
    /// What cannot be a token, with the reason.
    case invalid(String)
  }

  package var kind: Kind
  package var span: Span
  /// Blanks, a comment or a line break stand before it, or it is the first.
  package var hasSpaceBefore: Bool
  package var hasNewlineBefore: Bool
}

/// A word that is no name.
package enum Keyword: String, Sendable, Hashable, CaseIterable {
  case and, or, not, `in`, `if`, `else`, `for`, `while`, fn, `return`, `break`, `continue`, `try`
  case `catch`, global, nonlocal, `true`, `false`, null
}

/// Operators and punctuation.
package enum Symbol: String, Sendable, Hashable, CaseIterable {
  case plus = "+"
  case minus = "-"
  case star = "*"
  case slash = "/"
  case doubleSlash = "//"
  case percent = "%"
  case doubleStar = "**"
  case equal = "="
  case plusEqual = "+="
  case minusEqual = "-="
  case starEqual = "*="
  case slashEqual = "/="
  case doubleSlashEqual = "//="
  case percentEqual = "%="
  case doubleStarEqual = "**="
  case equalEqual = "=="
  case notEqual = "!="
  case less = "<"
  case lessEqual = "<="
  case greater = ">"
  case greaterEqual = ">="
  case arrow = "=>"
  case dot = "."
  case dotDot = ".."
  case dotDotLess = "..<"
  case comma = ","
  case colon = ":"
  case semicolon = ";"
  case pipe = "|"
  case question = "?"
  case openParenthesis = "("
  case closeParenthesis = ")"
  case openBracket = "["
  case closeBracket = "]"
  case openBrace = "{"
  case closeBrace = "}"

  /// Longest first, so that the first that fits is the longest.
  static let byLength = allCases.sorted { $0.rawValue.utf8.count > $1.rawValue.utf8.count }
    .map { (symbol: $0, bytes: Array($0.rawValue.utf8)) }

  /// The bracket that closes this one.
  var closing: Symbol? {
    switch self {
    case .openParenthesis: .closeParenthesis
    case .openBracket: .closeBracket
    case .openBrace: .closeBrace
    default: nil
    }
  }

  var isClosing: Bool {
    self == .closeParenthesis || self == .closeBracket || self == .closeBrace
  }
}

/// Whether what has been typed can run, for the prompt's Enter key.
package enum Completeness: Sendable {
  case complete
  /// More lines can make it right: a bracket is open, or an operator waits for its right side.
  case incomplete
  case erroneous
}

extension Parser {
  /// Reads the whole source only to see whether it has come to its end.
  mutating func completeness() -> Completeness {
    if source.text.trimmedBlanks.hasSuffix("\\") { return .incomplete }
    _ = program()
    guard let first = errors.first else { return .complete }
    return first.isAtEnd ? .incomplete : .erroneous
  }
}

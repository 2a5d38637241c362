/// Cuts text into what byte-pair encoding never merges across, as GPT-2 does it: English
/// contractions; letters, digits or other signs, each with one space before them; white space.
///
/// The rule, as a regular expression: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
/// ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
struct WordSplitter: Sequence, IteratorProtocol {
  private enum Class { case letter, number, space, other }

  private let scalars: Substring.UnicodeScalarView
  private var index: Substring.UnicodeScalarView.Index

  init(_ text: Substring) {
    scalars = text.unicodeScalars
    index = scalars.startIndex
  }

  /// The bytes of the next word. Bytes, as strings are equal to others that are written otherwise.
  mutating func next() -> [UInt8]? {
    guard index < scalars.endIndex else { return nil }
    let start = index
    index = end(of: start)
    return Array(Substring(scalars[start..<index]).utf8)
  }

  private func end(
    of start: Substring.UnicodeScalarView.Index
  ) -> Substring.UnicodeScalarView.Index {
    if scalars[start] == "'", let end = contraction(from: start) { return end }
    var first = start
    if scalars[start] == " " {
      let next = scalars.index(after: start)
      if next < scalars.endIndex, kind(scalars[next]) != .space { first = next }
    }
    let kind = kind(scalars[first])
    let end = run(of: kind, from: first)
    guard kind == .space, end < scalars.endIndex else { return end }
    // The last space of a run goes with what follows, unless it is alone.
    let last = scalars.index(before: end)
    return last > start ? last : end
  }

  private func contraction(
    from start: Substring.UnicodeScalarView.Index
  ) -> Substring.UnicodeScalarView.Index? {
    let rest = scalars[scalars.index(after: start)...]
    for ending in ["s", "t", "re", "ve", "m", "ll", "d"]
    where rest.starts(with: ending.unicodeScalars) {
      return scalars.index(start, offsetBy: 1 + ending.unicodeScalars.count)
    }
    return nil
  }

  private func run(
    of kind: Class, from start: Substring.UnicodeScalarView.Index
  ) -> Substring.UnicodeScalarView.Index {
    var index = scalars.index(after: start)
    while index < scalars.endIndex, self.kind(scalars[index]) == kind {
      index = scalars.index(after: index)
    }
    return index
  }

  private func kind(_ scalar: Unicode.Scalar) -> Class {
    if scalar.isASCII {
      switch scalar {
      case "a"..."z", "A"..."Z": return .letter
      case "0"..."9": return .number
      case " ", "\t"..."\r": return .space
      default: return .other
      }
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return scalar.properties.isWhitespace ? .space : .other
    }
  }
}

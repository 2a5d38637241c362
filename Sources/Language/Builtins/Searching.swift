/// Searching in strings by characters as a reader sees them. Plain text, whose characters are single
/// bytes, is searched by bytes.
extension String {
  /// Without white space at either end.
  var trimmed: String {
    guard let start = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[start...last])
  }

  /// How many characters stand before the first occurrence of `part`; nil where there is none.
  func characterOffset(of part: String) -> Int? {
    if isBytewise {
      guard part.isBytewise else { return nil }
      return Array(utf8).firstIndex(of: Array(part.utf8), from: 0)
    }
    return Array(self).firstIndex(of: Array(part), from: 0)
  }

  /// What stands between the occurrences of `separator`, which is not empty.
  func pieces(between separator: String) -> [Substring] {
    if isBytewise {
      guard separator.isBytewise else { return [self[...]] }
      return pieces(of: utf8, by: Array(separator.utf8))
    }
    return pieces(of: self, by: Array(separator))
  }

  private func pieces<View: BidirectionalCollection>(
    of view: View, by separator: [View.Element]
  ) -> [Substring] where View.Index == Index, View.Element: Equatable {
    var pieces: [Substring] = []
    var start = view.startIndex
    var i = start
    while i < view.endIndex {
      if view[i] == separator[0], let end = view.end(of: separator, at: i) {
        pieces.append(self[start..<i])
        start = end
        i = end
      } else {
        view.formIndex(after: &i)
      }
    }
    pieces.append(self[start...])
    return pieces
  }
}

extension BidirectionalCollection where Element: Equatable {
  /// Where `part` ends if it stands at `index`.
  fileprivate func end(of part: [Element], at index: Index) -> Index? {
    var i = index
    for element in part {
      guard i < endIndex, self[i] == element else { return nil }
      formIndex(after: &i)
    }
    return i
  }
}

extension Array where Element: Equatable {
  fileprivate func firstIndex(of part: [Element], from start: Int) -> Int? {
    guard part.count <= count else { return nil }
    return (start...count - part.count).first { end(of: part, at: $0) != nil }
  }
}

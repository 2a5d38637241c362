/// Whether `==` holds. Never an error: numbers by value, lists by element, maps whatever their order,
/// ranges by what they yield, functions and handles by identity; other types are unequal. Nan equals
/// nothing.
public func valuesEqual(_ a: Value, _ b: Value) -> Bool {
  switch (a, b) {
  case (.null, .null): return true
  case (.boolean(let a), .boolean(let b)): return a == b
  case (.integer(let a), .integer(let b)): return a == b
  case (.real(let a), .real(let b)): return a == b
  case (.integer(let a), .real(let b)): return order(a, b) == .same
  case (.real(let a), .integer(let b)): return order(b, a) == .same
  case (.object(let a), .object(let b)): return objectsEqual(a, b)
  default: return false
  }
}

private func objectsEqual(_ a: Object, _ b: Object) -> Bool {
  guard a.tag == b.tag else { return false }
  switch a.tag {
  case .string:
    return unsafeDowncast(a, to: StringObject.self).text
      == unsafeDowncast(b, to: StringObject.self).text
  case .list:
    let a = unsafeDowncast(a, to: ListObject.self).elements
    let b = unsafeDowncast(b, to: ListObject.self).elements
    guard a.count == b.count else { return false }
    for i in a.indices where !valuesEqual(a[i], b[i]) { return false }
    return true
  case .map:
    let a = unsafeDowncast(a, to: MapObject.self).entries
    let b = unsafeDowncast(b, to: MapObject.self).entries
    guard a.count == b.count else { return false }
    for i in 0..<a.count {
      guard let other = b[a.keys[i]], valuesEqual(a.values[i], other) else { return false }
    }
    return true
  case .range:
    let a = unsafeDowncast(a, to: RangeObject.self)
    let b = unsafeDowncast(b, to: RangeObject.self)
    let count = a.count
    guard count == b.count else { return false }
    return count == 0 || a.start == b.start && (count == 1 || a.step == b.step)
  default:
    return a === b
  }
}

/// Whether `a < b`: two numbers, two strings (by code point) or two lists (by element, the shorter
/// first where one begins the other). Anything else throws kind `type`, naming `operator`.
public func orderedBefore(
  _ a: Value, _ b: Value, operator symbol: String = "<"
) throws(RunError) -> Bool {
  switch (a, b) {
  case (.integer(let a), .integer(let b)): return a < b
  case (.real(let a), .real(let b)): return a < b
  case (.integer(let a), .real(let b)): return order(a, b) == .before
  case (.real(let a), .integer(let b)): return order(b, a) == .behind
  default: break
  }
  if let a = a.text, let b = b.text { return a < b }
  if let a = a.elements, let b = b.elements {
    for i in 0..<min(a.count, b.count) where !valuesEqual(a[i], b[i]) {
      return try orderedBefore(a[i], b[i], operator: symbol)
    }
    return a.count < b.count
  }
  throw RunError(
    .type,
    "`\(symbol)` compares two numbers, two strings or two lists, not \(a.typeName.withArticle)"
      + " and \(b.typeName.withArticle)")
}

private enum Order { case before, same, behind, none }

/// Exact, although not every integer is a double.
private func order(_ a: Int, _ b: Double) -> Order {
  if b.isNaN { return .none }
  // 2^63, the first double above every integer; -2^63 is one.
  let bound = 0x1p63
  if b >= bound { return .before }
  if b < -bound { return .behind }
  let whole = Int(b.rounded(.down))
  if a != whole { return a < whole ? .before : .behind }
  return b == b.rounded(.down) ? .same : .before
}

extension String {
  /// `an integer`, `a list`; null, true and false need none.
  package var withArticle: String {
    if self == "null" { return self }
    return first.map { "aeiou".contains($0) } == true ? "an \(self)" : "a \(self)"
  }
}

/// Whether `==` holds. Never an error: numbers by value, lists by element, maps whatever their order,
/// ranges by what they yield, functions and handles by identity; other types are unequal. Nan equals
/// nothing.
public func valuesEqual(_ a: Value, _ b: Value) -> Bool {
  var pending: [(Object, Object)] = []
  guard shallowlyEqual(a, b, &pending) else { return false }
  while let (a, b) = pending.popLast() {
    guard elementsEqual(a, b, &pending) else { return false }
  }
  return true
}

/// The same for all but what two lists or two maps hold, which is left to be compared: values may
/// nest deeper than the native stack is large.
@inline(__always)
private func shallowlyEqual(_ a: Value, _ b: Value, _ pending: inout [(Object, Object)]) -> Bool {
  switch (a, b) {
  case (.null, .null): return true
  case (.boolean(let a), .boolean(let b)): return a == b
  case (.integer(let a), .integer(let b)): return a == b
  case (.real(let a), .real(let b)): return a == b
  case (.integer(let a), .real(let b)): return order(a, b) == .same
  case (.real(let a), .integer(let b)): return order(b, a) == .same
  case (.object(let a), .object(let b)):
    guard a.tag == b.tag else { return false }
    if a.tag != .list, a.tag != .map { return leavesEqual(a, b) }
    pending.append((a, b))
    return true
  default: return false
  }
}

private func elementsEqual(_ a: Object, _ b: Object, _ pending: inout [(Object, Object)]) -> Bool {
  if a.tag == .list {
    let a = unsafeDowncast(a, to: ListObject.self).elements
    let b = unsafeDowncast(b, to: ListObject.self).elements
    guard a.count == b.count else { return false }
    for i in a.indices where !shallowlyEqual(a[i], b[i], &pending) { return false }
    return true
  }
  let a = unsafeDowncast(a, to: MapObject.self)
  let b = unsafeDowncast(b, to: MapObject.self)
  guard a.count == b.count else { return false }
  let isSameOrder = a.hasKeys(of: b)
  for i in 0..<a.count {
    let position = isSameOrder ? i : OrderedMap(b).position(of: a.key(at: i))
    guard let position, shallowlyEqual(a.value(at: i), b.value(at: position), &pending) else {
      return false
    }
  }
  return true
}

private func leavesEqual(_ a: Object, _ b: Object) -> Bool {
  switch a.tag {
  case .string:
    return unsafeDowncast(a, to: StringObject.self).text
      == unsafeDowncast(b, to: StringObject.self).text
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
    switch firstDifference(a, b) {
    case .lengths(let a, let b): return a < b
    case .elements(let a, let b): return try orderedBefore(a, b, operator: symbol)
    }
  }
  throw RunError(
    .type,
    "`\(symbol)` compares two numbers, two strings or two lists, not \(a.typeName.withArticle)"
      + " and \(b.typeName.withArticle)")
}

/// What decides the order of two lists.
private enum Difference {
  /// One begins the other; or they are equal.
  case lengths(Int, Int)
  /// The first elements that are unequal and not two lists.
  case elements(Value, Value)
}

/// Goes through lists within lists in order, without recursion.
private func firstDifference(
  _ a: ContiguousArray<Value>, _ b: ContiguousArray<Value>
) -> Difference {
  var outer = [(a: a, b: b, next: 0)]
  while let (a, b, next) = outer.last {
    if next == min(a.count, b.count) {
      if a.count != b.count { return .lengths(a.count, b.count) }
      outer.removeLast()
      continue
    }
    outer[outer.count - 1].next += 1
    if let a = a[next].elements, let b = b[next].elements {
      outer.append((a: a, b: b, next: 0))
    } else if !valuesEqual(a[next], b[next]) {
      return .elements(a[next], b[next])
    }
  }
  return .lengths(0, 0)
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

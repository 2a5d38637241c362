/// The values in order, stable; lists of one plain type without asking what each element is. Nan goes
/// last. Values without an order among them throw kind `type`.
func sorted(
  _ values: ContiguousArray<Value>, descending: Bool
) throws(RunError) -> ContiguousArray<Value> {
  if let integers = allOf(values, { $0.integer }) {
    let sorted = descending ? integers.sorted(by: >) : integers.sorted()
    return ContiguousArray(sorted.lazy.map { .integer($0) })
  }
  let places = try sortedPlaces(of: values, descending: descending)
  return ContiguousArray(places.lazy.map { values[$0] })
}

/// Where the first, second, … in order stand.
func sortedPlaces(
  of keys: ContiguousArray<Value>, descending: Bool
) throws(RunError) -> [Int] {
  if let texts = allOf(keys, { $0.text }) {
    return places(of: texts, descending: descending) { $0 < $1 }
  }
  if let integers = allOf(keys, { $0.integer }) {
    return places(of: integers, descending: descending) { $0 < $1 }
  }
  if let reals = allOf(keys, { if case .real(let value) = $0 { value } else { nil } }) {
    return places(of: reals, descending: descending) { isBefore($0, $1, descending: descending) }
  }
  var error: RunError?
  let places = places(of: keys, descending: descending) { a, b in
    if let a = a.real, let b = b.real, a.isNaN || b.isNaN {
      return isBefore(a, b, descending: descending)
    }
    do throws(RunError) { return try orderedBefore(a, b, operator: "sort") } catch let thrown {
      error = error ?? thrown
      return false
    }
  }
  if let error { throw error }
  return places
}

private func places<Key>(
  of keys: ContiguousArray<Key>, descending: Bool, _ isBefore: (Key, Key) -> Bool
) -> [Int] {
  descending
    ? keys.indices.sorted { isBefore(keys[$1], keys[$0]) }
    : keys.indices.sorted { isBefore(keys[$0], keys[$1]) }
}

/// Nan counts as what stands last in either direction.
private func isBefore(_ a: Double, _ b: Double, descending: Bool) -> Bool {
  if a.isNaN || b.isNaN { return descending ? a.isNaN && !b.isNaN : !a.isNaN && b.isNaN }
  return a < b
}

/// Every value taken out of its case, or nil where one is of another.
private func allOf<Key>(
  _ values: ContiguousArray<Value>, _ key: (Value) -> Key?
) -> ContiguousArray<Key>? {
  var keys = ContiguousArray<Key>()
  keys.reserveCapacity(values.count)
  for value in values {
    guard let key = key(value) else { return nil }
    keys.append(key)
  }
  return keys
}

/// The values without those that equal an earlier one.
func withoutRepeats(_ values: ContiguousArray<Value>) -> ContiguousArray<Value> {
  if let integers = allOf(values, { $0.integer }) { return firsts(of: values, by: integers) }
  if let texts = allOf(values, { $0.text }) { return firsts(of: values, by: texts) }
  return firsts(of: values, by: ContiguousArray(values.lazy.map { ValueKey(value: $0) }))
}

private func firsts<Key: Hashable>(
  of values: ContiguousArray<Value>, by keys: ContiguousArray<Key>
) -> ContiguousArray<Value> {
  var seen = Set<Key>()
  var firsts = ContiguousArray<Value>()
  for (value, key) in zip(values, keys) where seen.insert(key).inserted { firsts.append(value) }
  return firsts
}

/// A value by `==`, so that a set finds equal ones.
private struct ValueKey: Hashable {
  let value: Value

  static func == (a: ValueKey, b: ValueKey) -> Bool { valuesEqual(a.value, b.value) }

  func hash(into hasher: inout Hasher) { hash(into: &hasher, depth: 0) }

  /// Equal values have equal hashes even where what lies deeper is left out.
  private func hash(into hasher: inout Hasher, depth: Int) {
    switch value {
    case .null, .unset: hasher.combine(0)
    case .boolean(let value): hasher.combine(value)
    case .integer(let value): hasher.combine(Double(value))
    case .real(let value): hasher.combine(value)
    case .object(let object):
      if let text = value.text {
        hasher.combine(text)
      } else if let elements = value.elements {
        hasher.combine(elements.count)
        guard depth < 8 else { return }
        for element in elements { ValueKey(value: element).hash(into: &hasher, depth: depth + 1) }
      } else if let entries = value.entries {
        // Equal maps may have another order.
        hasher.combine(Set(entries.keys))
      } else if let range = value.range {
        hasher.combine(range.count)
      } else {
        hasher.combine(ObjectIdentifier(object))
      }
    }
  }
}

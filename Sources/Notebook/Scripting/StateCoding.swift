import Language
import RLCore

/// States of own environments as lists of numbers, which is how the core keeps states.
///
/// A state shaped like the template is the list of its numbers in order, which a person can read and
/// write. Any other is its JSON text, a byte a number, behind a marker that no such list begins with.
enum StateCoding {
  private static let marker = -Double.infinity

  static func numbers(of value: Value, template: Value) -> [Double] {
    var numbers: [Double] = []
    if flatten(value, like: template, into: &numbers) { return numbers }
    return [marker] + value.json.utf8.map(Double.init)
  }

  /// - Throws: kind `value` for numbers that are no state.
  static func value(of numbers: [Double], template: Value) throws(RunError) -> Value {
    if numbers.first == marker {
      let bytes = numbers.dropFirst().map { UInt8(clamping: Int($0)) }
      return try parseJSON(String(decoding: bytes, as: UTF8.self))
    }
    var rest = numbers[...]
    guard let value = unflatten(&rest, like: template), rest.isEmpty else {
      throw RunError(
        .value, "the state must be numbers for \(template.source), not \(numbers)",
        argument: "state")
    }
    return value
  }

  /// Whether the value has the template's shape and is all numbers and booleans, which are added.
  private static func flatten(_ value: Value, like template: Value, into numbers: inout [Double])
    -> Bool
  {
    switch (value, template) {
    case (.integer(let number), .integer):
      numbers.append(Double(number))
      return Int(exactly: Double(number)) == number
    case (.real(let number), .real):
      numbers.append(number)
      return number != marker
    case (.boolean(let flag), .boolean):
      numbers.append(flag ? 1 : 0)
      return true
    case (.null, .null): return true
    default: break
    }
    if let elements = value.elements, let others = template.elements, elements.count == others.count
    {
      return zip(elements, others).allSatisfy { flatten($0, like: $1, into: &numbers) }
    }
    if let map = value.entries, let other = template.entries, map.keys == other.keys {
      return zip(map.values, other.values).allSatisfy { flatten($0, like: $1, into: &numbers) }
    }
    return false
  }

  private static func unflatten(_ numbers: inout ArraySlice<Double>, like template: Value) -> Value?
  {
    switch template {
    case .null: return .null
    case .integer: return numbers.popFirst().flatMap { Int(exactly: $0) }.map(Value.integer)
    case .real: return numbers.popFirst().map(Value.real)
    case .boolean: return numbers.popFirst().map { .boolean($0 != 0) }
    case .object, .unset: break
    }
    if let elements = template.elements {
      var values: ContiguousArray<Value> = []
      for element in elements {
        guard let value = unflatten(&numbers, like: element) else { return nil }
        values.append(value)
      }
      return .list(values)
    }
    guard let map = template.entries else { return nil }
    var result = OrderedMap()
    for (key, element) in map {
      guard let value = unflatten(&numbers, like: element) else { return nil }
      result[key] = value
    }
    return .map(result)
  }
}

import Schema

/// Why a value is not in a domain, or nil where it is: the kind of error, and what to say after
/// "takes" or "must be", such as `an integer from 1 up, not a string`.
///
/// The kind is `type` for a value of another type, `value` for one of the right type that is out of
/// range, and `call` for a function of another number of parameters.
package func mismatch(
  of value: Value, with domain: Domain
) -> (kind: ErrorKind, message: String)? {
  guard let kind = misfit(value, domain) else { return nil }
  let got: String
  switch kind {
  case .value: got = shortened(value.source)
  case .call: got = "one of " + argumentCount(value.function?.argumentCounts ?? 0...0)
  default: got = value.typeName.withArticle
  }
  return (kind, "\(domain.description), not \(got)")
}

/// As above for what a parameter takes: its domain, or null where that is its default.
package func mismatch(
  of value: Value, with parameter: Parameter
) -> (kind: ErrorKind, message: String)? {
  if value.isNull, case .setting(.null) = parameter.defaultValue { return nil }
  return mismatch(of: value, with: parameter.domain)
}

/// The kind of error, nil where the value fits. Among alternatives the nearest miss counts.
private func misfit(_ value: Value, _ domain: Domain) -> ErrorKind? {
  switch domain {
  case .anything: return nil
  case .boolean: return value.boolean != nil ? nil : .type
  case .integer(let bounds):
    guard let integer = value.integer else { return .type }
    return bounds.contains(integer) ? nil : .value
  case .real(let interval):
    guard let real = value.real else { return .type }
    return interval.contains(real) ? nil : .value
  case .string, .name, .path, .member: return value.text != nil ? nil : .type
  case .words(let words):
    guard let text = value.text else { return .type }
    return words.contains { $0.text == text } ? nil : .value
  case .list(let element):
    guard let elements = value.elements else { return .type }
    if case .anything = element { return nil }
    var worst: ErrorKind?
    for value in elements {
      guard let kind = misfit(value, element) else { continue }
      if kind == .type { return .type }
      worst = kind
    }
    return worst
  case .map: return value.entries != nil ? nil : .type
  case .range: return value.range != nil ? nil : .type
  case .function(let counts):
    guard let function = value.function else { return .type }
    return function.argumentCounts.overlaps(counts) ? nil : .call
  case .handle(let kind): return value.handle?.kind == kind ? nil : .type
  case .block, .command:
    if case .object(let object) = value, object.tag == .block { return nil }
    return .type
  case .either(let domains):
    var nearest = ErrorKind.type
    for domain in domains {
      guard let kind = misfit(value, domain) else { return nil }
      if kind != .type { nearest = kind }
    }
    return nearest
  }
}

private func argumentCount(_ counts: ClosedRange<Int>) -> String {
  if counts.upperBound == .max { return "\(counts.lowerBound) or more" }
  if counts.lowerBound == counts.upperBound { return "\(counts.lowerBound)" }
  return "\(counts.lowerBound) to \(counts.upperBound)"
}

private func shortened(_ text: String) -> String {
  text.count <= 40 ? text : text.prefix(39) + "…"
}

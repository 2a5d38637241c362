import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What stands behind the colon in `{x:SPEC}`:
/// [`<` `^` `>`] [`0`] [width] [`,`] [`.`digits] [`f` `e` `%`].
package struct FormatSpec: Sendable, Hashable {
  package enum Alignment: Sendable { case left, centre, right }
  package enum Notation: Sendable { case fixed, exponent, percent }

  package var alignment: Alignment?
  package var fillsWithZeros = false
  package var width = 0
  package var groupsThousands = false
  package var digits: Int?
  package var notation: Notation?

  private static let widest = 10_000
  private static let mostDigits = 1_000

  /// Nil where the text is no format.
  package init?(_ text: String) {
    var rest = Substring(text)
    switch rest.first {
    case "<": alignment = .left
    case "^": alignment = .centre
    case ">": alignment = .right
    default: break
    }
    if alignment != nil { rest.removeFirst() }
    if rest.first == "0" {
      fillsWithZeros = true
      rest.removeFirst()
    }
    if let number = Self.takeNumber(from: &rest) { width = number }
    if rest.first == "," {
      groupsThousands = true
      rest.removeFirst()
    }
    if rest.first == "." {
      rest.removeFirst()
      guard let number = Self.takeNumber(from: &rest) else { return nil }
      digits = number
    }
    switch rest.first {
    case "f": notation = .fixed
    case "e": notation = .exponent
    case "%": notation = .percent
    default: break
    }
    if notation != nil { rest.removeFirst() }
    guard rest.isEmpty, width <= Self.widest, digits ?? 0 <= Self.mostDigits else { return nil }
  }

  private static func takeNumber(from rest: inout Substring) -> Int? {
    let text = rest.prefix { $0.isASCII && $0.isNumber }
    guard !text.isEmpty else { return nil }
    let number = Int(text) ?? .max
    rest.removeFirst(text.count)
    return number
  }
}

/// `value` as `"{value:SPEC}"` writes it. A text that is no format throws kind `value`, one that the
/// value's type cannot have kind `type`.
package func formatted(_ value: Value, spec: String) throws(RunError) -> String {
  guard let parsed = FormatSpec(spec) else { throw RunError(.value, "`\(spec)` is no format") }
  return try formatted(value, parsed)
}

package func formatted(_ value: Value, _ spec: FormatSpec) throws(RunError) -> String {
  if let number = value.real {
    let isNegative = number.sign == .minus
    let body = numberBody(of: value, abs(number), spec)
    return placed(number: body, sign: isNegative ? "-" : "", spec)
  }
  guard spec.notation == nil, !spec.groupsThousands, spec.digits == nil || value.text != nil else {
    throw RunError(.type, "the format takes a number, not \(value.typeName.withArticle)")
  }
  var text = value.printed
  if let digits = spec.digits { text = String(text.prefix(digits)) }
  return padded(text, to: spec.alignment ?? .left, spec)
}

/// The digits of a number without its sign, not yet grouped.
private func numberBody(of value: Value, _ magnitude: Double, _ spec: FormatSpec) -> String {
  switch (spec.notation, spec.digits) {
  case (nil, nil):
    if case .integer(let integer) = value { return String(integer.magnitude) }
    return formatReal(magnitude)
  case (.percent, let digits): return fixed(magnitude * 100, digits ?? 6) + "%"
  case (.exponent, let digits): return digitsByC("%.*e", magnitude, digits ?? 6)
  case (.fixed, let digits), (nil, let digits): return fixed(magnitude, digits ?? 6)
  }
}

/// The sign, zeros and groups of three put together. Zeros take part in the grouping, as in Python.
private func placed(number body: String, sign: String, _ spec: FormatSpec) -> String {
  let head = body.prefix { $0.isASCII && $0.isNumber }
  let tail = body.dropFirst(head.count)
  var whole = String(head)
  let fillsBehindSign = spec.fillsWithZeros && spec.alignment == nil
  if spec.groupsThousands && !head.isEmpty {
    let room = spec.width - sign.count - tail.count
    whole = grouped(whole)
    while fillsBehindSign && whole.count < room {
      whole = (whole.prefix { $0 != "," }.count == 3 ? "0," : "0") + whole
    }
  } else if fillsBehindSign {
    let missing = spec.width - sign.count - body.count
    whole = String(repeating: "0", count: max(0, missing)) + whole
  }
  return padded(sign + whole + tail, to: spec.alignment ?? .right, spec)
}

private func grouped(_ digits: String) -> String {
  var result = ""
  for (i, digit) in digits.enumerated() {
    if i > 0 && (digits.count - i) % 3 == 0 { result.append(",") }
    result.append(digit)
  }
  return result
}

private func padded(_ text: String, to alignment: FormatSpec.Alignment, _ spec: FormatSpec)
  -> String
{
  let missing = spec.width - text.count
  guard missing > 0 else { return text }
  let fill = spec.fillsWithZeros ? "0" : " "
  let before: Int
  switch alignment {
  case .left: before = 0
  case .centre: before = missing / 2
  case .right: before = missing
  }
  return String(repeating: fill, count: before) + text
    + String(repeating: fill, count: missing - before)
}

/// `value` with so many decimals, rounded from the exact binary value, half to even.
package func fixed(_ value: Double, _ digits: Int) -> String {
  guard let scaled = scaledToInteger(value.magnitude, digits) else {
    return digitsByC("%.*f", value, digits)
  }
  var text = String(scaled)
  if digits > 0 {
    if text.utf8.count <= digits {
      text = String(repeating: "0", count: digits + 1 - text.utf8.count) + text
    }
    text.insert(".", at: text.utf8.index(text.endIndex, offsetBy: -digits))
  }
  return value.sign == .minus ? "-" + text : text
}

/// `value` rounded to so many decimals, the double nearest to the decimal text.
package func rounded(_ value: Double, to digits: Int) -> Double {
  guard value.isFinite else { return value }
  guard let scaled = scaledToInteger(value.magnitude, digits) else {
    return Double(fixed(value, digits))!
  }
  // Both are exact, so that the division rounds once, to the nearest.
  return Double(signOf: value, magnitudeOf: Double(scaled) / powersOfTen[digits])
}

/// `magnitude` times a power of ten as the nearest integer, half to even; nil where doubles cannot
/// tell. The product's own rounding error, which a fused multiplication gives exactly, decides where
/// the product looks like a tie.
private func scaledToInteger(_ magnitude: Double, _ digits: Int) -> Int? {
  guard powersOfTen.indices.contains(digits) else { return nil }
  let power = powersOfTen[digits]
  let product = magnitude * power
  guard product < 0x1p52 else { return nil }
  let error = (-product).addingProduct(magnitude, power)
  let whole = Int(product)
  let rest = product - Double(whole)
  if rest != 0.5 { return rest < 0.5 ? whole : whole + 1 }
  if error != 0 { return error < 0 ? whole : whole + 1 }
  return whole + (whole & 1)
}

/// Those that are exact and of use.
private let powersOfTen: [Double] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]

/// The C library rounds exactly, which no arithmetic on doubles does.
private func digitsByC(_ format: String, _ value: Double, _ digits: Int) -> String {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value < 0 ? "-inf" : "inf" }
  return withVaList([Int32(digits), value]) { arguments in
    // The longest double has 309 digits before the point.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: digits + 330) { buffer in
      let count = vsnprintf(buffer.baseAddress, buffer.count, format, arguments)
      return buffer.withMemoryRebound(to: UInt8.self) {
        String(decoding: $0.prefix(Int(count)), as: UTF8.self)
      }
    }
  }
}

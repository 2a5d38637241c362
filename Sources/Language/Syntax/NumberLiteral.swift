/// What a number as written means: `42`, `50_000`, `2.5`, `1e-3`, `20k`, `1.5M`, `30s`, `5min`, `2h`.
package enum NumberLiteral: Equatable {
  case integer(Int)
  case real(Double)
  case tooLarge
  case malformed

  /// Without a sign. Decimal digits are kept exact until the last step, so `1.005k` is 1005.
  package init(_ text: String) {
    var rest = Substring(text)
    func digits() -> String? {
      let run = rest.prefix { $0.isASCII && $0.isNumber || $0 == "_" }
      guard let first = run.first, first != "_", run.last != "_", !run.contains("__") else {
        return nil
      }
      rest = rest.dropFirst(run.count)
      return run.filter { $0 != "_" }
    }
    guard let whole = digits() else {
      self = .malformed
      return
    }
    var fraction = ""
    var exponent = 0
    var isReal = false
    if rest.first == "." {
      rest = rest.dropFirst()
      guard let found = digits() else {
        self = .malformed
        return
      }
      fraction = found
      isReal = true
    }
    if let e = rest.first, e == "e" || e == "E" {
      rest = rest.dropFirst()
      let isNegative = rest.first == "-"
      if isNegative || rest.first == "+" { rest = rest.dropFirst() }
      guard let found = digits() else {
        self = .malformed
        return
      }
      exponent = (Int(found) ?? 100_000) * (isNegative ? -1 : 1)
      isReal = true
    }
    let hasUnit = !rest.isEmpty
    guard let unit = Self.units[String(rest)] else {
      self = .malformed
      return
    }
    if !hasUnit, isReal {
      self =
        Double("\(whole).\(fraction.isEmpty ? "0" : fraction)e\(exponent)").map { .real($0) }
        ?? .malformed
      return
    }
    self = Self.exact(digits: whole + fraction, unit: unit, exponent: exponent - fraction.count)
  }

  private static let units = ["": 1, "k": 1000, "M": 1_000_000, "s": 1, "min": 60, "h": 3600]

  /// `digits` times `unit` times ten to the `exponent`: an integer where it is whole.
  private static func exact(digits: String, unit: Int, exponent: Int) -> NumberLiteral {
    guard let number = Int(digits) else { return .tooLarge }
    var (value, overflow) = number.multipliedReportingOverflow(by: unit)
    guard !overflow else { return .tooLarge }
    var power = exponent
    while power < 0, value % 10 == 0, value != 0 {
      value /= 10
      power += 1
    }
    if value == 0 { return .integer(0) }
    if power < 0 { return Double("\(value)e\(power)").map { .real($0) } ?? .malformed }
    while power > 0 {
      (value, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return .tooLarge }
      power -= 1
    }
    return .integer(value)
  }
}

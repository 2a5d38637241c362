#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A binary operator: what it does with two integers, which is worth a short way, and with any two
/// values.
protocol BinaryOperation {
  static func integers(_ a: Int, _ b: Int, _ site: Site) throws(RunError) -> Value
  static func reals(_ a: Double, _ b: Double, _ site: Site) throws(RunError) -> Value
  /// Two values that are not both numbers.
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value
}

extension BinaryOperation {
  @inline(__always)
  static func apply(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value {
    // Asked one by one: a pair of values would be copied to be taken apart.
    if case .integer(let a) = a {
      if case .integer(let b) = b { return try integers(a, b, site) }
      if case .real(let b) = b { return try reals(Double(a), b, site) }
    } else if case .real(let a) = a {
      if case .real(let b) = b { return try reals(a, b, site) }
      if case .integer(let b) = b { return try reals(a, Double(b), site) }
    }
    return try others(a, b, site)
  }
}

@inline(never)
private func overflow(_ symbol: String, _ site: Site) -> RunError {
  site.error(
    .overflow, "`\(symbol)` leaves the range of integers", hint: "a real number goes further")
}

@inline(never)
private func unsuitable(_ symbol: String, _ a: Value, _ b: Value, _ site: Site) -> RunError {
  site.error(
    .type,
    "`\(symbol)` does not take \(a.typeName.withArticle) and \(b.typeName.withArticle)",
    hint: symbol == "+" && (a.text != nil) != (b.text != nil)
      ? "write `\"…{x}\"`, or `str(x)`, for a value within a text" : nil)
}

/// What `+` and `*` make has a limit: an error, rather than the end of the process.
@inline(never)
private func tooLarge(_ symbol: String, _ site: Site) -> RunError {
  site.error(.value, "`\(symbol)` would make something too large for the memory")
}

/// Checks the number of bytes that joining two strings would give.
@inline(__always)
func checkSize(ofText count: Int, plus added: Int, _ site: Site) throws(RunError) {
  if count + added > mostBytes { throw tooLarge("+", site) }
}

/// Checks the number of elements that joining two lists would give.
@inline(__always)
func checkSize(ofList count: Int, plus added: Int, _ site: Site) throws(RunError) {
  if count + added > mostElements { throw tooLarge("+", site) }
}

@inline(never)
private func divisionByZero(_ symbol: String, _ site: Site) -> RunError {
  site.error(.value, "`\(symbol)` divides by zero")
}

enum Addition: BinaryOperation {
  @inline(__always)
  static func integers(_ a: Int, _ b: Int, _ site: Site) throws(RunError) -> Value {
    let (sum, overflows) = a.addingReportingOverflow(b)
    if overflows { throw overflow("+", site) }
    return .integer(sum)
  }
  @inline(__always)
  static func reals(_ a: Double, _ b: Double, _ site: Site) throws(RunError) -> Value {
    .real(a + b)
  }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value {
    if let a = a.text, let b = b.text {
      try checkSize(ofText: a.utf8.count, plus: b.utf8.count, site)
      return .string(a + b)
    }
    if let a = a.elements, let b = b.elements {
      try checkSize(ofList: a.count, plus: b.count, site)
      return .list(a + b)
    }
    throw unsuitable("+", a, b, site)
  }
}

enum Subtraction: BinaryOperation {
  @inline(__always)
  static func integers(_ a: Int, _ b: Int, _ site: Site) throws(RunError) -> Value {
    let (difference, overflows) = a.subtractingReportingOverflow(b)
    if overflows { throw overflow("-", site) }
    return .integer(difference)
  }
  @inline(__always)
  static func reals(_ a: Double, _ b: Double, _ site: Site) throws(RunError) -> Value {
    .real(a - b)
  }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value {
    throw unsuitable("-", a, b, site)
  }
}

enum Multiplication: BinaryOperation {
  @inline(__always)
  static func integers(_ a: Int, _ b: Int, _ site: Site) throws(RunError) -> Value {
    let (product, overflows) = a.multipliedReportingOverflow(by: b)
    if overflows { throw overflow("*", site) }
    return .integer(product)
  }
  @inline(__always)
  static func reals(_ a: Double, _ b: Double, _ site: Site) throws(RunError) -> Value {
    .real(a * b)
  }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value {
    if let count = b.integer, let repeated = try Self.repeated(a, count, site) { return repeated }
    if let count = a.integer, let repeated = try Self.repeated(b, count, site) { return repeated }
    throw unsuitable("*", a, b, site)
  }

  private static func repeated(
    _ value: Value, _ count: Int, _ site: Site
  ) throws(RunError) -> Value? {
    let count = max(count, 0)
    if let text = value.text {
      try checkSize(text.utf8.count, count, mostBytes, site)
      return .string(String(repeating: text, count: count))
    }
    guard let elements = value.elements else { return nil }
    try checkSize(elements.count, count, mostElements, site)
    var result = ContiguousArray<Value>()
    result.reserveCapacity(elements.count * count)
    for _ in 0..<count { result += elements }
    return .list(result)
  }

  private static func checkSize(
    _ size: Int, _ count: Int, _ most: Int, _ site: Site
  ) throws(RunError) {
    let (total, overflows) = size.multipliedReportingOverflow(by: count)
    if overflows || total > most { throw tooLarge("*", site) }
  }
}

enum Division: BinaryOperation {
  @inline(__always)
  static func integers(_ a: Int, _ b: Int, _ site: Site) throws(RunError) -> Value {
    if b == 0 { throw divisionByZero("/", site) }
    return .real(Double(a) / Double(b))
  }
  @inline(__always)
  static func reals(_ a: Double, _ b: Double, _ site: Site) throws(RunError) -> Value {
    if b == 0 { throw divisionByZero("/", site) }
    return .real(a / b)
  }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value {
    throw unsuitable("/", a, b, site)
  }
}

enum FloorDivision: BinaryOperation {
  @inline(__always)
  static func integers(_ a: Int, _ b: Int, _ site: Site) throws(RunError) -> Value {
    if b == 0 { throw divisionByZero("//", site) }
    let (quotient, overflows) = a.dividedReportingOverflow(by: b)
    if overflows { throw overflow("//", site) }
    let isInexact = quotient &* b != a
    return .integer(isInexact && (a < 0) != (b < 0) ? quotient - 1 : quotient)
  }
  @inline(__always)
  static func reals(_ a: Double, _ b: Double, _ site: Site) throws(RunError) -> Value {
    if b == 0 { throw divisionByZero("//", site) }
    // From the remainder, as in Python: rounding `a / b` could step over an integer.
    let quotient = ((a - Modulo.floored(a, b)) / b)
    if quotient == 0 { return .real((a < 0) == (b < 0) ? 0 : -0.0) }
    return .real(quotient.rounded())
  }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value {
    throw unsuitable("//", a, b, site)
  }
}

enum Modulo: BinaryOperation {
  @inline(__always)
  static func integers(_ a: Int, _ b: Int, _ site: Site) throws(RunError) -> Value {
    if b == 0 { throw divisionByZero("%", site) }
    if b == -1 { return .integer(0) }
    if (a | b) >> 32 == 0 {
      // Both are small and not negative: the short division is several times as fast.
      return .integer(Int(UInt32(truncatingIfNeeded: a) % UInt32(truncatingIfNeeded: b)))
    }
    let remainder = a % b
    return .integer(remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder)
  }
  static func reals(_ a: Double, _ b: Double, _ site: Site) throws(RunError) -> Value {
    if b == 0 { throw divisionByZero("%", site) }
    return .real(floored(a, b))
  }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value {
    throw unsuitable("%", a, b, site)
  }

  /// The remainder with the divisor's sign.
  static func floored(_ a: Double, _ b: Double) -> Double {
    let remainder = a.truncatingRemainder(dividingBy: b)
    if remainder == 0 { return b < 0 ? -0.0 : 0 }
    return (remainder < 0) != (b < 0) ? remainder + b : remainder
  }
}

enum Power: BinaryOperation {
  static func integers(_ a: Int, _ b: Int, _ site: Site) throws(RunError) -> Value {
    if b < 0 { return try reals(Double(a), Double(b), site) }
    var result = 1
    var base = a
    var exponent = b
    while true {
      if exponent & 1 == 1 {
        let (product, overflows) = result.multipliedReportingOverflow(by: base)
        if overflows { throw overflow("**", site) }
        result = product
      }
      exponent >>= 1
      if exponent == 0 { return .integer(result) }
      let (square, overflows) = base.multipliedReportingOverflow(by: base)
      if overflows { throw overflow("**", site) }
      base = square
    }
  }
  static func reals(_ a: Double, _ b: Double, _ site: Site) throws(RunError) -> Value {
    if a == 0, b < 0 { throw divisionByZero("**", site) }
    let result = pow(a, b)
    if result.isNaN, !a.isNaN, !b.isNaN {
      throw site.error(.value, "`**` of a negative number takes only whole exponents")
    }
    return .real(result)
  }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Value {
    throw unsuitable("**", a, b, site)
  }
}

/// A comparison: what it says of two integers and two reals, which are worth a short way, and of any
/// two values.
protocol ComparisonOperation {
  static func integers(_ a: Int, _ b: Int) -> Bool
  static func reals(_ a: Double, _ b: Double) -> Bool
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Bool
}

extension ComparisonOperation {
  @inline(__always)
  static func apply(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Bool {
    if case .integer(let a) = a {
      if case .integer(let b) = b { return integers(a, b) }
      if case .real(let b) = b, a.isExactlyReal { return reals(Double(a), b) }
    } else if case .real(let a) = a {
      if case .real(let b) = b { return reals(a, b) }
      if case .integer(let b) = b, b.isExactlyReal { return reals(a, Double(b)) }
    }
    return try others(a, b, site)
  }
}

extension Int {
  /// Whether it is small enough for every such integer to be a real: others are compared digit by
  /// digit.
  @inline(__always)
  fileprivate var isExactlyReal: Bool { magnitude <= 1 << 53 }
}

enum Equal: ComparisonOperation {
  @inline(__always) static func integers(_ a: Int, _ b: Int) -> Bool { a == b }
  @inline(__always) static func reals(_ a: Double, _ b: Double) -> Bool { a == b }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Bool {
    valuesEqual(a, b)
  }
}

enum NotEqual: ComparisonOperation {
  @inline(__always) static func integers(_ a: Int, _ b: Int) -> Bool { a != b }
  @inline(__always) static func reals(_ a: Double, _ b: Double) -> Bool { a != b }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Bool {
    !valuesEqual(a, b)
  }
}

enum Less: ComparisonOperation {
  @inline(__always) static func integers(_ a: Int, _ b: Int) -> Bool { a < b }
  @inline(__always) static func reals(_ a: Double, _ b: Double) -> Bool { a < b }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Bool {
    return try placed(site) { () throws(RunError) in try orderedBefore(a, b, operator: "<") }
  }
}

enum Greater: ComparisonOperation {
  @inline(__always) static func integers(_ a: Int, _ b: Int) -> Bool { a > b }
  @inline(__always) static func reals(_ a: Double, _ b: Double) -> Bool { a > b }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Bool {
    return try placed(site) { () throws(RunError) in try orderedBefore(b, a, operator: ">") }
  }
}

enum LessOrEqual: ComparisonOperation {
  @inline(__always) static func integers(_ a: Int, _ b: Int) -> Bool { a <= b }
  @inline(__always) static func reals(_ a: Double, _ b: Double) -> Bool { a <= b }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Bool {
    return try placed(site) { () throws(RunError) in
      try orderedBefore(a, b, operator: "<=") || valuesEqual(a, b)
    }
  }
}

enum GreaterOrEqual: ComparisonOperation {
  @inline(__always) static func integers(_ a: Int, _ b: Int) -> Bool { a >= b }
  @inline(__always) static func reals(_ a: Double, _ b: Double) -> Bool { a >= b }
  @inline(never)
  static func others(_ a: Value, _ b: Value, _ site: Site) throws(RunError) -> Bool {
    return try placed(site) { () throws(RunError) in
      try orderedBefore(b, a, operator: ">=") || valuesEqual(a, b)
    }
  }
}

/// What `body` throws without a place gets that of the site.
@inline(__always)
func placed<T>(_ site: Site, _ body: () throws(RunError) -> T) throws(RunError) -> T {
  do {
    return try body()
  } catch {
    throw error.placed(at: site.span, in: site.source)
  }
}

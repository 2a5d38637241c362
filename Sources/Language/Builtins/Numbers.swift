import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Builtins {
  static var numbers: [Builtin] { conversions + roundings + realFunctions + bounds }

  private static let group = "numbers"
  private static let x = Parameter.required("x", .number, "A number.")

  private static var conversions: [Builtin] {
    let convertible = Domain.either([.number, .string, .boolean])
    return [
      Builtin(
        "int", in: group, "A number cut towards zero, or the integer that a string or boolean is.",
        [
          .required("x", convertible, "What to convert, or the least integer of a range."),
          .optional(
            "high", .integer, .null,
            "The greatest: with it, the result describes all integers from x to high."),
          .optional("log", .boolean, false, "Whether that range is spread by magnitude."),
        ],
        examples: [
          Example("int(-2.7)", gives: "-2\n"), Example("int(\"50_000\")", gives: "50000\n"),
          Example("int(true)", gives: "1\n"), Example("int(1, 8).high", gives: "8\n"),
        ]
      ) { a, _ throws(RunError) in
        if a[1].integer != nil { return try integers(from: a[0], to: a[1], isLogarithmic: a[2]) }
        switch a[0] {
        case .boolean(let value): return .integer(value ? 1 : 0)
        case .integer: return a[0]
        case .real(let value): return .integer(try integer(value, of: "int"))
        default:
          guard let value = number(a[0].text!), value.integer != nil else {
            throw RunError(.value, "`int` cannot read \(a[0].source) as an integer")
          }
          return value
        }
      },
      Builtin(
        "real", in: group, "The real that a number, string or boolean is.",
        [.required("x", convertible, "What to convert.")],
        examples: [Example("real(2)", gives: "2.0\n"), Example("real(\"1e-3\")", gives: "0.001\n")]
      ) { a, _ throws(RunError) in
        if let value = a[0].boolean { return .real(value ? 1 : 0) }
        if let value = a[0].real { return .real(value) }
        if let value = specialReals[a[0].text!] ?? number(a[0].text!)?.real {
          return .real(value)
        }
        throw RunError(.value, "`real` cannot read \(a[0].source) as a number")
      },
      Builtin(
        "num", in: group, "The number that a string writes, with its sign and unit.",
        [.required("s", .string, "A number as in source.")],
        examples: [
          Example("num(\"-2.5\")", gives: "-2.5\n"), Example("num(\"20k\")", gives: "20000\n"),
          Example("num(\"5min\")", gives: "300\n"),
        ]
      ) { a, _ throws(RunError) in
        if let value = number(a[0].text!) { return value }
        throw RunError(.value, "`num` cannot read \(a[0].source) as a number")
      },
    ]
  }

  /// A range of integers as a map, the form in which spaces are described.
  private static func integers(
    from low: Value, to high: Value, isLogarithmic: Value
  ) throws(RunError) -> Value {
    guard let least = low.integer else {
      throw RunError(.type, "`int` takes two integers as bounds, not \(low.source)")
    }
    guard least < high.integer! else {
      throw RunError(
        .value, "`int` needs a lower bound below the upper, not \(low.source) and \(high.source)",
        hint: "the lower bound comes first: `int(\(high.source), \(low.source))`")
    }
    guard isLogarithmic.boolean == false || least > 0 else {
      throw RunError(
        .value, "`int` with `log` needs bounds above 0, not \(low.source)",
        hint: "begin it at 1")
    }
    return .map(["space": .string("int"), "low": low, "high": high, "log": isLogarithmic])
  }

  /// What `str` writes and no literal can.
  private static let specialReals = [
    "inf": Double.infinity, "-inf": -Double.infinity, "nan": Double.nan,
  ]

  private static var roundings: [Builtin] {
    [
      Builtin(
        "abs", in: group, "The distance from zero.", [x],
        examples: [Example("abs(-3)", gives: "3\n"), Example("abs(-0.5)", gives: "0.5\n")]
      ) { a, _ throws(RunError) in
        guard case .integer(let value) = a[0] else { return .real(abs(a[0].real!)) }
        guard value != .min else { throw RunError(.overflow, "`abs` of \(value) is too large") }
        return .integer(abs(value))
      },
      Builtin(
        "floor", in: group, "The greatest integer that is not above.", [x],
        examples: [Example("floor(-2.5)", gives: "-3\n")]
      ) { a, _ throws(RunError) in
        guard case .real(let value) = a[0] else { return a[0] }
        return .integer(try integer(value.rounded(.down), of: "floor"))
      },
      Builtin(
        "ceil", in: group, "The least integer that is not below.", [x],
        examples: [Example("ceil(-2.5)", gives: "-2\n")]
      ) { a, _ throws(RunError) in
        guard case .real(let value) = a[0] else { return a[0] }
        return .integer(try integer(value.rounded(.up), of: "ceil"))
      },
      Builtin(
        "round", in: group, "The nearest integer, or the nearest real of n decimals.",
        [
          x,
          .optional(
            "n", .integer(-400...400), .null, "Decimals; without it the result is an integer."),
        ],
        examples: [
          Example("round(2.5)", gives: "2\n"), Example("round(3.5)", gives: "4\n"),
          Example("round(2.675, 2)", gives: "2.67\n"),
          Example("round(1250, -2)", gives: "1200.0\n"),
        ],
        details: "A number half way between two goes to the even one."
      ) { a, _ throws(RunError) in
        if let digits = a[1].integer { return .real(rounded(a[0].real!, digits)) }
        guard case .real(let value) = a[0] else { return a[0] }
        return .integer(try integer(value.rounded(.toNearestOrEven), of: "round"))
      },
    ]
  }

  private static var realFunctions: [Builtin] {
    [
      realFunction("sqrt", "The square root.", Example("sqrt(2)", gives: "1.4142135623730951\n")) {
        $0.squareRoot()
      },
      realFunction("exp", "The power of e.", Example("exp(0)", gives: "1.0\n"), exp),
      Builtin(
        "log", in: group, "The natural logarithm.", [x],
        examples: [Example("log(1)", gives: "0.0\n")]
      ) { a, _ throws(RunError) in
        let value = a[0].real!
        guard value > 0 || value.isNaN else { throw undefined("log", at: a[0]) }
        return .real(log(value))
      },
      realFunction(
        "sin", "The sine of an angle in radians.", Example("sin(0)", gives: "0.0\n"), sin),
      realFunction(
        "cos", "The cosine of an angle in radians.", Example("cos(0)", gives: "1.0\n"), cos),
      realFunction(
        "tan", "The tangent of an angle in radians.", Example("tan(0)", gives: "0.0\n"), tan),
      realFunction("tanh", "The hyperbolic tangent.", Example("tanh(0)", gives: "0.0\n"), tanh),
      Builtin(
        "atan2", in: group, "The angle of the point (x, y), in radians from -pi to pi.",
        [.required("y", .number, "Up."), .required("x", .number, "To the right.")],
        examples: [Example("atan2(1, 0) == pi / 2", gives: "true\n")]
      ) { a, _ in .real(atan2(a[0].real!, a[1].real!)) },
    ]
  }

  private static var bounds: [Builtin] {
    [
      Builtin(
        "clamp", in: group, "The nearest number from low to high.",
        [
          x, .required("low", .number, "The least result."),
          .required("high", .number, "The greatest result."),
        ],
        examples: [
          Example("clamp(7, 0, 5)", gives: "5\n"), Example("clamp(2, 0, 5)", gives: "2\n"),
        ]
      ) { a, _ throws(RunError) in
        if try orderedBefore(a[2], a[1]) {
          throw RunError(.value, "`clamp` has a `low` of \(a[1].source) above its `high`")
        }
        if try orderedBefore(a[0], a[1]) { return a[1] }
        return try orderedBefore(a[2], a[0]) ? a[2] : a[0]
      }
    ]
  }

  /// A function of one number that has no value where it gives nan.
  private static func realFunction(
    _ name: String, _ summary: String, _ example: Example, _ compute: @escaping (Double) -> Double
  ) -> Builtin {
    Builtin(name, in: group, summary, [x], examples: [example]) { a, _ throws(RunError) in
      let value = a[0].real!
      let result = compute(value)
      guard !result.isNaN || value.isNaN else { throw undefined(name, at: a[0]) }
      return .real(result)
    }
  }

  /// What a text that writes a number with or without a sign stands for; nil where it writes none.
  private static func number(_ text: String) -> Value? {
    // The least integer is no literal with a sign.
    if let integer = Int(text) { return .integer(integer) }
    let isNegative = text.hasPrefix("-")
    let unsigned = isNegative || text.hasPrefix("+") ? String(text.dropFirst()) : text
    switch NumberLiteral(unsigned) {
    case .integer(let value): return .integer(isNegative ? -value : value)
    case .real(let value): return .real(isNegative ? -value : value)
    case .tooLarge, .malformed: return nil
    }
  }

  private static func undefined(_ name: String, at value: Value) -> RunError {
    RunError(.value, "`\(name)` has no value at \(value.source)")
  }

  private static func integer(_ value: Double, of name: String) throws(RunError) -> Int {
    guard value.isFinite else { throw undefined(name, at: .real(value)) }
    guard let integer = Int(exactly: value.rounded(.towardZero)) else {
      throw RunError(.overflow, "`\(name)` of \(Value.real(value).source) is beyond 64 bits")
    }
    return integer
  }

  private static func rounded(_ value: Double, _ digits: Int) -> Double {
    // From the exact binary value: 2.675 is a little less, and gives 2.67.
    guard digits < 0, value.isFinite else { return Language.rounded(value, to: max(0, digits)) }
    let power = pow(10, Double(-digits))
    return power.isFinite ? (value / power).rounded(.toNearestOrEven) * power : value * 0
  }
}

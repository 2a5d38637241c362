import Schema

extension Builtins {
  static var statistics: [Builtin] { extremes + averages }

  private static let group = "statistics"
  private static let xs = Parameter.required("xs", .iterable, "Numbers.")

  private static var extremes: [Builtin] {
    [
      extreme(
        "min", "The least of a list, or of several values.", Example("min(3, 1, 2)", gives: "1\n")
      ) { candidate, best throws(RunError) in
        try orderedBefore(candidate, best, operator: "min")
      },
      extreme(
        "max", "The greatest of a list, or of several values.",
        Example("max([3, 1.5])", gives: "3\n")
      ) { candidate, best throws(RunError) in
        try orderedBefore(best, candidate, operator: "max")
      },
      extremePlace(
        "argmin", "Where the least element stands first.",
        Example("argmin([3, 1, 1])", gives: "1\n")
      ) { candidate, best throws(RunError) in
        try orderedBefore(candidate, best, operator: "argmin")
      },
      extremePlace(
        "argmax", "Where the greatest element stands first.",
        Example("argmax([3, 1, 3])", gives: "0\n")
      ) { candidate, best throws(RunError) in
        try orderedBefore(best, candidate, operator: "argmax")
      },
    ]
  }

  private typealias Better = (_ candidate: Value, _ best: Value) throws(RunError) -> Bool

  private static func extreme(
    _ name: String, _ summary: String, _ example: Example, _ isBetter: @escaping Better
  ) -> Builtin {
    Builtin(
      name, in: group, summary, [.several("xs", .anything, "One list, or several values.")],
      examples: [example]
    ) { a, _ throws(RunError) in
      guard a.count == 1 else { return a[try place(in: a, of: name, isBetter)] }
      let values = try elements(of: a[0])
      return values[try place(in: values, of: name, isBetter)]
    }
  }

  private static func extremePlace(
    _ name: String, _ summary: String, _ example: Example, _ isBetter: @escaping Better
  ) -> Builtin {
    Builtin(name, in: group, summary, [xs], examples: [example]) { a, _ throws(RunError) in
      .integer(try place(in: elements(of: a[0]), of: name, isBetter))
    }
  }

  private static func place<Values: RandomAccessCollection<Value>>(
    in values: Values, of name: String, _ isBetter: Better
  ) throws(RunError) -> Int where Values.Index == Int {
    guard !values.isEmpty else { throw empty(name) }
    var best = 0
    for i in 1..<max(1, values.count) where try isBetter(values[i], values[best]) { best = i }
    return best
  }

  private static var averages: [Builtin] {
    [
      Builtin(
        "sum", in: group, "The sum, from 0, left to right.", [xs],
        examples: [Example("sum([1, 2, 3])", gives: "6\n"), Example("sum([])", gives: "0\n")]
      ) { a, _ throws(RunError) in try sum(elements(of: a[0])) },
      Builtin(
        "mean", in: group, "The arithmetic mean.", [xs],
        examples: [Example("mean([1, 2])", gives: "1.5\n")]
      ) { a, _ throws(RunError) in .real(mean(try reals(a[0], of: "mean"))) },
      Builtin(
        "median", in: group, "The middle value, or the mean of the two in the middle.", [xs],
        examples: [Example("median([5, 1, 2])", gives: "2.0\n")]
      ) { a, _ throws(RunError) in
        let values = try reals(a[0], of: "median")
        if values.contains(where: \.isNaN) { return .real(.nan) }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return .real(
          sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2)
      },
      Builtin(
        "std", in: group, "The standard deviation of the population.", [xs],
        examples: [Example("std([1, 3])", gives: "1.0\n")]
      ) { a, _ throws(RunError) in
        let values = try reals(a[0], of: "std")
        let centre = mean(values)
        var squares = 0.0
        for value in values { squares += (value - centre) * (value - centre) }
        return .real((squares / Double(values.count)).squareRoot())
      },
      Builtin(
        "linspace", in: group, "Evenly spaced reals, both ends among them.",
        [
          .required("a", .number, "The first."), .required("b", .number, "The last."),
          .required("n", .integer(0...mostElements), "How many."),
        ],
        examples: [Example("linspace(0, 1, 5)", gives: "[0.0, 0.25, 0.5, 0.75, 1.0]\n")]
      ) { a, _ in
        let (first, last, count) = (a[0].real!, a[1].real!, a[2].integer!)
        let spacing = (last - first) / Double(max(1, count - 1))
        return .list(
          (0..<count).lazy.map {
            .real($0 > 0 && $0 == count - 1 ? last : first + Double($0) * spacing)
          })
      },
    ]
  }

  /// Integers stay integers; from the first real on it is real.
  private static func sum(_ values: ContiguousArray<Value>) throws(RunError) -> Value {
    var whole = 0
    for (i, value) in values.enumerated() {
      guard case .integer(let integer) = value else {
        return .real(try sum(values[i...], from: Double(whole)))
      }
      let (next, overflow) = whole.addingReportingOverflow(integer)
      if overflow { throw RunError(.overflow, "`sum` is beyond 64 bits") }
      whole = next
    }
    return .integer(whole)
  }

  private static func sum(
    _ values: ArraySlice<Value>, from start: Double
  ) throws(RunError) -> Double {
    var total = start
    for value in values {
      guard let real = value.real else { throw noNumber(value, "sum") }
      total += real
    }
    return total
  }

  private static func mean(_ values: [Double]) -> Double {
    var total = 0.0
    for value in values { total += value }
    return total / Double(values.count)
  }

  /// At least one.
  private static func reals(_ value: Value, of name: String) throws(RunError) -> [Double] {
    let values = try elements(of: value)
    guard !values.isEmpty else { throw empty(name) }
    var reals: [Double] = []
    reals.reserveCapacity(values.count)
    for value in values {
      guard let real = value.real else { throw noNumber(value, name) }
      reals.append(real)
    }
    return reals
  }

  private static func noNumber(_ value: Value, _ name: String) -> RunError {
    RunError(.type, "`\(name)` takes numbers, not \(value.typeName.withArticle)", argument: "xs")
  }

  private static func empty(_ name: String) -> RunError {
    RunError(.value, "`\(name)` has no value for an empty list")
  }
}

import Schema

extension Builtins {
  static var lists: [Builtin] { makers + transformers + questions + orderings + edits }

  private static let group = "lists"
  private static let xs = Parameter.required(
    "xs", .iterable, "A list, range, string (its characters) or map (its keys).")

  private static var makers: [Builtin] {
    [
      Builtin(
        "list", in: group, "The elements as a list.", [xs],
        examples: [
          Example("list(1..3)", gives: "[1, 2, 3]\n"),
          Example("list(\"ab\")", gives: "[\"a\", \"b\"]\n"),
        ]
      ) { a, _ throws(RunError) in
        (a[0].payload(.list) as ListObject?) != nil ? a[0] : .list(try elements(of: a[0]))
      },
      Builtin(
        "range", in: group, "Integers from 0 to below n, or from a to below b.",
        [
          .required("a", .integer, "The end, or with `b` the start."),
          .optional("b", .integer, .null, "The end, which is excluded."),
          .optional("step", .integer, 1, "The distance between two; negative goes down."),
        ],
        examples: [
          Example("range(3)", gives: "0..<3\n"),
          Example("list(range(9, 1, step=-4))", gives: "[9, 5]\n"),
        ]
      ) { a, _ throws(RunError) in
        guard let step = a[2].integer, step != 0 else {
          throw RunError(.value, "`range` takes a `step` other than 0", argument: "step")
        }
        let (start, end) = a[1].isNull ? (0, a[0].integer!) : (a[0].integer!, a[1].integer!)
        return .object(RangeObject(start: start, end: end, step: step, isHalfOpen: true))
      },
      Builtin(
        "zip", in: group, "Lists of the elements that stand in the same place, to the shortest.",
        [.several("xs", .iterable, "What to go over side by side.")],
        examples: [Example("zip([1, 2, 3], \"ab\")", gives: "[[1, \"a\"], [2, \"b\"]]\n")]
      ) { a, _ throws(RunError) in
        var columns: [ContiguousArray<Value>] = []
        for column in a { columns.append(try elements(of: column)) }
        let count = columns.map(\.count).min() ?? 0
        return .list((0..<count).lazy.map { i in .list(columns.lazy.map { $0[i] }) })
      },
      Builtin(
        "enumerate", in: group, "Lists of a number, counted up, and an element.",
        [xs, .optional("start", .integer, 0, "The first number.")],
        examples: [Example("enumerate(\"ab\", start=1)", gives: "[[1, \"a\"], [2, \"b\"]]\n")]
      ) { a, _ throws(RunError) in
        let (values, start) = (try elements(of: a[0]), a[1].integer!)
        guard !start.addingReportingOverflow(values.count).overflow else {
          throw RunError(.overflow, "`enumerate` counts beyond 64 bits", argument: "start")
        }
        return .list(values.indices.lazy.map { .list([.integer(start + $0), values[$0]]) })
      },
    ]
  }

  private static var transformers: [Builtin] {
    let f = Parameter.required("f", .function(1), "A function of one element.")
    return [
      Builtin(
        "map", in: group, "What a function gives for each element.", [xs, f],
        examples: [Example("map([1, 2], fn(x) => x * 10)", gives: "[10, 20]\n")]
      ) { a, evaluator throws(RunError) in
        let values = try elements(of: a[0])
        var results = ContiguousArray<Value>()
        results.reserveCapacity(values.count)
        for value in values { results.append(try evaluator.call(a[1], [value])) }
        return .list(results)
      },
      Builtin(
        "filter", in: group, "The elements for which a function is true.", [xs, f],
        examples: [Example("filter(1..5, fn(x) => x > 3)", gives: "[4, 5]\n")]
      ) { a, evaluator throws(RunError) in
        var results = ContiguousArray<Value>()
        for value in try elements(of: a[0])
        where try truth(evaluator.call(a[1], [value]), of: "filter") {
          results.append(value)
        }
        return .list(results)
      },
      Builtin(
        "reduce", in: group, "One value from all elements, each folded into a total.",
        [
          xs, .required("f", .function(2), "A function of the total and an element."),
          .required("start", .anything, "The total before the first element."),
        ],
        examples: [Example("reduce([1, 2, 3], fn(total, x) => total * 10 + x, 0)", gives: "123\n")]
      ) { a, evaluator throws(RunError) in
        var total = a[2]
        for value in try elements(of: a[0]) { total = try evaluator.call(a[1], [total, value]) }
        return total
      },
      Builtin(
        "count", in: group, "For how many elements a function is true.", [xs, f],
        examples: [Example("count(\"banana\", fn(c) => c == \"a\")", gives: "3\n")]
      ) { a, evaluator throws(RunError) in
        var count = 0
        for value in try elements(of: a[0])
        where try truth(evaluator.call(a[1], [value]), of: "count") {
          count += 1
        }
        return .integer(count)
      },
    ]
  }

  private static var questions: [Builtin] {
    let booleans = Parameter.required("xs", .iterable, "Booleans.")
    return [
      Builtin(
        "any", in: group, "Whether at least one of the booleans is true.", [booleans],
        examples: [
          Example("any([false, true])", gives: "true\n"), Example("any([])", gives: "false\n"),
        ]
      ) { a, _ throws(RunError) in
        for value in try elements(of: a[0]) where try boolean(value, of: "any") {
          return .boolean(true)
        }
        return .boolean(false)
      },
      Builtin(
        "all", in: group, "Whether all of the booleans are true.", [booleans],
        examples: [
          Example("all([false, true])", gives: "false\n"), Example("all([])", gives: "true\n"),
        ]
      ) { a, _ throws(RunError) in
        for value in try elements(of: a[0]) where try !boolean(value, of: "all") {
          return .boolean(false)
        }
        return .boolean(true)
      },
      Builtin(
        "find", in: group, "The first index of an element, or of a part of a string; else null.",
        [
          .required("x", .either([.list(of: .anything), .string]), "A list or string."),
          .required("part", .anything, "An element; for a string, a string."),
        ],
        examples: [
          Example("find([4, 5, 6], 5)", gives: "1\n"),
          Example("find(\"banana\", \"nan\")", gives: "2\n"),
          Example("find([1], 2) == null", gives: "true\n"),
        ]
      ) { a, _ throws(RunError) in
        if let text = a[0].text {
          guard let part = a[1].text else {
            throw RunError(
              .type, "`find` takes a string to find in a string, not \(a[1].typeName.withArticle)",
              argument: "part")
          }
          return text.characterOffset(of: part).map { .integer($0) } ?? .null
        }
        let index = a[0].elements!.firstIndex { valuesEqual($0, a[1]) }
        return index.map { .integer($0) } ?? .null
      },
    ]
  }

  private static var orderings: [Builtin] {
    [
      Builtin(
        "sort", in: group, "The elements in order, equal ones as they stood.",
        [
          xs,
          .optional("by", .function(1), .null, "What of an element decides; by default itself."),
          .optional("descending", .boolean, false, "The greatest first."),
        ],
        examples: [
          Example("sort([3, 1, 2])", gives: "[1, 2, 3]\n"),
          Example("sort([\"bb\", \"a\"], by=len, descending=true)", gives: "[\"bb\", \"a\"]\n"),
        ]
      ) { a, evaluator throws(RunError) in
        let values = try elements(of: a[0])
        let descending = a[2].boolean!
        if a[1].isNull { return .list(try sorted(values, descending: descending)) }
        var keys = ContiguousArray<Value>()
        keys.reserveCapacity(values.count)
        for value in values { keys.append(try evaluator.call(a[1], [value])) }
        return .list(try sortedPlaces(of: keys, descending: descending).lazy.map { values[$0] })
      },
      Builtin(
        "reverse", in: group, "The elements from the last to the first.", [xs],
        examples: [Example("reverse(1..3)", gives: "[3, 2, 1]\n")]
      ) { a, _ throws(RunError) in .list(try elements(of: a[0]).reversed()) },
      Builtin(
        "unique", in: group, "The elements without those that equal an earlier one.", [xs],
        examples: [Example("unique([2, 1, 2.0, 1])", gives: "[2, 1]\n")]
      ) { a, _ throws(RunError) in .list(withoutRepeats(try elements(of: a[0]))) },
    ]
  }

  private static var edits: [Builtin] {
    [
      Builtin(
        "insert", in: group, "A list with one element more, which gets the index i.",
        [
          xs, .required("i", .integer, "From 0 up to the length; negative counts from the end."),
          .required("x", .anything, "The new element."),
        ],
        examples: [
          Example("insert([1, 3], 1, 2)", gives: "[1, 2, 3]\n"),
          Example("insert([1, 3], -1, 2)", gives: "[1, 2, 3]\n"),
        ]
      ) { a, _ throws(RunError) in
        var values = try elements(of: a[0])
        let index = a[1].integer!
        let i = index < 0 ? index + values.count : index
        guard 0...values.count ~= i else { throw outside(index, of: values.count, "insert", "i") }
        values.insert(a[2], at: i)
        return .list(values)
      },
      Builtin(
        "remove", in: group, "A list without the element at an index, or a map without a key.",
        [
          xs,
          .required(
            "at", .either([.integer, .string]), "An index (negative from the end), or a map's key."),
        ],
        examples: [
          Example("remove([1, 2, 3], 0)", gives: "[2, 3]\n"),
          Example("remove({x: 1, y: 2}, \"x\")", gives: "{y: 2}\n"),
        ]
      ) { a, _ throws(RunError) in
        if var entries = a[0].entries {
          guard let key = a[1].text else {
            throw RunError(.type, "`remove` takes a map's key, not an integer", argument: "at")
          }
          guard entries[key] != nil else {
            throw RunError(
              .key, "the map has no key \(a[1].source)",
              hint: nearest(to: key, among: entries.keys).map { "did you mean `\($0)`?" },
              argument: "at")
          }
          entries[key] = nil
          return .map(entries)
        }
        var values = try elements(of: a[0])
        guard let index = a[1].integer else {
          throw RunError(.type, "`remove` takes an index, not a string", argument: "at")
        }
        let i = index < 0 ? index + values.count : index
        guard values.indices.contains(i) else {
          throw outside(index, of: values.count, "remove", "at")
        }
        values.remove(at: i)
        return .list(values)
      },
    ]
  }

  private static func outside(
    _ index: Int, of count: Int, _ name: String, _ argument: String
  ) -> RunError {
    RunError(
      .index, "`\(name)` has no index \(index) in a list of length \(count)", argument: argument)
  }

  private static func boolean(_ value: Value, of name: String) throws(RunError) -> Bool {
    if let boolean = value.boolean { return boolean }
    throw RunError(
      .type, "`\(name)` takes booleans, not \(value.typeName.withArticle)", argument: "xs")
  }

  private static func truth(_ value: Value, of name: String) throws(RunError) -> Bool {
    if let boolean = value.boolean { return boolean }
    throw RunError(
      .type,
      "the function given to `\(name)` must give true or false, not \(value.typeName.withArticle)",
      argument: "f")
  }
}

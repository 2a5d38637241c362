import Schema
import Testing

@testable import Language

/// Calls a built-in function by position, defaults filled in, without an evaluator.
nonisolated(unsafe) private let functions = Builtins.all

private func call(_ name: String, _ arguments: Value...) throws -> Value {
  let builtin = try #require(functions.first { $0.declaration.name == name })
  var bound = ContiguousArray<Value>()
  for (i, parameter) in builtin.declaration.parameters.enumerated() {
    if parameter.form == .variadic {
      bound.append(contentsOf: arguments.dropFirst(i))
    } else if i < arguments.count {
      bound.append(arguments[i])
    } else if case .setting(let setting) = parameter.defaultValue {
      bound.append(Value(setting))
    } else {
      Issue.record("`\(name)` needs `\(parameter.name)`")
    }
  }
  return try builtin.call(bound, Evaluator())
}

/// Its result as source.
private func show(_ name: String, _ arguments: Value...) throws -> String {
  switch arguments.count {
  case 0: try call(name).source
  case 1: try call(name, arguments[0]).source
  case 2: try call(name, arguments[0], arguments[1]).source
  default: try call(name, arguments[0], arguments[1], arguments[2]).source
  }
}

private func kind(_ body: () throws -> Value) -> ErrorKind? {
  do {
    _ = try body()
    return nil
  } catch {
    return (error as? RunError)?.kind
  }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByNilLiteral
{
  /// As in source.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// As in source.
  public init(floatLiteral value: Double) { self = .real(value) }
  /// As in source.
  public init(stringLiteral value: String) { self = .string(value) }
  /// As in source.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  /// As in source.
  public init(arrayLiteral elements: Value...) { self = .list(elements) }
  /// As in source.
  public init(nilLiteral: ()) { self = .null }
}

@Suite("Declarations of built-in functions")
struct BuiltinDeclarationTests {
  @Test("Every function of the contract is there, once")
  func complete() {
    let names = Builtins.all.map(\.declaration.name)
    let contract = """
      len type str repr json parse_json int real num abs floor ceil round sqrt exp log sin cos tan
      tanh atan2 clamp min max sum mean median std argmin argmax linspace list range map filter
      reduce any all count sort reverse unique zip enumerate find insert remove keys values items
      get merge upper lower trim split join replace starts_with ends_with random draw normal shuffle
      fail assert
      """
    #expect(
      names.sorted() == contract.split(whereSeparator: \.isWhitespace).map(String.init).sorted())
    #expect(Set(Builtins.constants.keys) == ["pi", "inf", "nan"])
  }

  @Test("Every function says what it and its parameters are in full sentences, with examples")
  func documented() {
    for declaration in Builtins.all.map(\.declaration) {
      #expect(declaration.summary.hasSuffix("."), "\(declaration.name)")
      #expect(!declaration.examples.isEmpty, "\(declaration.name)")
      #expect(!declaration.group.isEmpty, "\(declaration.name)")
      for parameter in declaration.parameters {
        #expect(parameter.summary.hasSuffix("."), "\(declaration.name) \(parameter.name)")
      }
    }
  }

  @Test("No function takes a value outside the domain that it declares")
  func domains() throws {
    let stream = try call("random", 1)
    let candidates: [Value] = [
      nil, true, 3, -1, 0.5, "a", [1, 2], .map(["a": 1]), stream,
      .object(RangeObject(start: 1, end: 3)),
    ]
    for builtin in Builtins.all {
      for (i, parameter) in builtin.declaration.parameters.enumerated() {
        for wrong in candidates {
          guard let (expected, _) = mismatch(of: wrong, with: parameter) else { continue }
          var arguments = ContiguousArray<Value>()
          for (j, other) in builtin.declaration.parameters.enumerated() {
            let fitting = candidates.first { mismatch(of: $0, with: other) == nil } ?? nil
            let value = i == j ? wrong : fitting
            arguments.append(value)
            if j == i { break }
          }
          let missing = builtin.declaration.parameters.count - arguments.count
          arguments += ContiguousArray(repeating: .null, count: missing)
          // An earlier function parameter has no fitting candidate, and is refused first.
          if builtin.declaration.parameters[..<i].contains(where: { $0.name == "f" }) { continue }
          let error = #expect(throws: RunError.self) {
            try builtin.call(arguments, Evaluator())
          }
          #expect(error?.kind == expected, "\(builtin.declaration.name) \(parameter.name)")
          #expect(error?.argument == parameter.name)
          #expect(error?.message.contains("`\(builtin.declaration.name)`") == true)
        }
      }
    }
  }
}

@Suite("Built-in functions of numbers")
struct BuiltinNumberTests {
  @Test("Conversions cut towards zero and read what source writes")
  func conversions() throws {
    #expect(try show("int", -2.7) == "-2")
    #expect(try show("int", "50_000") == "50000")
    #expect(try show("int", "-9223372036854775808") == "-9223372036854775808")
    #expect(try show("int", false) == "0")
    #expect(try show("real", "inf") == "inf")
    #expect(try show("real", 2) == "2.0")
    for (text, value) in [
      ("20k", "20000"), ("1.5M", "1500000"), ("1.5k", "1500"), ("0.0005k", "0.5"), ("-2h", "-7200"),
      ("+5min", "300"), ("1e3", "1000.0"), ("-0.5", "-0.5"), ("1_000", "1000"), ("30s", "30"),
    ] {
      #expect(try show("num", .string(text)) == value)
    }
    for text in ["", "x", "1x", "--1", "1_", "_1", "1.", ".5", " 1", "0x10", "1e", "nan"] {
      #expect(kind { try call("num", .string(text)) } == .value, "\(text)")
    }
    #expect(kind { try call("int", "2.5") } == .value)
    #expect(kind { try call("int", .real(.nan)) } == .value)
    #expect(kind { try call("int", 1e30) } == .overflow)
    #expect(kind { try call("abs", .integer(.min)) } == .overflow)
  }

  @Test("Rounding goes half to even, from the exact value")
  func rounding() throws {
    for (value, n, text) in [
      (2.5, nil, "2"), (3.5, nil, "4"), (-0.5, nil, "0"), (2.675, 2, "2.67"), (0.125, 2, "0.12"),
      (1e22, 1, "1e+22"), (1250, -2, "1200.0"), (.infinity, 1, "inf"), (5, -400, "0.0"),
    ] as [(Double, Int?, String)] {
      #expect(try show("round", .real(value), n.map { .integer($0) } ?? nil) == text)
    }
    #expect(try show("round", 7) == "7")
    #expect(try show("round", 7, 1) == "7.0")
    #expect(try show("floor", -2.5) == "-3")
    #expect(try show("ceil", -2.5) == "-2")
    #expect(kind { try call("floor", .real(.infinity)) } == .value)
  }

  @Test("Outside its domain a function fails with kind value")
  func domains() throws {
    #expect(kind { try call("sqrt", -1) } == .value)
    #expect(kind { try call("log", 0) } == .value)
    #expect(kind { try call("log", -1) } == .value)
    #expect(kind { try call("sin", .real(.infinity)) } == .value)
    #expect(try show("sqrt", .real(.nan)) == "nan")
    #expect(try show("exp", 1000) == "inf")
    #expect(try show("log", .real(.infinity)) == "inf")
  }

  @Test("Clamping keeps the type of what it gives")
  func clamping() throws {
    #expect(try show("clamp", 7, 0, 5.5) == "5.5")
    #expect(try show("clamp", 2, 0.5, 5.5) == "2")
    #expect(try show("clamp", .real(.nan), 0, 1) == "nan")
    #expect(kind { try call("clamp", 1, 2, 0) } == .value)
  }
}

@Suite("Built-in statistics")
struct BuiltinStatisticsTests {
  @Test("Extremes take a list or several values, and the first of equals")
  func extremes() throws {
    #expect(try show("min", 3, 1, 2) == "1")
    #expect(try show("max", [3, 1.5]) == "3")
    #expect(try show("max", "b", "a") == "\"b\"")
    #expect(try show("max", [1, 1.0]) == "1")
    #expect(try show("min", [[2, 1], [1, 9]]) == "[1, 9]")
    #expect(try show("argmax", [3, 1, 3]) == "0")
    #expect(try show("argmin", .object(RangeObject(start: 5, end: 1, step: -1))) == "4")
    #expect(kind { try call("min", []) } == .value)
    #expect(kind { try call("min", 3) } == .type)
    #expect(kind { try call("min", 3, "a") } == .type)
    #expect(kind { try call("argmax", []) } == .value)
  }

  @Test("Sums stay integers until the first real, and overflow is an error")
  func sums() throws {
    #expect(try show("sum", []) == "0")
    #expect(try show("sum", [1, 2]) == "3")
    #expect(try show("sum", [1, 2.5, 3]) == "6.5")
    #expect(kind { try call("sum", [.integer(.max), 1]) } == .overflow)
    #expect(kind { try call("sum", [1, "a"]) } == .type)
    #expect(kind { try call("sum", [1.5, nil]) } == .type)
  }

  @Test("Averages are real and need an element")
  func averages() throws {
    #expect(try show("mean", [1, 3]) == "2.0")
    #expect(try show("median", [5, 1, 2]) == "2.0")
    #expect(try show("median", [4, 1, 2, 3]) == "2.5")
    #expect(try show("std", [1, 3]) == "1.0")
    for name in ["mean", "median", "std"] {
      #expect(kind { try call(name, []) } == .value)
      #expect(kind { try call(name, ["a"]) } == .type)
    }
  }

  @Test("linspace holds both ends exactly")
  func spacing() throws {
    #expect(try show("linspace", 0, 1, 5) == "[0.0, 0.25, 0.5, 0.75, 1.0]")
    #expect(
      try show("linspace", 0, 0.3, 4) == "[0.0, 0.09999999999999999, 0.19999999999999998, 0.3]")
    #expect(try show("linspace", 2, 3, 1) == "[2.0]")
    #expect(try show("linspace", 2, 3, 0) == "[]")
  }
}

@Suite("Built-in functions of lists and maps")
struct BuiltinListTests {
  @Test("Everything that for goes over makes a list")
  func lists() throws {
    #expect(try show("list", .object(RangeObject(start: 1, end: 3))) == "[1, 2, 3]")
    #expect(try show("list", "né\r\n") == #"["n", "é", "\r\n"]"#)
    #expect(try show("list", .map(["a": 1])) == #"["a"]"#)
    #expect(kind { try call("list", 3) } == .type)
    #expect(kind { try call("list", .object(RangeObject(start: 0, end: .max))) } == .value)
    #expect(try show("range", 3) == "0..<3")
    #expect(try show("range", 9, 1, -4) == "9..<1 step -4")
    #expect(kind { try call("range", 9, 1, 0) } == .value)
    #expect(try show("zip", [1, 2, 3], "ab") == #"[[1, "a"], [2, "b"]]"#)
    #expect(try show("enumerate", "ab", 1) == #"[[1, "a"], [2, "b"]]"#)
    #expect(try show("reverse", "abc") == #"["c", "b", "a"]"#)
  }

  @Test("Sorting is stable in both directions, with nan last")
  func sorting() throws {
    #expect(try show("sort", [3, 1, 2]) == "[1, 2, 3]")
    #expect(try show("sort", [2.0, 1, 2, 1.0]) == "[1, 1.0, 2.0, 2]")
    #expect(try show("sort", [2.0, 1, 2, 1.0], nil, true) == "[2.0, 2, 1, 1.0]")
    #expect(try show("sort", ["b", "B", "a"]) == #"["B", "a", "b"]"#)
    #expect(try show("sort", [.real(.nan), 2.0, 1.0]) == "[1.0, 2.0, nan]")
    #expect(try show("sort", [.real(.nan), 2, 1.0], nil, true) == "[2, 1.0, nan]")
    #expect(try show("sort", [[2], [1, 5], [1]]) == "[[1], [1, 5], [2]]")
    #expect(kind { try call("sort", [1, "a"]) } == .type)
    #expect(kind { try call("sort", [true, false]) } == .type)
  }

  @Test("Unique goes by ==")
  func unique() throws {
    #expect(try show("unique", [2, 1, 2.0, true, 1, nil, nil, "1"]) == "[2, 1, true, null, \"1\"]")
    #expect(try show("unique", [[1, 2], [1.0, 2.0], []]) == "[[1, 2], []]")
    #expect(try show("unique", [.real(.nan), .real(.nan)]) == "[nan, nan]")
    #expect(
      try show("unique", [.map(["a": 1, "b": 2]), .map(["b": 2.0, "a": 1])]) == "[{a: 1, b: 2}]")
    let range = Value.object(RangeObject(start: 1, end: 3))
    let same = Value.object(RangeObject(start: 1, end: 4, isHalfOpen: true))
    #expect(try show("unique", [range, same]) == "[1..3]")
  }

  @Test("An index counts from either end and must exist")
  func edits() throws {
    #expect(try show("insert", [1, 3], 1, 2) == "[1, 2, 3]")
    #expect(try show("insert", [1, 3], 2, 2) == "[1, 3, 2]")
    #expect(try show("insert", [1, 3], -1, 2) == "[1, 2, 3]")
    #expect(kind { try call("insert", [1, 3], 3, 2) } == .index)
    #expect(kind { try call("insert", [1, 3], -3, 2) } == .index)
    #expect(try show("remove", [1, 2, 3], -1) == "[1, 2]")
    #expect(kind { try call("remove", [1], 1) } == .index)
    #expect(kind { try call("remove", [1], "a") } == .type)
    #expect(try show("remove", .map(["x": 1, "y": 2]), "x") == "{y: 2}")
    #expect(kind { try call("remove", .map(["x": 1]), "z") } == .key)
    #expect(kind { try call("remove", .map(["x": 1]), 0) } == .type)
  }

  @Test("Booleans only are asked with any and all, which stop early")
  func booleans() throws {
    #expect(try show("any", [false, true, 1]) == "true")
    #expect(try show("all", [true, false, 1]) == "false")
    #expect(kind { try call("any", [false, 1]) } == .type)
    #expect(kind { try call("all", [nil]) } == .type)
  }

  @Test("Maps keep their order, and the second wins in a merge")
  func maps() throws {
    let map = Value.map(["x": 1, "y": 2])
    #expect(try show("items", map) == #"[["x", 1], ["y", 2]]"#)
    #expect(try show("merge", map, .map(["y": 3, "z": 4])) == "{x: 1, y: 3, z: 4}")
    #expect(try show("get", map, "z") == "null")
    #expect(try show("get", map, "x", 0) == "1")
  }
}

@Suite("Built-in functions of strings")
struct BuiltinStringTests {
  @Test("Characters are what a reader sees")
  func characters() throws {
    #expect(try show("len", "e\u{301}👩‍👩‍👧\r\n") == "3")
    #expect(try show("find", "e\u{301}a", "a") == "1")
    #expect(try show("find", "e\u{301}a", "e") == "null")
    #expect(try show("find", "banana", "nan") == "2")
    #expect(try show("find", "a", "banana") == "null")
    #expect(try show("find", "abc", "") == "0")
    #expect(kind { try call("find", "abc", 1) } == .type)
    #expect(try show("replace", "e\u{301}e", "e", "x") == "\"e\u{301}x\"")
  }

  @Test("Splitting, joining and replacing go by whole parts")
  func parts() throws {
    #expect(try show("split", " a  b\n") == #"["a", "b"]"#)
    #expect(try show("split", "a,,b,", ",") == #"["a", "", "b", ""]"#)
    #expect(try show("split", "aaa", "aa") == #"["", "a"]"#)
    #expect(try show("split", "día·y·é", "·") == #"["día", "y", "é"]"#)
    #expect(try show("split", "", ",") == #"[""]"#)
    #expect(try show("split", "") == "[]")
    #expect(kind { try call("split", "a", "") } == .value)
    #expect(try show("join", ["a", "b"], "-") == "\"a-b\"")
    #expect(try show("join", "abc", "-") == "\"a-b-c\"")
    #expect(kind { try call("join", ["a", 1]) } == .type)
    #expect(try show("replace", "banana", "an", "o") == "\"booa\"")
    #expect(kind { try call("replace", "a", "", "b") } == .value)
    #expect(try show("trim", " \t a b \n") == "\"a b\"")
    #expect(try show("trim", " ") == "\"\"")
  }
}

@Suite("Random streams")
struct RandomStreamTests {
  @Test("The generator gives the words of its authors' reference for a known state")
  func reference() {
    // splitmix64 from 0 begins e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f, f88bb8a8724c81ec.
    let (a, b, c, d) = (
      UInt64(0xE220_A839_7B1D_CDAF), UInt64(0x6E78_9E6A_A1B9_65F4),
      UInt64(0x06C4_5D18_8009_454F), UInt64(0xF88B_B8A8_724C_81EC)
    )
    func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
    let stream = SeededStream(seed: 0)
    #expect(stream.next() == rotated(a &+ d, 23) &+ a)
    // The state after one step: s0 ^= s3 ^ s1, s3 = rotl(s3 ^ s1, 45).
    let (a2, d2) = (a ^ d ^ b, rotated(d ^ b, 45))
    _ = c
    #expect(stream.next() == rotated(a2 &+ d2, 23) &+ a2)
  }

  @Test("A seed determines the stream, which moves on")
  func determined() throws {
    let (first, second) = (try call("random", 7), try call("random", 7))
    let draws = try (0..<5).map { _ in try show("draw", first) }
    #expect(try (0..<5).map { _ in try show("draw", second) } == draws)
    #expect(Set(draws).count == 5)
    let other = try call("random", 8)
    #expect(try show("draw", other) != draws[0])
  }

  @Test("Draws lie where they should, evenly")
  func draws() throws {
    let stream = try call("random", 1)
    var counts = [0, 0, 0]
    var total = 0.0
    for _ in 0..<3000 {
      counts[try #require(try call("draw", stream, 3).integer)] += 1
      total += try #require(try call("normal", stream, 2, 0.5).real)
      let real = try #require(try call("draw", stream).real)
      #expect(real >= 0 && real < 1)
    }
    #expect(counts.allSatisfy { abs($0 - 1000) < 120 })
    #expect(abs(total / 3000 - 2) < 0.05)
    #expect(try show("sort", call("shuffle", stream, [3, 1, 2])) == "[1, 2, 3]")
    #expect(kind { try call("draw", stream, 0) } == .value)
    #expect(kind { try call("draw", stream, []) } == .value)
    #expect(kind { try call("draw", 3) } == .type)
    let wide = Value.object(RangeObject(start: 0, end: .max))
    #expect(try call("draw", stream, wide).integer != nil)
  }
}

@Suite("Failing on purpose")
struct FailingTests {
  @Test("fail raises what it is told, or a caught error again")
  func fail() throws {
    #expect(kind { try call("fail", "too far") } == .fail)
    #expect(kind { try call("fail", .map(["message": "m", "kind": "index"])) } == .index)
    #expect(kind { try call("fail", .map([:])) } == .type)
    #expect(kind { try call("assert", false) } == .assert)
    #expect(kind { try call("assert", 1) } == .type)
    #expect(try show("assert", true) == "null")
  }
}

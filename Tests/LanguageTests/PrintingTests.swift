import Foundation
import Schema
import Testing

@testable import Language

@Suite("Printing")
struct PrintingTests {
  @Test("Reals print as Python writes them")
  func reals() {
    let cases: [(Double, String)] = [
      (2, "2.0"), (0.1, "0.1"), (1e-05, "1e-05"), (0.0001, "0.0001"), (1e20, "1e+20"),
      (1e16, "1e+16"), (9_999_999_999_999_998, "9999999999999998.0"), (123456.789, "123456.789"),
      (1.5e300, "1.5e+300"), (.leastNonzeroMagnitude, "5e-324"), (-0.0, "-0.0"), (.infinity, "inf"),
      (-.infinity, "-inf"), (.nan, "nan"), (1.0 / 3, "0.3333333333333333"),
      (-1.25e-7, "-1.25e-07"),
    ]
    for (value, text) in cases { #expect(Value.real(value).printed == text) }
  }

  @Test("A string is plain by itself and as in source inside another value")
  func strings() {
    #expect(Value.string("a \"b\"\n").printed == "a \"b\"\n")
    #expect(Value.string("a \"{b}\"\n").source == #""a \"\{b\}\"\n""#)
    #expect(Value.list([.integer(1), .real(2), .string("a")]).printed == #"[1, 2.0, "a"]"#)
    #expect(
      Value.map(["x": .integer(1), "a b": .null, "if": .boolean(true)]).printed
        == #"{x: 1, "a b": null, if: true}"#)
  }

  @Test("Ranges print as they are written")
  func ranges() {
    #expect(Value.object(RangeObject(start: 1, end: 3)).printed == "1..3")
    let stepped = RangeObject(start: 1, end: 9, step: 2, isHalfOpen: true)
    #expect(Value.object(stepped).printed == "1..<9 step 2")
  }

  @Test("A handle prints its own line")
  func handles() {
    final class Lamp: Handle {
      override var kind: String { "lamp" }
    }
    #expect(Value.list([.object(Lamp())]).printed == "[<lamp>]")
    #expect(Value.object(Lamp()).json == #""<lamp>""#)
  }

  @Test(
    "Formats agree with Python",
    arguments: [
      (Value.real(1234.5), ",", "1,234.5"), (.integer(-5), "08", "-0000005"),
      (.integer(-5), ">08", "000000-5"), (.integer(-5), "<08", "-5000000"),
      (.integer(1234), "010,", "00,001,234"), (.integer(-1234), "010,", "-0,001,234"),
      (.integer(1), "05,", "0,001"), (.integer(123), "05,", "0,123"),
      (.integer(1234), "01,", "1,234"), (.real(1234.5), "012,.1f", "00,001,234.5"),
      (.real(.infinity), "08.2f", "00000inf"), (.real(-0.0), ".2f", "-0.00"),
      (.real(1_234_567.891), ",.2f", "1,234,567.89"), (.real(0.123), ".1%", "12.3%"),
      (.real(0.123), "%", "12.300000%"), (.real(123), "e", "1.230000e+02"),
      (.real(.nan), "%", "nan%"), (.string("ab"), "05", "ab000"), (.string("ab"), "^5", " ab  "),
      (.integer(5), "^6", "  5   "), (.real(1_234_567), ",.1e", "1.2e+06"),
      (.integer(1234), "^010,", "001,234000"), (.real(0.5), ".0f", "0"), (.real(1.5), ".0f", "2"),
      (.real(2.675), ".2f", "2.67"), (.real(0.125), ".2", "0.12"),
      (
        .real(1e22), ".1",
        "10000000000000000000000.0"
      ),
      (.integer(3), ".2", "3.00"), (.integer(7), "4", "   7"), (.string("abc"), ".2", "ab"),
      (.string("a"), "3", "a  "), (.null, "6", "null  "), (.boolean(true), ">6", "  true"),
      (.real(2), "6", "   2.0"), (.integer(12), "", "12"),
      (
        .integer(.min), ",",
        "-9,223,372,036,854,775,808"
      ),
    ])
  func formats(value: Value, spec: String, text: String) throws {
    #expect(try formatted(value, spec: spec) == text)
  }

  @Test("Decimals round exactly as the C library's do")
  func decimals() {
    let stream = SeededStream(seed: 3)
    for _ in 0..<2000 {
      let size = [1e-3, 1.0, 1e5, 1e14][stream.integer(below: 4)]
      // Some are ties: whole multiples of 1/64.
      let value = (stream.uniform() - 0.5) * size
      for value in [value, (value * 64).rounded() / 64] {
        let digits = stream.integer(below: 8)
        let text = String(format: "%.\(digits)f", value)
        #expect(fixed(value, digits) == text)
        #expect(rounded(value, to: digits) == Double(text))
      }
    }
  }

  @Test("What is no format is refused")
  func wrongFormats() {
    for spec in ["x", ".", "5d", "<<", "99999999999999999999", " 5", ".2g", "+5"] {
      #expect(throws: RunError.self) { try formatted(.integer(1), spec: spec) }
    }
    let error = #expect(throws: RunError.self) { try formatted(.string("a"), spec: ".2f") }
    #expect(error?.kind == .type)
  }
}

@Suite("Comparing")
struct ComparingTests {
  @Test("Numbers are equal by value, exactly")
  func numbers() {
    #expect(valuesEqual(.integer(1), .real(1)))
    #expect(!valuesEqual(.integer(1), .boolean(true)))
    #expect(!valuesEqual(.integer(9_007_199_254_740_993), .real(9_007_199_254_740_992)))
    #expect(!valuesEqual(.integer(.max), .real(0x1p63)))
    #expect(valuesEqual(.integer(.min), .real(-0x1p63)))
    #expect(!valuesEqual(.real(.nan), .real(.nan)))
    #expect(valuesEqual(.real(0), .real(-0.0)))
  }

  @Test("Maps are equal whatever their order, ranges by what they yield")
  func collections() {
    #expect(
      valuesEqual(
        .map(["a": .integer(1), "b": .null]), .map(["b": .null, "a": .real(1)])))
    #expect(!valuesEqual(.map(["a": .integer(1)]), .map(["b": .integer(1)])))
    let to3 = Value.object(RangeObject(start: 1, end: 3))
    #expect(valuesEqual(to3, .object(RangeObject(start: 1, end: 4, isHalfOpen: true))))
    #expect(!valuesEqual(to3, .list([.integer(1), .integer(2), .integer(3)])))
    #expect(
      valuesEqual(
        .object(RangeObject(start: 9, end: 1)), .object(RangeObject(start: 5, end: 2))))
    #expect(
      valuesEqual(
        .object(RangeObject(start: 1, end: 2, step: 5)),
        .object(RangeObject(start: 1, end: 1, step: 3))))
  }

  @Test("Order holds for numbers, strings and lists only")
  func order() throws {
    #expect(try orderedBefore(.integer(9_007_199_254_740_992), .real(9_007_199_254_740_994)))
    #expect(try orderedBefore(.real(-0.5), .integer(0)))
    #expect(try !orderedBefore(.real(0), .integer(0)))
    #expect(try orderedBefore(.integer(.max), .real(.infinity)))
    #expect(try !orderedBefore(.integer(0), .real(.nan)))
    #expect(try orderedBefore(.string("Z"), .string("a")))
    #expect(try orderedBefore(.string("\u{FF5E}"), .string("\u{1F600}")))
    #expect(try orderedBefore(.list([.integer(1)]), .list([.integer(1), .integer(0)])))
    #expect(try !orderedBefore(.list([.integer(2)]), .list([.integer(1), .integer(9)])))
    for (a, b) in [(Value.integer(1), Value.string("a")), (.null, .null), (.map([:]), .map([:]))] {
      let error = #expect(throws: RunError.self) { try orderedBefore(a, b, operator: ">=") }
      #expect(error?.kind == .type)
      #expect(error?.message.contains("`>=`") == true)
    }
  }
}

@Suite("JSON")
struct JSONTests {
  @Test("Values are written compactly, without what JSON cannot say")
  func writing() {
    let value = Value.map([
      "a": .list([.integer(1), .real(2), .real(.nan), .real(-.infinity)]),
      "b/c": .string("\"\\\n\u{1}é/"), "r": .object(RangeObject(start: 1, end: 3)),
    ])
    #expect(
      value.json == #"{"a":[1,2.0,null,null],"b/c":"\"\\\n\u0001é/","r":"1..3"}"#)
  }

  @Test("What is written reads back")
  func reading() throws {
    let text = #"{"a":[1,2.0,-3,1e+20,true,false,null,"x\u00e9\ud83d\ude00\n"],"b":{"c":[]}}"#
    let value = try parseJSON("\u{A} " + text + "\t")
    #expect(value.entries?["a"]?.elements?[0].integer == 1)
    #expect(value.entries?["a"]?.elements?[1].integer == nil)
    #expect(value.entries?["a"]?.elements?[7].text == "xé😀\n")
    #expect(valuesEqual(try parseJSON(value.json), value))
  }

  @Test(
    "What is no JSON fails with its place",
    arguments: [
      "", "[1,]", "{a: 1}", "[1 2]", "01", "1.", ".5", "+1", "nan", "\"a", "\"\\x\"", "[1]]",
      "{\"a\" 1}",
      "tru", "-", "1e", "\"\u{1}\"", "9223372036854775808", "{\"a\":1,}", "\"\\u12\"",
    ])
  func refusing(text: String) {
    let error = #expect(throws: RunError.self) { try parseJSON(text) }
    #expect(error?.kind == .value)
    #expect(error?.message.contains(" at 1:") == true)
  }

  @Test("Nesting is bounded")
  func nesting() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: RunError.self) { try parseJSON(deep) }
    let fine = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    #expect(try parseJSON(fine).json == fine)
  }

  @Test("Half a surrogate pair becomes the replacement character")
  func surrogates() throws {
    #expect(try parseJSON(#""\ud83dx""#).text == "\u{FFFD}x")
    #expect(try parseJSON(#""\ud83d\u0041""#).text == "\u{FFFD}A")
  }
}

@Suite("Mismatches")
struct MismatchTests {
  private func kind(_ value: Value, _ domain: Domain) -> ErrorKind? {
    mismatch(of: value, with: domain)?.kind
  }

  @Test("A wrong type and a wrong value are told apart")
  func kinds() {
    #expect(kind(.integer(3), .integer(1...5)) == nil)
    #expect(kind(.integer(6), .integer(1...5)) == .value)
    #expect(kind(.real(3), .integer(1...5)) == .type)
    #expect(kind(.integer(3), .real(0...5)) == nil)
    #expect(kind(.real(.nan), .real) == .value)
    #expect(kind(.real(.nan), .number) == nil)
    #expect(kind(.string("b"), .words([Word("a", "A.")])) == .value)
    #expect(kind(.list([.integer(1), .string("x")]), .list(of: .integer)) == .type)
    #expect(kind(.list([.integer(0)]), .list(of: .integer(from: 1))) == .value)
    #expect(kind(.integer(0), .either([.string, .integer(from: 1)])) == .value)
    #expect(kind(.null, .either([.string, .integer(from: 1)])) == .type)
    #expect(kind(.object(RangeObject(start: 1, end: 2)), .range) == nil)
  }

  @Test("The message says what is taken and what came")
  func messages() {
    #expect(
      mismatch(of: .integer(0), with: .integer(from: 1))?.message
        == "an integer from 1 up, not 0")
    #expect(
      mismatch(of: .string("a"), with: .real(0...1))?.message
        == "a number from 0 to 1, not a string")
    #expect(mismatch(of: .null, with: .map)?.message == "a map, not null")
  }

  @Test("Null is taken where it is the default")
  func nullDefault() {
    let optional = Parameter("x", .integer, default: .setting(.null), "An integer.")
    let required = Parameter("x", .integer, default: .required, "An integer.")
    #expect(mismatch(of: .null, with: optional) == nil)
    #expect(mismatch(of: .null, with: required)?.kind == .type)
  }
}

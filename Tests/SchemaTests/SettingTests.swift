import Schema
import Testing

@Suite struct SettingTests {
  @Test(arguments: [
    (2.0, "2.0"), (0.1, "0.1"), (1e-5, "1e-05"), (1e20, "1e+20"), (1e16, "1e+16"),
    (1e15, "1000000000000000.0"), (123456789.125, "123456789.125"), (0.0001, "0.0001"),
    (0.00012345, "0.00012345"), (1.5e-7, "1.5e-07"), (-0.0, "-0.0"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (.leastNonzeroMagnitude, "5e-324"), (.infinity, "inf"), (-.infinity, "-inf"), (1e100, "1e+100"),
  ])
  func `reals are written as Python writes them`(value: Double, text: String) {
    #expect(formatReal(value) == text)
  }

  @Test func `a not-a-number is written nan`() {
    #expect(formatReal(.nan) == "nan")
  }

  @Test func `strings in source are escaped so that they read back`() {
    #expect(quote("a\"b\\\n\t{x}\u{1}") == #""a\"b\\\n\t\{x\}\u{1}""#)
  }

  @Test func `settings are written as source`() {
    let setting: Setting = .map([
      .init("a", [1, 2.0, "x", nil, true]), .init("two words", .map([])),
    ])
    #expect(setting.description == #"{a: [1, 2.0, "x", null, true], "two words": {}}"#)
  }
}

@Suite struct DomainTests {
  @Test func `integers fit real domains but reals no integer ones`() {
    #expect(Domain.positiveReal.contains(3))
    #expect(!Domain.integer(from: 0).contains(3.0))
    #expect(!Domain.integer(from: 0).admitsType(of: 3.0))
  }

  @Test func `bounds are kept apart from types`() {
    let domain = Domain.integer(1...5)
    #expect(!domain.contains(6))
    #expect(domain.admitsType(of: 6))
    #expect(!domain.admitsType(of: "6"))
  }

  @Test func `nan lies in no interval`() {
    #expect(!Domain.real.contains(.real(.nan)))
  }

  @Test(arguments: [
    (Domain.integer(from: 1), "an integer from 1 up"),
    (Domain.real(0...1), "a number from 0 to 1"),
    (Domain.positiveReal, "a number greater than 0"),
    (Domain.either([.boolean, .words([Word("auto", "Chosen.")])]), "true or false or `auto`"),
    (Domain.handle("agent"), "an agent"), (Domain.handle("search"), "a search"),
    (Domain.function(3), "a function of 3 arguments"),
  ])
  func `domains say what they take`(domain: Domain, text: String) {
    #expect(domain.description == text)
  }
}

@Suite struct NearestTests {
  @Test(arguments: [
    ("step", "steps"), ("ste", "steps"), ("tarin", "train"), ("learning_rte", "learning_rate"),
  ])
  func `a slip finds what was meant`(word: String, meant: String) {
    let names = ["train", "steps", "learning_rate", "seed"]
    #expect(nearest(to: word, among: names) == meant)
  }

  @Test func `something else finds nothing`() {
    #expect(nearest(to: "banana", among: ["train", "steps"]) == nil)
  }

  @Test func `short words allow one slip only`() {
    #expect(nearest(to: "abc", among: ["xyc"]) == nil)
    #expect(nearest(to: "s", among: ["_", "x"]) == nil)
    #expect(nearest(to: "abc", among: ["abd"]) == "abd")
  }
}

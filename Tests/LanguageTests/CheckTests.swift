import Language
import Schema
import Testing

@Suite struct CheckTests {
  @Test func errorsAreRenderedWithPlaceLineCaretAndMend() {
    let found = Fixture().check("x = 1\ntrain step=50_000\n")
    #expect(
      found.map { $0.rendered(color: false) } == [
        """
        error: `train` has no option `step`
          test.rlhs:2:7
          2 | train step=50_000
            |       ^^^^ did you mean `steps`?
        """
      ])
  }

  @Test func columnsCountCharactersAndCaretsStandBelowThem() {
    let found = Fixture().check("\u{FEFF}s = \"é😀\" + qqq")
    #expect(found[0].source.position(of: found[0].span.start) == (line: 1, column: 12))
    // The picture takes two columns of a terminal.
    #expect(found[0].rendered(color: false).hasSuffix("    |             ^^^"))
  }

  @Test func hintsNameTheMend() {
    func hint(_ text: String) -> String? { Fixture().check(text).first?.hint ?? nil }
    #expect(hint("n = 1\nfn f() { n += 1 }") == "`global n`")
    #expect(hint("fn f() { n = 1; fn g() { n += 1 } }") == "`nonlocal n`")
    #expect(hint("print quite_unlike") == nil)
    #expect(hint("print legn(3)") == "did you mean `len`?")
    #expect(hint("env CartPol-v1") == "did you mean `CartPole-v1`?")
    #expect(hint("trian steps=3") == "did you mean `train`?")
  }

  @Test(arguments: [
    ("x = 1", Completeness.complete), ("x = (1 +", .incomplete), ("fn f() {", .incomplete),
    ("x = 1 +", .incomplete), ("if true { 1 }\n", .complete), ("x = )", .erroneous),
    ("print \"abc", .erroneous), ("print \"\"\"abc\n", .incomplete), ("train \\", .incomplete),
    ("", .complete), ("xs | sort |", .incomplete), ("fn f() {\n  x = = 3", .erroneous),
  ])
  func thePromptKnowsWhenAnInputIsComplete(text: String, expected: Completeness) {
    #expect(Fixture().interpreter.completeness(of: text) == expected, "\(text)")
  }

  @Test func namesOfAnEarlierInputStayKnown() throws {
    let fixture = Fixture()
    try fixture.run("x = 4\nfn f() => x")
    #expect(fixture.check("x + f()").isEmpty)
    #expect(fixture.check("y").count == 1)
    try fixture.run("x = 5")
    try fixture.run("f()")
    #expect(fixture.lines == ["5"])
  }

  @Test func whatWasAssignedBeforeAnErrorStays() {
    let fixture = Fixture()
    #expect(throws: RunError.self) { try fixture.run("x = 1\nx = 2\nfail(\"no\")\nx = 3") }
    #expect(fixture.interpreter["x"]?.integer == 2)
  }

  @Test func placesCountNeitherAByteOrderMarkNorCarriageReturns() throws {
    let found = Fixture().check("\u{FEFF}x = 1\r\nprint x\r\n\tprint lenght\r\n")
    let error = try #require(found.first)
    #expect(found.count == 1)
    #expect(error.source.position(of: error.span.start) == (3, 8))
    #expect(error.rendered(color: false).contains("\n  3 | \tprint lenght\n    | \t      ^^^^^^"))
  }

  @Test func aLongLineIsShownAroundThePlace() throws {
    let chain = String(repeating: "x + ", count: 400)
    let error = try #require(Fixture().check("x = 1\ny = \(chain)lenght + \(chain)x").first)
    let lines = error.rendered(color: false).split(separator: "\n")
    #expect(lines[1] == "  test.rlhs:2:1605")
    #expect(lines[2].count < 320)
    #expect(lines[2].hasPrefix("  2 | …") && lines[2].hasSuffix("…"))
    let start = try #require(lines[2].range(of: "lenght")).lowerBound
    let caret = try #require(lines[3].firstIndex(of: "^"))
    #expect(lines[2][..<start].count == lines[3][..<caret].count)
  }

  @Test func controlCharactersReachNoTerminal() throws {
    let error = try #require(Fixture().check("print 1 \u{1B}[31m\u{7F}").first)
    let text = error.rendered(color: false)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 32 && $0.value != 127 })
    #expect(text.contains("`\\u{1B}` means nothing here"))
    #expect(text.contains("print 1 ␛[31m␡"))
  }

  @Test func deepNestingIsAnErrorAndNoCrash() {
    for open in ["(", "[", "{a: ", "-", "not ", "fn() => ", "\"{", "if true {"] {
      let text = "x = " + String(repeating: open, count: 3_000)
      #expect(!Fixture().check(text).isEmpty)
    }
    let chain = "x = 1" + String(repeating: " + 1", count: 3_000)
    #expect(Fixture().check(chain).first?.message == "this expression is too long")
  }

  @Test func everyPrefixOfAProgramIsReadWithoutACrash() {
    let text = """
      env Pit { size = 5; fn describe() => "{size:>3}" }
      a = agent dqn { learning_rate = 1e-4 } | train steps=3 reward=fn(o, a, n) => n[2] ** 2
      for i, x in enumerate([1, 2]) { try { m.a[i] += "x\\u{41}" } catch e { fail(e) } }
      """
    for end in text.indices { _ = Fixture().check(String(text[..<end])) }
    for start in text.indices { _ = Fixture().check(String(text[start...])) }
  }
}

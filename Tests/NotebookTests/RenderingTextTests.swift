import Language
import Testing

@testable import Notebook

private let plain = Appearance(columns: 80)
private let ascii = Appearance(columns: 80, unicode: false)

@Suite struct RenderingTextTests {
  @Test(arguments: [
    ("abc", 3), ("日本語", 6), ("e\u{301}", 1), ("é", 1), ("👍", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤️", 2),
    ("ｱ", 1), ("ｗ", 2), ("한글", 4), ("a\u{200B}b", 2), ("…─⣿", 3), ("", 0),
  ])
  func `a text takes the columns that a terminal gives it`(text: String, width: Int) {
    #expect(displayWidth(of: text) == width)
  }

  @Test func `cutting never splits a wide character or goes over`() {
    #expect(truncated("日本語です", to: 6) == "日本…")
    #expect(truncated("日本語", to: 6) == "日本語")
    #expect(truncated("abc", to: 0) == "")
    #expect(padded("日", to: 4, .right) == "  日")
  }

  @Test func `a text without its colours is the same text`() {
    let colored = Appearance(color: true)
    #expect(
      withoutColour(colored.styled("日", .emphasis) + " [1m " + colored.styled("b", .bad))
        == "日 [1m b")
  }

  @Test func `counts, values and durations are short`() {
    #expect(
      [0, 950, 1000, 50_000, 999_950, 1_234_567].map { compact($0) }
        == ["0", "950", "1k", "50k", "1M", "1.23M"])
    #expect(
      [231.5, 0.012345, 1.23e-6, 0, -0.5].map { significant($0) }
        == ["231.5", "0.01235", "1.2e-06", "0", "-0.5"])
    #expect(significant(.nan) == "nan" && significant(-.infinity) == "-inf")
    #expect(
      [0.04, 0.4, 12, 200, 7500, 100_000].map { duration(seconds: $0) }
        == ["0.040s", "0.4s", "12s", "3m 20s", "2h 5m", "1d 3h"])
    #expect(fixed(-0.001, decimals: 2) == "0.00")
  }

  @Test func `a table stands numbers right and cuts the widest column first`() {
    let table = Table(
      titles: ["name", "mean", "note"],
      rows: [["a", "9.5", "日本語の長い説明"], ["long", "475.25", "two\nlines"], ["b"]])
    #expect(
      table.lines(width: 80, appearance: plain) == [
        "name    mean  note",
        "────  ──────  ────────────────",
        "a        9.5  日本語の長い説明",
        "long  475.25  two ⏎ lines",
        "b",
      ])
    #expect(
      table.lines(width: 23, appearance: ascii) == [
        "name    mean  note",
        "----  ------  ---------",
        "a        9.5  日本語の~",
        "long  475.25  two / li~",
        "b",
      ])
  }

  @Test(arguments: [80, 30, 20, 12, 5, 1])
  func `no line of a table is wider than asked`(width: Int) {
    let table = Table(
      titles: ["名前", "value", "c", "description"],
      rows: (0..<3).map { ["カート\($0)", "\($0 * 1000)", "x", "a long text for row \($0)"] })
    for line in table.lines(width: width, appearance: plain) {
      #expect(displayWidth(of: line) <= width, "\(line)")
    }
  }

  @Test func `colour goes round a text only where there is colour`() {
    #expect(plain.styled("x", .keyword) == "x")
    var colored = plain
    colored.color = true
    #expect(colored.styled("x", .keyword) == "\u{1B}[35mx\u{1B}[0m")
    #expect(colored.styled("x", .plain) == "x")
  }

  @Test func `a locale that is not UTF-8 gets ASCII, none at all Unicode`() {
    #expect(Appearance.isUnicode(locale: nil, nil, "en_US.UTF-8"))
    #expect(!Appearance.isUnicode(locale: "C", nil, "en_US.UTF-8"))
    #expect(Appearance.isUnicode(locale: nil, "", nil))
  }
}

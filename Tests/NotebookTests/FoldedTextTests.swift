import Language
import Testing

@testable import Notebook

/// Texts in columns, as comparisons show them.
@Suite struct FoldedTextTests {
  @Test func `a line breaks at spaces, and the space is not shown`() {
    #expect(foldedLines(of: "the cat sat on", to: 7) == ["the cat", "sat on"])
    #expect(foldedLines(of: "the cat", to: 7) == ["the cat"])
    #expect(foldedLines(of: "a b\n\nc", to: 7) == ["a b", "", "c"])
  }

  @Test func `a word that is too long is cut where the column ends`() {
    #expect(foldedLines(of: "abcdefgh ij", to: 3) == ["abc", "def", "gh", "ij"])
  }

  @Test func `wide characters break anywhere and never stick out`() {
    let lines = foldedLines(of: "春眠不觉晓处处闻啼鸟", to: 7)
    #expect(lines == ["春眠不", "觉晓处", "处闻啼", "鸟"])
    #expect(lines.allSatisfy { displayWidth(of: $0) <= 7 })
    #expect(foldedLines(of: "夜来 风雨声", to: 6) == ["夜来", "风雨声"])
  }

  @Test func `nothing of a text is lost but the spaces it breaks at`() {
    let text = "one two  three 四五六 seven\n eight"
    for columns in 2...30 {
      let lines = foldedLines(of: text, to: columns)
      let kept = lines.joined().filter { $0 != " " }
      #expect(kept == text.filter { $0 != " " && $0 != "\n" })
      #expect(lines.allSatisfy { displayWidth(of: $0) <= columns })
    }
  }
}

import Language
import Testing

@Suite("Cells of a source") struct CellTests {
  private func cells(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    return Source(name: "test", text: text).cells.map { cell in
      "\(cell.title)|\(String(decoding: bytes[cell.span.start..<cell.span.end], as: UTF8.self))"
    }
  }

  @Test func aMarkAtTheStartOfALineBeginsOne() {
    #expect(
      cells("a = 1\n# %% second  \nb\n# %%\nc\n") == [
        "|a = 1\n", "second|# %% second  \nb\n", "|# %%\nc\n",
      ])
  }

  @Test func blankLinesBeforeTheFirstAreNone() {
    #expect(cells("\u{FEFF}\n\r\n# %% only\r\nx") == ["only|# %% only\r\nx"])
    #expect(cells("\u{FEFF}# %% only\nx") == ["only|# %% only\nx"])
    #expect(cells(" \n").isEmpty)
    #expect(cells("").isEmpty)
  }

  @Test func marksElsewhereAreNone() {
    let text =
      "s = \"\"\"\n# %% within\n\"\"\"\n  # %% indented\nx # %% behind\n#%% close\n# %%% three"
    #expect(cells(text) == ["|" + text])
  }
}

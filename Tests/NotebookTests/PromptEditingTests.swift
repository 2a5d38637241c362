import Foundation
import Testing

@testable import Notebook

@Suite struct PromptEditingTests {
  @Test func `a step goes over a whole character as a reader sees it`() {
    let text = "a👩‍👩‍👧e\u{301}"
    var buffer = EditBuffer(text)
    buffer.cursor = buffer.left
    #expect(buffer.afterCursor == "e\u{301}")
    buffer.cursor = buffer.left
    #expect(buffer.beforeCursor == "a")
    #expect(buffer.right == "a👩‍👩‍👧".utf8.count)
    #expect(EditBuffer("", cursor: 0).left == 0)
  }

  @Test func `words end where letters end`() {
    let buffer = EditBuffer("train learning_rate=1e-3", cursor: 19)
    #expect(buffer.wordLeft == 6)
    #expect(buffer.wordRight == 22)
    #expect(EditBuffer("ab ").wordRight == 3)
  }

  @Test func `up and down keep the display column`() {
    let buffer = EditBuffer("日本語\nabcdef\nx", cursor: 6)
    let down = buffer.vertical(1)
    #expect(down == 14)
    #expect(EditBuffer(buffer.text, cursor: 14).vertical(-1) == 6)
    #expect(EditBuffer(buffer.text, cursor: 14).vertical(1) == 18)
    #expect(buffer.vertical(-1) == nil)
  }

  @Test(arguments: [
    ("fn f(x) {", "fn f(x) {\n  "), ("  if a {", "  if a {\n    "), ("  x = 1", "  x = 1\n  "),
    ("x = \"\"\"\n  a", "x = \"\"\"\n  a\n"),
  ])
  func `a new line keeps the indentation, but not in a long string`(before: String, after: String) {
    var buffer = EditBuffer(before)
    buffer.breakLine(indenting: true)
    #expect(buffer.text == after)
  }

  @Test func `rows wrap at the width and lines at their breaks`() {
    let layout = EditLayout(EditBuffer("abcdef\ngh"), promptWidth: 4, columns: 6)
    #expect(layout.rows.map(\.range) == [0..<2, 2..<6, 7..<9])
    #expect(layout.rows.map(\.width) == [6, 4, 2])
    #expect(layout.cursor == (2, 2))
  }

  @Test func `a full row leaves the cursor at the start of the next`() {
    let layout = EditLayout(EditBuffer("ab"), promptWidth: 4, columns: 6)
    #expect(layout.cursor == (1, 0))
    #expect(layout.rows.count == 2)
  }

  @Test func `a wide character is never split`() {
    let layout = EditLayout(EditBuffer("a日本", cursor: 4), promptWidth: 4, columns: 6)
    #expect(layout.rows.map(\.range) == [0..<1, 1..<7])
    #expect(layout.cursor == (1, 2))
  }

  @Test func `tabs and controls take the columns they are drawn with`() {
    let layout = EditLayout(EditBuffer("a\tb\u{1}"), promptWidth: 4, columns: 40)
    #expect(layout.rows[0].width == 8 + 1 + 2)
  }

  @Test func `a single row shows the part of a line round the cursor`() {
    var written: [String] = []
    let painter = LinePainter { written.append($0) }
    painter.paint(prompt: "> ", buffer: EditBuffer("ab"), columns: 8)
    painter.paint(prompt: "> ", buffer: EditBuffer("abc"), columns: 8)
    painter.paint(prompt: "> ", buffer: EditBuffer("abcdefgh", cursor: 8), columns: 8)
    painter.paint(prompt: "> ", buffer: EditBuffer("abcdefgh", cursor: 1), columns: 8)
    painter.paint(prompt: "> ", buffer: EditBuffer("a"), columns: 8)
    #expect(written == ["> ab", "c", "\rbcdefgh", "\r> abcde\r> a", "\r> a    \r> a"])
  }

  @Test func `typed letters are taken back together and edits one by one`() {
    var undo = UndoStack()
    for text in ["", "a", "ab", "ab ", "ab c", "x"] { undo.note(EditBuffer(text)) }
    let states = (0..<5).map { _ in undo.takeBack()?.text }
    #expect(states == ["ab c", "ab ", "ab", "", nil])
  }

  @Test func `a listing with summaries has one candidate a row and says what it leaves out`() {
    let candidates = (1...9).map { Candidate(text: "c\($0)=", summary: "the option number \($0)") }
    let listing = CompletionListing(candidates: candidates, selected: 6)
    let rows = listing.rows(maxRows: 5, appearance: Appearance(columns: 20))
    #expect(
      rows
        == [
          "c4=  the option num…", "c5=  the option num…", "c6=  the option num…",
          "c7=  the option num…",
          "5 more",
        ].map { truncated($0, to: 19) })
  }

  @Test func `names alone stand in columns`() {
    let listing = CompletionListing(candidates: ["one", "three", "日本"].map { Candidate(text: $0) })
    let rows = listing.rows(maxRows: 5, appearance: Appearance(columns: 18))
    #expect(rows == ["one    three", "日本 "])
  }

  @Test func `completion goes as far as the candidates agree`() {
    let listing = CompletionListing(candidates: ["train", "trials"].map { Candidate(text: $0) })
    #expect(listing.commonPrefix == "tr")
  }
  @Test func `paths are completed with a slash after folders and quotes round what is no word`()
    throws
  {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let deep = folder.appendingPathComponent("models/deep")
    try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
    for name in ["a.st", "cart pole.st", ".hidden"] {
      try Data().write(to: folder.appendingPathComponent("models/" + name))
    }
    let models = folder.path + "/models/"
    let found = pathCandidates(for: models, inQuotes: false)
    #expect(found.map(\.label) == ["a.st", "cart pole.st", "deep/"])
    #expect(found.map(\.text) == [models + "a.st", "'\(models)cart pole.st'", models + "deep/"])
    #expect(
      pathCandidates(for: models + "c", inQuotes: true).map(\.text) == [models + "cart pole.st"])
    #expect(pathCandidates(for: models + ".h", inQuotes: false).map(\.label) == [".hidden"])
    #expect(pathCandidates(for: models + "nothing/x", inQuotes: false).isEmpty)
  }
}

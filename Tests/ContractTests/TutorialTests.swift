import Foundation
import Testing

/// The tutorial in its languages: one program, whose cells show what stands below them.
///
/// `RLHS_RECORD=1` writes what the program shows now into the files in place of comparing.
@Suite(.enabled(if: Subject.binary != nil)) struct TutorialTests {
  /// A cell, and the output that the text claims; nil where it claims none.
  private struct Cell: Equatable {
    var source: String
    var output: String?
  }

  private static let languages = ["en", "zh"]
  private static func file(_ language: String) -> URL {
    Subject.root.appending(path: "examples/tutorial.\(language).md")
  }

  private static func cells(_ language: String) throws -> [Cell] {
    var cells: [Cell] = []
    for block in try String(contentsOf: file(language), encoding: .utf8).matches(
      of: /```(rlhs|text)\n((?s).*?)```/)
    {
      let text = String(block.2)
      if block.1 == "rlhs" {
        cells.append(Cell(source: text))
      } else {
        cells[cells.count - 1].output = text
      }
    }
    return cells
  }

  /// What the cells show when they are run one after the other.
  private static func outputs(of cells: [Cell]) throws -> [String] {
    let mark = "end of cell 7c1f"
    let subject = try Subject()
    defer { subject.remove() }
    let program = cells.map { $0.source + "print \"\(mark)\"\n" }.joined()
    let result = try subject.run([], input: program)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.components(separatedBy: "\(mark)\n").dropLast()
  }

  /// Times are not the same twice.
  private static func withoutTimes(_ output: String) -> String {
    output.replacing(/\bin [0-9.]+(s|min|h)( \([0-9.]+[kM]? steps\/s\))?/, with: "in …")
  }

  @Test func `it says in every language the same of the same program`() throws {
    let cells = try Self.languages.map(Self.cells)
    #expect(cells[0].count >= 12)
    #expect(cells[0] == cells[1])
    let headings = try Self.languages.map { language in
      try String(contentsOf: Self.file(language), encoding: .utf8).split(separator: "\n")
        .count { $0.hasPrefix("## ") }
    }
    #expect(headings[0] == headings[1])
  }

  @Test func `every cell shows what stands below it`() throws {
    let cells = try Self.cells("en")
    let outputs = try Self.outputs(of: cells)
    try #require(outputs.count == cells.count)
    if ProcessInfo.processInfo.environment["RLHS_RECORD"] != nil {
      for language in Self.languages { try Self.record(outputs, in: language) }
      return
    }
    for (cell, output) in zip(cells, outputs) {
      guard let claimed = cell.output else { continue }
      #expect(Self.withoutTimes(output) == Self.withoutTimes(claimed), "\(cell.source)")
    }
  }

  /// Puts the outputs into a file, each below its cell.
  private static func record(_ outputs: [String], in language: String) throws {
    var index = -1
    let text = try String(contentsOf: file(language), encoding: .utf8).replacing(
      /```(rlhs|text)\n((?s).*?)```/
    ) { block in
      if block.1 == "rlhs" {
        index += 1
        return String(block.0)
      }
      return "```text\n\(outputs[index])```"
    }
    try text.write(to: file(language), atomically: true, encoding: .utf8)
  }
}

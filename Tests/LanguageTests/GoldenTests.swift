import Foundation
import Language
import Testing

/// Annotated scripts: `# expect: text` for each line that is printed, in order, and
/// `# expect error: kind line:column message` for errors, found before running or while running;
/// `# expect warning: ` likewise for warnings, which come before what is printed.
@Suite struct GoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  /// Paths below the folder.
  static let names = ((try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".rlhs") }.sorted()

  @Test func thereAreGoldensInEveryFolder() {
    let folders = Set(Self.names.map { $0.split(separator: "/").dropLast().joined() })
    #expect(folders == ["", "builtins", "errors", "grammar", "rules", "semantics"])
    #expect(Self.names.count > 200)
  }

  @Test(arguments: names) func everyGoldenGivesWhatItExpects(name: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    var expected: [String] = []
    var warnings: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let mark = line.range(of: "# expect: ") {
        expected.append(String(line[mark.upperBound...]))
      } else if let mark = line.range(of: "# expect error: ") {
        expected.append("error: " + line[mark.upperBound...])
      } else if let mark = line.range(of: "# expect warning: ") {
        warnings.append("warning: " + line[mark.upperBound...])
      }
    }
    expected = warnings + expected
    #expect(!expected.isEmpty, "\(name) expects nothing")
    #expect(Self.outcome(of: text) == expected, "\(name)")
  }

  /// What a script prints, and its errors in the short form.
  static func outcome(of text: String) -> [String] {
    let fixture = Fixture()
    let diagnostics = fixture.check(text)
    let found = diagnostics.map { diagnostic in
      (diagnostic.severity == .error ? "error: " : "warning: ")
        + short(
          diagnostic.kind, diagnostic.source.position(of: diagnostic.span.start),
          diagnostic.message)
    }
    if diagnostics.contains(where: { $0.severity == .error }) { return found }
    do throws(RunError) {
      try fixture.run(text)
      return found + fixture.lines
    } catch {
      let place = error.source!.position(of: error.span!.start)
      return found + fixture.lines + ["error: " + short(error.kind, place, error.message)]
    }
  }

  private static func short(
    _ kind: ErrorKind, _ place: (line: Int, column: Int), _ message: String
  ) -> String {
    "\(kind.rawValue) \(place.line):\(place.column) \(message)"
  }
}

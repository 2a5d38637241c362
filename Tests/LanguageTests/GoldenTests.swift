import Foundation
import Language
import Testing

/// Annotated scripts: `# expect: text` for each line that is printed, in order, and
/// `# expect error: kind line:column message` for errors, found before running or while running.
@Suite struct GoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".rlhs") }.sorted()

  @Test func thereAreGoldens() { #expect(Self.names.count > 10) }

  @Test(arguments: names) func everyGoldenGivesWhatItExpects(name: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    var expected: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let mark = line.range(of: "# expect: ") {
        expected.append(String(line[mark.upperBound...]))
      } else if let mark = line.range(of: "# expect error: ") {
        expected.append("error: " + line[mark.upperBound...])
      }
    }
    #expect(!expected.isEmpty, "\(name) expects nothing")
    #expect(Self.outcome(of: text) == expected, "\(name)")
  }

  /// What a script prints, and its errors in the short form.
  static func outcome(of text: String) -> [String] {
    let fixture = Fixture()
    let diagnostics = fixture.check(text)
    if !diagnostics.isEmpty {
      return diagnostics.map { short($0.kind, $0.source.position(of: $0.span.start), $0.message) }
    }
    do throws(RunError) {
      try fixture.run(text)
      return fixture.lines
    } catch {
      let place = error.source!.position(of: error.span!.start)
      return fixture.lines + [short(error.kind, place, error.message)]
    }
  }

  private static func short(
    _ kind: ErrorKind, _ place: (line: Int, column: Int), _ message: String
  ) -> String {
    "error: \(kind.rawValue) \(place.line):\(place.column) \(message)"
  }
}

import Foundation
import Testing

/// The scripts in `examples/`, each run whole.
@Suite(.enabled(if: Subject.binary != nil)) struct ExampleTests {
  static let scripts: [String] =
    ((try? FileManager.default.contentsOfDirectory(
      atPath: Subject.root.appending(path: "examples").path)) ?? [])
    .filter { $0.hasSuffix(".rlhs") }.sorted()

  @Test func `there are examples`() {
    #expect(Self.scripts.count >= 4)
  }

  @Test(arguments: scripts) func `an example runs to its end`(script: String) throws {
    let subject = try Subject()
    defer { subject.remove() }
    let path = Subject.root.appending(path: "examples/\(script)").path
    let result = try subject.run([path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.output.isEmpty)
  }

  @Test(arguments: scripts) func `an example is right before it runs`(script: String) throws {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(["check", Subject.root.appending(path: "examples/\(script)").path])
    #expect(result.status == 0)
    #expect(result.errors.isEmpty, "\(result.errors)")
  }

  @Test func `the quickstart ends with an evaluation of a good agent`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let path = Subject.root.appending(path: "examples/quickstart.rlhs").path
    let events = try subject.run(["--json", path]).events
    let last = try #require(events.last)
    #expect(last["event"] as? String == "evaluate")
    #expect((last["mean"] as? Double ?? 0) >= 400)
  }
}

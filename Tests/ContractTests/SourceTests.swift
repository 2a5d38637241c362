import Foundation
import Testing

/// `source FILE`: another script as if it were typed there.
@Suite(.enabled(if: Subject.binary != nil)) struct SourceTests {
  private func withFiles(
    _ files: [String: String], _ body: (Subject) throws -> Void
  ) throws {
    let subject = try Subject()
    defer { subject.remove() }
    for (name, text) in files {
      let file = subject.folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try body(subject)
  }

  @Test func `what a sourced script defines is known to what follows`() throws {
    let library = """
      scale = 3
      fn scaled(x) => x * scale
      env Own {
        size = 2
        actions = 2
        observation = box(0, 1, shape=[1])
        fn reset(rng) => 0
        fn step(s, action, rng) => [s, 1, true]
        fn observe(s) => [size / 10]
      }
      "loaded"
      """
    try withFiles(["lib.rlhs": library]) { subject in
      let result = try subject.run(
        code: "source lib.rlhs\nprint scaled(2)\nenv Own size=5\nprint (reset)")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("\n\"loaded\"\n6\n"))
      #expect(result.output.hasSuffix("[0.5]\n"))
    }
  }

  @Test func `mistakes in a sourced script are told with its own place before anything runs`()
    throws
  {
    try withFiles([
      "lib/a.rlhs": "x = 1\nprint lenght\n", "main.rlhs": "print 1\nsource lib/a.rlhs\ny = z",
    ]) {
      subject in
      let result = try subject.run(["main.rlhs"])
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      let places = result.errors.split(separator: "\n").filter { $0.contains(".rlhs:") }
      #expect(places == ["  lib/a.rlhs:2:7", "  main.rlhs:3:5"])
    }
  }

  @Test func `an error while it runs points into the sourced script`() throws {
    try withFiles(["a.rlhs": "x = 1\ny = x / 0\n"]) { subject in
      let result = try subject.run(code: "source a.rlhs")
      #expect(result.status == 1)
      #expect(result.errors.contains("a.rlhs:2:7"))
    }
  }

  @Test func `a script that runs itself is an error`() throws {
    try withFiles(["a.rlhs": "source b.rlhs", "b.rlhs": "source a.rlhs"]) { subject in
      let written = try subject.run(["a.rlhs"])
      #expect(written.status == 2)
      #expect(written.errors.contains("`a.rlhs` would run itself"))
    }
    try withFiles(["a.rlhs": "p = \"a\"\nsource (p + \".rlhs\")"]) { subject in
      let computed = try subject.run(["a.rlhs"])
      #expect(computed.status == 1)
      #expect(computed.errors.contains("too deeply"))
    }
  }

  @Test func `a script outside the project is refused, however it is reached`() throws {
    try withFiles(["project/.rlhs/here": "", "outside.rlhs": "print \"ran\""]) { subject in
      let project = subject.folder.appending(path: "project")
      try FileManager.default.createSymbolicLink(
        at: project.appending(path: "link.rlhs"),
        withDestinationURL: subject.folder.appending(path: "outside.rlhs"))
      let absolute = subject.folder.appending(path: "outside.rlhs").path
      for path in ["outside.rlhs", "project/link.rlhs", absolute] {
        let result = try subject.run([
          "-c", "print 1\nsource \"\(path)\"", "--project", "project",
        ])
        #expect(result.status == 1)
        #expect(result.output == "1\n")
        #expect(result.errors.contains("`\(path)` lies outside the project folder"))
        #expect(result.errors.contains("<command>:2:8"))
        #expect(result.errors.contains("use a path below it"))
      }
    }
  }

  @Test func `a script that is written first can be sourced then`() throws {
    try withFiles([:]) { subject in
      let result = try subject.run(
        code:
          "write_text(\"late.rlhs\", \"late = 7\")\nfor i in 1..2 { source late.rlhs }\nsource late.rlhs"
      )
      #expect(result.status == 0, "\(result.errors)")
    }
  }
}

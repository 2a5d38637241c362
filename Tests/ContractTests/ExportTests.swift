import Foundation
import Testing

/// What `export` and `--report` write of a session.
@Suite(.enabled(if: Subject.binary != nil)) struct ExportTests {
  private static let script = """
    # %% Train <fast> & well
    env CartPole-v1 seed=3
    a = agent dqn
    train a steps=2000
    plot a
    # %% Look
    ep = rollout a render=true
    feedback ep 1 note="steady </script>"
    learn a
    [{name: "a|b", mean: 12.5}] | table
    # %% Broken
    try { fail("no") } catch { print "caught" }
    """

  private func inFolder<T>(_ body: (Subject) throws -> T) throws -> T {
    let subject = try Subject()
    defer { subject.remove() }
    return try body(subject)
  }

  private func write(_ text: String, _ name: String, in subject: Subject) throws {
    try text.write(to: subject.folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  private func read(_ name: String, in subject: Subject) throws -> String {
    try String(contentsOf: subject.folder.appending(path: name), encoding: .utf8)
  }

  @Test func `a page stands alone and holds curve, film and table`() throws {
    try inFolder { subject in
      try write(Self.script + "\nexport out.html title=\"A & B\"\n", "a.rlhs", in: subject)
      #expect(try subject.run(["a.rlhs"]).status == 0)
      let page = try read("out.html", in: subject)
      // Nothing that would be fetched.
      #expect(!page.contains("://"))
      #expect(page.contains("<h1>A &amp; B</h1>"))
      #expect(page.contains("<h2>Train &lt;fast&gt; &amp; well</h2>"))
      #expect(page.contains("<polyline class=\"first\""))
      #expect(page.contains("<figure class=\"film\">"))
      #expect(page.contains("<td>a|b</td>"))
      #expect(page.contains("steady &lt;/script&gt;"))
      // One script plays the films, and one element holds each film's frames.
      #expect(page.components(separatedBy: "</script>").count == 3)
    }
  }

  @Test func `only cells that succeeded are in a report`() throws {
    try inFolder { subject in
      try write("# %% good\nprint 1\n# %% bad\nprint 2\nfail(\"x\")\n", "b.rlhs", in: subject)
      #expect(try subject.run(["b.rlhs", "--report", "b.md"]).status == 1)
      let text = try read("b.md", in: subject)
      #expect(text.contains("## good") && text.contains("```\n1\n```"))
      #expect(!text.contains("bad"))
    }
  }

  @Test func `the exported script does the same again`() throws {
    try inFolder { subject in
      try write(Self.script + "\nprint hash(a)\nexport again.rlhs\n", "a.rlhs", in: subject)
      let first = try subject.run(["a.rlhs"])
      let second = try subject.run(["again.rlhs"])
      func digest(_ result: Subject.Result) -> Substring? {
        result.output.split(separator: "\n").first { $0.count == 64 }
      }
      #expect(digest(first) != nil)
      #expect(digest(first) == digest(second))
    }
  }

  @Test func `cells show their numbers as they run`() throws {
    try inFolder { subject in
      try write("x = 1\n# %% two\nprint x\nx + 1\n", "c.rlhs", in: subject)
      #expect(
        try subject.run(["c.rlhs", "--cells"]).output == """
          [1] x = 1
          [2] # %% two
              print x
              x + 1
          1
          2

          """)
    }
  }

  @Test func `metrics are written as rows and objects`() throws {
    try inFolder { subject in
      let code = "env CartPole-v1\na = agent dqn\ntrain a steps=2000\nexport m.csv\nexport m.jsonl"
      #expect(try subject.run(code: code).status == 0)
      let rows = try read("m.csv", in: subject).split(separator: "\n")
      #expect(rows.first == "run,agent,environment,seed,name,step,value")
      #expect(rows.contains { $0.hasPrefix("1,a,CartPole-v1,0,rollout/ep_rew,") })
      let lines = try read("m.jsonl", in: subject).split(separator: "\n")
      #expect(lines.count == rows.count - 1)
      let point = try #require(
        JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
      #expect(point["name"] as? String == "rollout/ep_rew")
    }
  }

  @Test func `an ending that means nothing is refused with the mend`() throws {
    try inFolder { subject in
      let result = try subject.run(code: "export out.pdf")
      #expect(result.status == 1)
      #expect(result.errors.contains("nothing is exported as `.pdf`"))
      #expect(result.errors.contains(".html"))
    }
  }

  @Test func `a picture goes to a file`() throws {
    try inFolder { subject in
      #expect(
        try subject.run(code: "plot [1, 4, 9] file=a.svg\nplot [1, 4, 9] file=a.png").status == 0)
      #expect(try read("a.svg", in: subject).hasPrefix("<svg xmlns="))
      let png = try Data(contentsOf: subject.folder.appending(path: "a.png"))
      #expect(png.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
    }
  }

  @Test(
    "nbformat finds the notebook valid",
    .enabled(if: Subject.python("import nbformat"), "python3 has no package nbformat"))
  func jupyter() throws {
    try inFolder { subject in
      try write(Self.script + "\nexport out.ipynb\n", "a.rlhs", in: subject)
      #expect(try subject.run(["a.rlhs"]).status == 0)
      let path = subject.folder.appending(path: "out.ipynb").path
      #expect(
        Subject.python(
          "import nbformat; nbformat.validate(nbformat.read('\(path)', as_version=4))"))
    }
  }
}

extension Subject {
  /// Whether Python runs this to its end.
  static func python(_ code: String) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      ProcessInfo.processInfo.environment["RLHS_PYTHON"] ?? "python3", "-c", code,
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

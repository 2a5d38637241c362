import Foundation
import Testing

/// The contract's promises: the same bytes from the same seed, and nothing lost.
@Suite(.enabled(if: Subject.binary != nil)) struct SafetyTests {
  private static let small =
    "env CartPole-v1 seed=4\na = agent dqn layers=[32, 32] total_steps=4000\n"

  private func output(_ code: String) throws -> String {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(code: code)
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  @Test func `the same script with the same seed gives the same bytes`() throws {
    let code = Self.small + "train a steps=3000\nevaluate a episodes=5\nprint (hash a)"
    let subject = try Subject()
    defer { subject.remove() }
    let first = try subject.run(code: code).output
    let hash = first.split(separator: "\n").last
    // Twice in one project: what the first left behind must not show.
    #expect(try subject.run(code: code).output.split(separator: "\n").last == hash)
    #expect(try output(code).split(separator: "\n").last == hash)
  }

  @Test func `training in pieces is training at once`() throws {
    let pieces = try output(
      Self.small + "for i in 1..3 { train a steps=700 }\nevaluate a\nprint hash(a)")
    let whole = try output(Self.small + "train a steps=2100\nprint hash(a)")
    #expect(pieces.split(separator: "\n").last == whole.split(separator: "\n").last)
  }

  @Test func `saved, loaded and trained on is never stopped`() throws {
    let stopped = try output(
      Self.small
        + "train a steps=1500\nsave a a.safetensors\nb = load a.safetensors\ntrain b steps=1500\nprint hash(b)"
    )
    let whole = try output(Self.small + "train a steps=3000\nprint hash(a)")
    #expect(stopped.split(separator: "\n").last == whole.split(separator: "\n").last)
  }

  @Test func `a rating that is taken back was never given`() throws {
    let text = try output(
      Self.small
        + """
        train a steps=1000
        before = hash a
        feedback (rollout a) -1
        given = hash a
        learn a
        learned = hash a
        undo
        print before == hash(a) given == before learned == given
        """)
    #expect(text.split(separator: "\n").last == "true false false")
  }

  @Test func `asking a person one question more shifts nothing else`() throws {
    let code = { (extra: String) in
      Self.small + "train a steps=500\n\(extra)\ntrain a steps=500\nprint hash(a)"
    }
    let asked = try output(code("f = feedback(rollout(a), 1)\nundo\nevaluate a episodes=3"))
    let plain = try output(code(""))
    #expect(asked.split(separator: "\n").last == plain.split(separator: "\n").last)
  }

  @Test func `a rating outlives a kill, and so does the checkpoint`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let pipe = Pipe()
    let process = try subject.start(
      [
        "--json", "-c",
        Self.small
          + "train a steps=500\nfor i in 1..100000 { feedback (rollout a) i; train a steps=50 }",
      ], output: pipe, errors: FileHandle.nullDevice)
    // Killed at once after the third rating was said to be kept.
    var seen = ""
    while seen.components(separatedBy: "\"event\":\"feedback\"").count < 4 {
      let data = pipe.fileHandleForReading.availableData
      if data.isEmpty { break }
      seen += String(decoding: data, as: UTF8.self)
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let rest = pipe.fileHandleForReading.readDataToEndOfFile()
    seen += String(decoding: rest, as: UTF8.self)
    let acknowledged = seen.components(separatedBy: "\"event\":\"feedback\"").count - 1
    #expect(acknowledged >= 3)

    let after = try subject.run(code: "print len(ledger())\nb = resume\nprint b.steps > 0")
    #expect(after.status == 0, "\(after.errors)")
    let lines = after.output.split(separator: "\n")
    #expect((Int(lines.first ?? "") ?? 0) >= acknowledged)
    #expect(lines.last == "true")
  }

  @Test func `a damaged checkpoint is an error, not an agent`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    _ = try subject.run(code: Self.small + "save a a.safetensors")
    let path = subject.folder.appending(path: "a.safetensors")
    var bytes = try Data(contentsOf: path)
    bytes[bytes.count - 5] ^= 1
    try bytes.write(to: path)
    let result = try subject.run(code: "b = load a.safetensors", json: true)
    #expect(result.status == 1)
    #expect(result.events.last?["kind"] as? String == "file")
    try bytes.prefix(100).write(to: path)
    #expect(try subject.run(code: "b = load a.safetensors", json: true).status == 1)
  }

  @Test func `Ctrl-C keeps what was learned, and training goes on exactly there`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let pipe = Pipe()
    let process = try subject.start(
      [
        "--json", "-c",
        Self.small + "train a steps=3000 on_episode=fn(ep) => print(1)\ntrain a steps=5M",
      ],
      output: pipe, errors: FileHandle.nullDevice)
    var seen = ""
    while !seen.contains("\"event\":\"train\"") {
      seen += String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    }
    usleep(300_000)
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    seen += String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(seen.contains("\"interrupted\":true"))

    let steps = "b = resume\nn = b.steps\nprint n"
    let count =
      Int(
        try subject.run(code: steps).output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    #expect(count > 3000)
    let resumed = try subject.run(code: "b = resume\ntrain b steps=200\nprint hash(b)").output
    let whole = try output(
      Self.small + "train a steps=3000\ntrain a steps=\(count - 3000 + 200)\nprint hash(a)")
    #expect(resumed.split(separator: "\n").last == whole.split(separator: "\n").last)
  }
}

import Foundation
import Testing

/// Feedback of every kind, as scripts give it and as it is taken back.
@Suite(.enabled(if: Subject.binary != nil)) struct FeedbackCommandTests {
  private static let start = """
    env CartPole-v1 seed=3
    a = agent dqn layers=[16] seed=3 learning_starts=100
    ep1 = rollout a
    ep2 = rollout a

    """

  private func lines(_ code: String) throws -> [String] {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(code: Self.start + code)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init)
  }

  @Test(arguments: [
    ("f = feedback ep1 -0.5 note=\"drifts\"", "rating -0.5"),
    ("f = prefer ep1 ep2 choice=right", "comparison right"),
    ("f = prefer left", "comparison left"),
    ("f = prefer ep1 ep2 from=fn(l, r) => \"equal\"", "comparison equal"),
    ("f = correct ep1 2 action=\"right\"", "correction 1"),
    ("f = correct ep1 2 from=fn(s) => 1 - s.action", "correction"),
    (
      "f = question \"Safe?\" of=ep1 options=[\"yes\", \"so so\", \"no\"] choice=1",
      "question so so"
    ),
    ("f = question \"Go on?\" from=fn(q) => \"no\"", "question no"),
    ("f = demonstrate a seed=1 from=fn(obs) => 0", "demonstration"),
  ])
  func `a record tells its kind and value`(code: String, expected: String) throws {
    let printed = try lines(code + "\nprint f.kind f.value\nprint f.id f.person != \"\" f.time > 0")
    #expect(printed[printed.count - 2].hasPrefix(expected))
    #expect(printed.last == "1 true true")
  }

  @Test(arguments: [
    "feedback ep1", "prefer ep1 ep2", "correct ep1 2", "question \"Safe?\"", "demonstrate a",
    "play",
    "rollout a ask=step", "train a steps=10 ask=live", "adjust a",
  ])
  func `without a terminal or a teacher asking is an error that names from=`(code: String) throws {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(code: Self.start + code)
    #expect(result.status == 1)
    #expect(result.errors.contains("`from=`"))
  }

  @Test func `a null skips, and so does every question beyond max_prompts`() throws {
    let printed = try lines(
      """
      feedback ep1 from=fn(ep) => null
      rollout a ask=step from=fn(s) => 1 max_prompts=3
      print len(ledger())
      """)
    #expect(printed.last == "3")
  }

  @Test func `training that came after is done again where that is wanted, to the bit`() throws {
    let printed = try lines(
      """
      b = fork a
      feedback ep1 -1
      learn a
      train a steps=400
      try { undo } catch e { print e.message }
      undo replay=true
      train b steps=400
      print hash(a) == hash(b)
      """)
    #expect(printed.last == "true")
    #expect(printed.contains { $0.contains("400 steps of a's training") })
  }

  @Test func `any answer is taken back, in an order of one's own`() throws {
    let printed = try lines(
      """
      h = [hash(a)]
      f = feedback ep1 -1
      h += [hash(a)]
      g = feedback ep2 1
      learn a
      retract f.id
      retract g.id
      print hash(a) == h[0] len(filter(ledger(), fn(r) => r.retracted))
      try { retract f.id } catch e { print e.message }
      """)
    #expect(printed.suffix(2) == ["true 2", "feedback 1 is taken back already"])
  }

  @Test func `feedback of an earlier process is taken back once its agent is loaded`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let first = try subject.run(
      code: Self.start
        + "before = hash a\nfeedback ep1 -1\nfeedback ep2 1\nsave a a.st\nprint before")
    let second = try subject.run(
      code: "a = load a.st\nundo\nretract 1\nprint hash(a)\ntry { undo } catch e { print \"none\" }"
    )
    #expect(second.status == 0, "\(second.errors)")
    let lines = second.output.split(separator: "\n").suffix(2)
    #expect(lines.first == first.output.split(separator: "\n").last)
    #expect(lines.last == "none")
  }

  @Test func `answers given after a checkpoint are in the agent that resume gives`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let first = try subject.run(
      code: Self.start + "train a steps=200\nfeedback ep1 -1\ncorrect ep2 1 action=0\nprint hash(a)"
    )
    let second = try subject.run(code: "a = resume\nprint hash(a)")
    #expect(second.output.split(separator: "\n").last == first.output.split(separator: "\n").last)
  }

  @Test func `whatif changes nothing until it is kept`() throws {
    let printed = try lines(
      """
      before = hash a
      whatif feedback ep1 -1
      print hash(a) == before len(ledger())
      drop
      whatif feedback ep1 -1
      keep
      b = hash a
      print b == before len(ledger())
      undo
      print hash(a) == before
      """)
    #expect(
      printed.filter { $0.hasPrefix("true") || $0.hasPrefix("false") } == [
        "true 0", "false 1", "true",
      ])
  }

  @Test func `whatif is about whom the feedback is for`() throws {
    let printed = try lines(
      """
      before = hash a
      c = agent dqn
      other = hash c
      whatif feedback ep1 -1
      drop
      print hash(a) == before hash(c) == other len(ledger())
      whatif feedback ep1 -1
      keep
      print hash(a) == before hash(c) == other len(ledger())
      """)
    #expect(
      printed.filter { $0.hasPrefix("true") || $0.hasPrefix("false") } == [
        "true true 0", "false true 1",
      ])
  }

  @Test func `a ledger written as JSON lines is read back to the same lines`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(
      code: Self.start + """
        feedback ep1 -1 note="ä"
        prefer ep1 ep2 choice=left
        undo
        x = ledger export=one.jsonl
        """)
    #expect(result.status == 0, "\(result.errors)")
    let other = try Subject()
    defer { other.remove() }
    try FileManager.default.copyItem(
      at: subject.folder.appending(path: "one.jsonl"),
      to: other.folder.appending(path: "one.jsonl"))
    let again = try other.run(
      code: """
        print len(ledger(import="one.jsonl")) len(ledger(import="one.jsonl"))
        x = ledger export=two.jsonl
        print read_text("one.jsonl") == read_text("two.jsonl")
        """)
    #expect(again.output == "2 2\ntrue\n", "\(again.errors)")
  }

  @Test func `a rehearsal counts answers and leaves the ledger as it is`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    try Data((Self.start + "feedback ep1\nprefer ep1 ep2\nlearn a").utf8).write(
      to: subject.folder.appending(path: "study.rlhs"))
    let result = try subject.run(
      code: """
        r = rehearse study.rlhs from=(teacher oracle) episodes=2
        print r.answers r.kinds len(r.curve) len(ledger())
        """)
    #expect(result.output.hasPrefix("2 {rating: 1, comparison: 1} "), "\(result.errors)")
    #expect(result.output.hasSuffix(" 0\n"))
  }
}

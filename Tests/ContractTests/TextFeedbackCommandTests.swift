import Foundation
import Testing

/// What people and functions say of texts: how it is kept, learned from and taken back.
@Suite(.enabled(if: Subject.binary != nil)) struct TextFeedbackCommandTests {
  /// A character model that writes the letters a, b and c at random, and who likes the letter c.
  private static let start = """
    r = random(1)
    write_text("t.txt", join(map(range(2000), fn(i) => draw(r, ["a", "b", "c"]))))
    corpus t.txt
    p = agent lm layers=1 heads=2 width=16 context=24 total_steps=60 warmup=5 seed=3
    train p steps=60
    likes = fn(text) => len(split(text, "c")) - 1
    judge_pair = fn(prompt, left, right) {
      if likes(left) == likes(right) { return null }
      if likes(left) > likes(right) { "left" } else { "right" }
    }

    """

  private func lines(_ code: String) throws -> [String] {
    try Subject.lines(of: Self.start + code)
  }

  @Test func `a rating, a comparison and a correction of texts are records of the ledger`() throws {
    let printed = try lines(
      """
      g = generate p "ab" tokens=6
      f = feedback g 0.5 note="nice"
      print f.kind f.value f.note f.episode.text == g.text f.agent == p
      f = feedback g from=fn(g) => len(g.text) - 6
      print f.kind f.value
      f = prefer g (generate p "ab" tokens=6) choice=right
      print f.kind f.value len(f.episodes)
      f = correct g "cccccc"
      print f.kind f.value
      f = correct g from=fn(g) => g.text + "c"
      print len(ledger()) (ledger)[-1].agent p.answers
      """)
    #expect(
      printed == [
        "rating 0.5 nice true true", "rating 0", "comparison right 2", "correction cccccc",
        "5 p 5",
      ])
  }

  @Test func `pairs are asked about until enough are judged, the same pairs for the same seed`()
    throws
  {
    let printed = try lines(
      """
      asked = 0
      f = prefer p pairs=30 prompts=["a", "b"] tokens=8 seed=4 from=fn(prompt, left, right) {
        global asked
        asked += 1
        judge_pair(prompt, left, right)
      }
      print len(f) asked > 30 f[0].episode.prompt f[1].episode.prompt in ["a", "b"]
      q = fork p
      g = prefer q pairs=30 prompts=["a", "b"] tokens=8 seed=4 from=judge_pair
      print map(f, fn(x) => x.episode.text) == map(g, fn(x) => x.episode.text)
      learn p
      j = judge p
      print j.answers j.held_out > 0 j.accuracy >= 0 len(j.people)
      """)
    #expect(printed == ["30 true a true", "true", "30 true true 1"])
  }

  @Test func `a reward of one's own moves the model towards it, and its run tells the divergence`()
    throws
  {
    let printed = try lines(
      """
      share = fn(m) => mean(map(generate(m, "a", tokens=8, n=200, seed=9), fn(g) => likes(g.text)))
      before = share(p)
      base = fork p
      coach p method=ppo batch_size=32 reward=fn(prompt, response) => len(split(response, "c")) - 1
      r = train p steps=8 prompts=["a", "b"] tokens=8
      print share(p) > before + 0.5 share(base) == before
      print len(r.kls) == r.steps abs(r.kls[0]) < 1e-6 min(r.kls) > -0.1 r.rewards[-1] > r.rewards[0]
      print len(r.samples) == r.steps r.ended in ["goal", "divergence"] len(r.distinct_2) == r.steps
      """)
    #expect(printed == ["true true", "true true true true", "true true true"])
  }

  @Test func `iterations in pieces, saved and loaded between, are iterations at once`() throws {
    let printed = try lines(
      """
      q = fork p
      wish = fn(prompt, response) => len(split(response, "c"))
      coach p method=rloo batch_size=16 reward=wish
      coach q method=rloo batch_size=16 reward=wish
      train p steps=4 prompts=["a"] tokens=6
      train q steps=2 prompts=["a"] tokens=6
      save q half.safetensors
      s = load half.safetensors
      print (hash s) == (hash q) s.method s.iterations
      coach s reward=wish
      train s steps=2
      print (generate s "a" tokens=20 seed=1).text == (generate p "a" tokens=20 seed=1).text
      print s.iterations
      """)
    #expect(printed == ["true rloo 2", "true", "4"])
  }

  @Test(arguments: ["dpo", "ipo", "kto"])
  func `a method without a reward learns the answers themselves`(method: String) throws {
    let printed = try lines(
      """
      share = fn(m) => mean(map(generate(m, "a", tokens=8, n=200, seed=9), fn(g) => likes(g.text)))
      before = share(p)
      coach p method=\(method)
      prefer p pairs=80 prompts=["a"] tokens=8 seed=2 from=judge_pair
      for i in 1..10 {
        feedback (generate p "a" tokens=8 seed=i) from=fn(g) => if likes(g.text) > 2 { 1 } else { -1 }
      }
      l = learn p
      print l.method l.answers >= 80 share(p) > before
      """)
    #expect(printed.last == "\(method) true true")
  }

  @Test func `undo gives back the model that was there before, to the bit`() throws {
    let printed = try lines(
      """
      h = hash p
      feedback (generate p "a" tokens=6) 1
      undo
      print (hash p) == h
      g = generate p "a" tokens=6 seed=1
      correct g "cccccc"
      q = fork p
      f = feedback g -1
      learn p
      retract f.id
      learn q
      print (hash p) == (hash q) p.answers
      undo
      print (hash p) == h (ledger | where fn(x) => x.retracted | where fn(x) => true)[0].kind
      """)
    #expect(printed == ["true", "true 1", "true rating"])
  }

  @Test func `pairs go to a file as prompt, chosen and rejected, and come back`() throws {
    let printed = try lines(
      """
      prefer p pairs=6 prompts=["ab"] tokens=8 seed=4 from=judge_pair
      correct (generate p "ab" tokens=4) "cc"
      ledger export=pairs.jsonl format=pairs
      rows = map(split(trim(read_text("pairs.jsonl")), "\\n"), fn(l) => parse_json(l))
      print len(rows) keys(rows[0]) all(map(rows[0..5], fn(x) => likes(x.chosen) > likes(x.rejected)))
      q = fork p
      fs = prefer q file=pairs.jsonl
      print len(fs) fs[0].value fs[0].episodes[0].text == rows[0].chosen q.answers
      ledger export=all.jsonl
      """)
    #expect(printed == ["7 [\"prompt\", \"chosen\", \"rejected\"] true", "7 left true 14"])
  }

  @Test func `the whole ledger goes out and comes into another project with its texts`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let other = try Subject()
    defer { other.remove() }
    let code = Self.start + "feedback (generate p \"ab\" tokens=6) 1\nledger export=all.jsonl"
    #expect(try subject.run(code: code).status == 0)
    try FileManager.default.copyItem(
      at: subject.folder.appending(path: "all.jsonl"), to: other.folder.appending(path: "all.jsonl")
    )
    let result = try other.run(
      code: """
        print len(ledger(import="all.jsonl")) (ledger)[0].kind
        ledger export=again.jsonl
        print read_text("again.jsonl") == read_text("all.jsonl")
        """)
    #expect(result.output == "1 rating\ntrue\n", "\(result.errors)")
  }

  @Test func `answers of a killed process are there again after resume`() throws {
    let printed = try lines(
      """
      g = generate p "a" tokens=6 seed=1
      feedback g 1
      q = resume
      print q.answers (hash q) == (hash p)
      """)
    #expect(printed == ["1 true"])
  }

  @Test func `a script's function that fails stops training with everything whole`() throws {
    let printed = try lines(
      """
      coach p method=rloo batch_size=8 reward=fn(prompt, response) => "much"
      h = hash p
      try { train p steps=2 prompts=["a"] tokens=4 } catch e { print e.message }
      print (hash p) == h
      """)
    #expect(printed == ["the reward must be a finite number, not \"much\"", "true"])
  }

  @Test(arguments: [
    ("feedback (generate p \"a\" tokens=4)", "`from=`"),
    ("prefer p pairs=2 tokens=4", "`from=`"),
    ("correct (generate p \"a\" tokens=4)", "`from=`"),
    ("feedback (generate p \"a\" tokens=4) from=(teacher noisy)", "nothing of texts"),
    ("coach p method=tamer", "`tamer` is for agents that act in environments"),
    ("env CartPole-v1\na = agent dqn\ncoach a method=dpo", "`dpo` shapes language models"),
    ("coach p method=ppo\ntrain p steps=1", "needs prompts"),
    ("train p steps=1 prompts=[\"a\"]", "`coach p method=ppo"),
    ("coach p method=ppo\ntrain p steps=1 prompts=[\"a\"] tokens=4", "needs a reward"),
    (
      "coach p method=dpo\ntrain p steps=1 prompts=[\"a\"] tokens=4",
      "`dpo` learns from answers alone, not from a reward"
    ),
    ("feedback (generate p \"a\" tokens=60) 1", "24 tokens at most"),
    (
      "prefer (generate p \"a\" tokens=4) (generate p \"b\" tokens=4) choice=left",
      "the same prompt"
    ),
    ("judge p", "learned nothing from feedback"),
    ("write_text(\"x.jsonl\", \"no\")\nprefer p file=x.jsonl", "line 1 of `x.jsonl` is no pair"),
  ])
  func `what cannot be is an error that says what can`(code: String, message: String) throws {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(code: Self.start + code)
    #expect(result.status == 1)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}

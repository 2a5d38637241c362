import Foundation
import Testing

/// Language models as scripts make, train, ask and keep them.
@Suite(.enabled(if: Subject.binary != nil)) struct TextCommandTests {
  /// A text of three sentences, a character model on it that has learned a little, and its digest.
  static let start = """
    write_text("t.txt", "the cat sat on the mat.\\nthe dog ran to the log.\\na bird sang.\\n" * 40)
    c = corpus t.txt
    m = agent lm layers=1 heads=2 width=16 context=16 total_steps=40 warmup=5 seed=3
    trained = train m steps=20
    h = hash m

    """

  private func lines(_ code: String) throws -> [String] {
    try Subject.lines(of: Self.start + code)
  }

  @Test func `a corpus tells what it is made of`() throws {
    let printed = try lines(
      """
      print c.characters c.lines c.tokens c.training_tokens c.held_out_tokens c.tokenizer c.vocabulary
      b = corpus t.txt tokenizer=bpe vocabulary=270 holdout=0
      print b.tokenizer b.vocabulary b.tokens < c.tokens b.held_out_tokens
      """)
    #expect(printed == ["2440 120 2440 2196 244 character 18", "bpe 270 true 0"])
  }

  @Test func `training in pieces, with a checkpoint between, is training at once to the bit`()
    throws
  {
    let printed = try lines(
      """
      w = agent lm layers=1 heads=2 width=16 context=16 total_steps=40 warmup=5 seed=3 dropout=0.1
      f = fork w
      train w steps=30
      train f steps=11
      save f half.safetensors
      g = load half.safetensors
      train g steps=19
      print (hash g) == (hash w)
      print w.best_loss == g.best_loss w.best_steps
      train w
      print w.steps
      """)
    #expect(printed == ["true", "true 30", "40"])
  }

  @Test func `generating draws anew at each call, unless seeded, and changes no bit`() throws {
    let printed = try lines(
      """
      a = generate m "the " tokens=40
      b = generate m "the " tokens=40
      print a.text != b.text
      print (generate m "the " tokens=40 seed=5).text == (generate m "the " tokens=40 seed=5).text
      print (hash m) == h
      g = generate m "the " tokens=40 temperature=0
      print g.text == (text m g.tokens) len(g.tokens) g.ended
      s = generate m "the " tokens=400 stop=["."] n=3
      print map(s, fn(g) => g.ended) any(map(s, fn(g) => "." in g.text))
      print (generate m "" tokens=3).prompt == ""
      """)
    #expect(
      printed == ["true", "true", "true", "true 40 false", "[true, true, true] false", "true"])
  }

  @Test func `the likeliest token is the one with the greatest logit`() throws {
    let printed = try lines(
      """
      ids = tokens m "the ca"
      l = logits m tokens=ids
      print len(l) == len(ids) len(l[0]) == c.vocabulary
      print argmax(l[-1]) == (generate m "the ca" tokens=1 temperature=0).tokens[0]
      print (text m ids)
      """)
    #expect(printed == ["true true", "true", "the ca"])
  }

  @Test func `the best weights are kept, in the checkpoint too, and evaluate measures them`() throws
  {
    let printed = try lines(
      """
      set m learning_rate=5
      train m steps=20
      b = best m
      print (evaluate b).loss < (evaluate m).loss
      r = evaluate b
      print abs(exp(r.loss) - r.perplexity) < 1e-9 r.tokens
      save m m.safetensors
      n = load m.safetensors
      print (hash best(n)) == (hash b)
      """)
    #expect(printed == ["true", "true 243", "true"])
  }

  @Test func `a folder for transformers is read back with its tokenizer`() throws {
    let printed = try lines(
      """
      save m folder
      n = load folder
      print (logits n tokens=[1, 2, 3]) == (logits m tokens=[1, 2, 3])
      print (tokens n "the cat") == (tokens m "the cat")
      d = corpus t.txt model=n
      train n steps=2
      e = corpus t.txt tokenizer=folder
      print d.tokens == e.tokens
      """)
    #expect(printed == ["true", "true", "true"])
  }

  @Test func `a run has its losses, and resume goes on from its checkpoint`() throws {
    let printed = try lines(
      """
      r = train m steps=10
      print len(r.losses) r.loss == r.validations[-1] r.steps r.interrupted
      n = resume
      print (hash n) == (hash m)
      train n steps=5
      print n.steps
      """)
    #expect(printed == ["10 true 10 false", "true", "35"])
  }

  @Test func `training behind the prompt gives the same bits`() throws {
    let printed = try lines(
      """
      f = fork m
      j = bg train m steps=15
      wait j
      train f steps=15
      print (hash f) == (hash m)
      """)
    #expect(printed.last == "true")
  }

  @Test func `the number of threads changes no bit`() throws {
    let code =
      Self.start + "train m steps=10\nprint (hash m) (generate m \"a\" tokens=9 n=9)[8].text"
    let outputs = try ["1", "2"].map { threads in
      let subject = try Subject()
      defer { subject.remove() }
      setenv("RLHS_THREADS", threads, 1)
      defer { unsetenv("RLHS_THREADS") }
      return try subject.run(code: code).output.split(separator: "\n").last
    }
    #expect(outputs[0] == outputs[1] && outputs[0] != nil)
  }

  @Test(arguments: [
    ("rollout m", "`rollout` is for an agent that acts in an environment", "generate m"),
    ("predict m [0]", "`predict` is for an agent that acts in an environment", "logits m"),
    (
      "env CartPole-v1\na = agent dqn\ngenerate a \"x\"", "`generate` is for a language model",
      "rollout a"
    ),
    ("train m updates=3", "`train` takes no `updates` for a language model", ""),
    ("evaluate m episodes=3", "`evaluate` takes no `episodes` for a language model", ""),
    ("generate m \"Ω\"", "the character `Ω`", ""),
    ("logits m tokens=[99]", "the tokens 0 to 17, and no 99", ""),
    ("logits m tokens=[]", "1 to 16 tokens at once", ""),
    ("set m width=8", "`width` cannot be changed", ""),
    ("save m x.onnx format=onnx", "not written as onnx", "FOLDER"),
    ("corpus t.txt vocabulary=300", "`vocabulary` is of byte pairs", "tokenizer=bpe"),
    ("d = corpus t.txt tokenizer=bpe\ntrain m corpus=d", "another tokenizer than m's", "model=m"),
    (
      "write_text(\"s.txt\", \"short\")\ncorpus s.txt\nagent lm context=64",
      "a context of 64 needs 65 at least", ""
    ),
    ("write_text(\"e.txt\", \"\")\ncorpus e.txt", "empty", ""),
    (
      "corpus t.txt holdout=0\nn = agent lm context=8\nevaluate n", "nothing of t.txt is held out",
      ""
    ),
  ])
  func `what cannot be is an error that says why, and nothing is lost`(
    code: String, message: String, hint: String
  ) throws {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(code: Self.start + code)
    #expect(result.status == 1, "\(result.output)\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(hint.isEmpty || result.errors.contains(hint), "\(result.errors)")
    let caught = try subject.run(
      code: Self.start + "try {\n\(code)\n} catch e { print (hash m) == h }")
    #expect(caught.output.hasSuffix("true\n"), "\(caught.errors)")
  }

  @Test func `a folder whose parts lie is refused, and the model stays`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    #expect(try subject.run(code: Self.start + "save m folder").status == 0)
    let weights = subject.folder.appending(path: "folder/model.safetensors")
    let whole = try Data(contentsOf: weights)
    // A length that reaches beyond the file; a header that is no JSON; weights that are cut short.
    var long = whole
    long[3] = 0x7F
    var torn = whole
    torn[8] = UInt8(ascii: "x")
    for broken in [long, torn, whole.dropLast(64)] {
      try broken.write(to: weights)
      for path in ["folder", "folder/model.safetensors"] {
        let result = try subject.run(code: "load \(path)")
        #expect(result.status == 1)
        #expect(result.errors.contains("folder/model.safetensors"), "\(result.errors)")
      }
    }
  }

  @Test func `events tell what scripts wait for`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let events = try subject.run(
      code: Self.start + "evaluate m\ngenerate m \"the\" tokens=4", json: true
    ).events
    #expect(events.map { $0["event"] as? String } == ["train", "evaluate", "generate"])
    #expect((events[0]["steps"] as? Int) == 20 && events[0]["loss"] is Double)
    #expect((events[1]["loss"] as? Double ?? 0) > 0)
    #expect((events[2]["tokens"] as? [Int])?.count == 4)
  }
}

extension Subject {
  /// The lines that a program prints, without what its commands report: they are assigned away.
  static func lines(of code: String) throws -> [String] {
    let subject = try Subject()
    defer { subject.remove() }
    let reporting =
      /(?m)^(corpus|train|save|set|wait|coach|learn|judge|prefer|feedback|correct|undo|retract)\b/
    let quiet = code.replacing(reporting) { "_ = \($0.output.1)" }
    let result = try subject.run(code: quiet)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init)
  }
}

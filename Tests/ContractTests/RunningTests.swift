import Foundation
import Testing

/// How the program is run and how it ends: the contract's "Running" and "Errors".
@Suite(.enabled(if: Subject.binary != nil)) struct RunningTests {
  private func inFolder<T>(_ body: (Subject) throws -> T) throws -> T {
    let subject = try Subject()
    defer { subject.remove() }
    return try body(subject)
  }

  @Test(arguments: [
    ("e = discrete(99999999999)", "takes an integer from 1 to 16777216"),
    (
      "env A { actions=100000; observation=discrete(100000); fn reset(rng) => 0; "
        + "fn step(s, a, rng) => [s, 0, false]; fn observe(s) => 0 }\nagent q_learning",
      "is too large"
    ),
    (
      "env A { actions=2; observation=discrete(2); fn reset(rng) => 0; "
        + "fn step(s, a, rng) => [s, inf, false]; fn observe(s) => 0 }\na = agent q_learning\ntrain a steps=9",
      "the reward of step 1 of an episode of A is inf"
    ),
    ("env CartPole-v1\nagent dqn { gamma = 0.5 } gamma=0.6", "`gamma` is given twice"),
    ("env CartPole-v1\na = agent dqn\ncompare a a steps=5", "without `seeds` there are none"),
  ])
  func `what cannot work is refused with its reason`(code: String, reason: String) throws {
    try inFolder { subject in
      let result = try subject.run(code: code)
      #expect(result.status != 0)
      #expect(result.errors.contains(reason), "\(result.errors)")
    }
  }

  @Test func `a statement of several settings sets all or none`() throws {
    try inFolder { subject in
      let result = try subject.run(
        code: """
          env CartPole-v1
          a = agent dqn
          old = a.settings
          try { set a gamma=0.5 batch_size=0 } catch e { print e.message }
          print a.settings == old
          """)
      #expect(
        result.output.hasSuffix("`batch_size` takes an integer from 1 to 65536, not 0\ntrue\n"))
    }
  }

  @Test func `comparing says where returns are not of one kind, and judges no single score`()
    throws
  {
    try inFolder { subject in
      let result = try subject.run(
        code: """
          env CartPole-v1
          a = agent dqn
          env CartPole-v1 gravity=3
          b = agent dqn
          c = compare a b episodes=1
          print c.better
          """)
      #expect(result.output.hasSuffix("null\n"))
      #expect((result.output + result.errors).contains("CartPole-v1 with other settings"))
    }
  }

  @Test func `an agent comes back with a word on the reward that no file holds`() throws {
    try inFolder { subject in
      let result = try subject.run(
        code: """
          env CartPole-v1
          reward fn(seen, action, next) => 2
          a = agent dqn
          save a a.safetensors
          b = load a.safetensors
          env CartPole-v1
          c = load a.safetensors
          """)
      let warnings = (result.output + result.errors).split(separator: "\n").filter {
        $0.contains("own reward function")
      }
      #expect(warnings.count == 1)
    }
  }

  @Test func `the program says its version`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(["--version"])
    #expect(result.status == 0)
    #expect(result.output.wholeMatch(of: /rlhs \d+\.\d+\.\d+\n/) != nil)
  }

  @Test func `a program that is right exits with 0`() throws {
    try inFolder { subject in
      let result = try subject.run(code: "print 1 2.0 \"a\"")
      #expect(result.status == 0)
      #expect(result.output == "1 2.0 a\n")
      #expect(result.errors.isEmpty)
      let store = subject.folder.appending(path: ".rlhs").path
      #expect(try FileManager.default.contentsOfDirectory(atPath: store).isEmpty)
    }
  }

  @Test func `a program comes from standard input`() throws {
    try inFolder { subject in
      let result = try subject.run([], input: "x = 2\nprint x * 21\n")
      #expect(result.output == "42\n")
    }
  }

  @Test func `a script gets its arguments`() throws {
    try inFolder { subject in
      try "print args.steps + 1 args.name args.on".write(
        to: subject.folder.appending(path: "a.rlhs"), atomically: true, encoding: .utf8)
      let result = try subject.run(["a.rlhs", "steps=4", "name=bob", "on=true"])
      #expect(result.output == "5 bob true\n")
    }
  }

  @Test func `an unknown option stops a script before anything runs`() throws {
    try inFolder { subject in
      try "print 1\nenv CartPole-v1\na = agent dqn\ntrain a step=50_000\n".write(
        to: subject.folder.appending(path: "q.rlhs"), atomically: true, encoding: .utf8)
      let result = try subject.run(["q.rlhs"])
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      #expect(
        result.errors == """
          error: `train` has no option `step`
            q.rlhs:4:9
            4 | train a step=50_000
              |         ^^^^ did you mean `steps`?

          """)
    }
  }

  @Test func `five mistakes are reported at once, each at its place`() throws {
    try inFolder { subject in
      let code = """
        env CartPol-v1
        a = agent dqn learning_rate="x"
        train a stepz=1
        print undefined_name
        trian a
        """
      let events = try subject.run(code: code, json: true).events
      #expect(events.map { $0["line"] as? Int } == [1, 2, 3, 4, 5])
      #expect(events.map { $0["column"] as? Int } == [5, 29, 9, 7, 1])
      #expect(events.allSatisfy { $0["stage"] as? String == "check" })
      #expect((events[0]["hint"] as? String)?.contains("CartPole-v1") == true)
      #expect((events[2]["hint"] as? String)?.contains("steps") == true)
      #expect((events[4]["hint"] as? String)?.contains("train") == true)
    }
  }

  @Test(arguments: [
    ("print (1", "syntax"), ("print \"a", "syntax"), ("x = 99999999999999999999", "syntax"),
    ("blorb", "name"), ("env CartPole-v1 gravty=3", "name"), ("break", "syntax"),
    ("print len(1, 2)", "call"), ("train steps=\"x\"", "type"), ("train steps=-1", "value"),
  ])
  func `what is wrong before running exits with 2`(code: String, kind: String) throws {
    try inFolder { subject in
      let result = try subject.run(code: code, json: true)
      #expect(result.status == 2)
      #expect(result.events.first?["kind"] as? String == kind, "\(result.output)")
    }
  }

  @Test(arguments: [
    ("print 1 / 0", "value"), ("print [1][3]", "index"), ("print {a: 1}.b", "key"),
    ("print \"n\" + 1", "type"), ("print 9223372036854775807 + 1", "overflow"),
    ("fn f(x) => f(x + 1)\nprint f(0)", "depth"), ("fail(\"no\")", "fail"),
    ("assert(1 == 2)", "assert"), ("train", "command"), ("load nothing.safetensors", "file"),
    ("env CartPole-v1\nreset\nstep 7", "value"),
    ("env CartPole-v1\na = agent dqn\nfeedback (rollout a)", "command"),
  ])
  func `what goes wrong while running exits with 1`(code: String, kind: String) throws {
    try inFolder { subject in
      let result = try subject.run(code: code, json: true)
      #expect(result.status == 1, "\(result.output)")
      let error = try #require(result.events.last)
      #expect(error["event"] as? String == "error")
      #expect(error["stage"] as? String == "run")
      #expect(error["kind"] as? String == kind, "\(result.output)")
    }
  }

  @Test func `where no person can be asked the error names the mend`() throws {
    try inFolder { subject in
      let result = try subject.run(code: "env CartPole-v1\na = agent dqn\nfeedback (rollout a)")
      #expect(result.status == 1)
      #expect(result.errors.contains("from="))
    }
  }

  @Test func `a file that is not there exits with 2`() throws {
    try inFolder { subject in
      for arguments in [["nothing.rlhs"], ["--no-such-flag"], ["check"]] {
        let status = try subject.run(arguments).status
        #expect(status == 2, "\(arguments)")
      }
    }
  }

  @Test func `a closed pipe ends quietly`() throws {
    try inFolder { subject in
      let pipe = Pipe()
      let errors = Pipe()
      let process = try subject.start(
        ["-c", "for i in 1..300000 { print i }"], output: pipe, errors: errors)
      try pipe.fileHandleForReading.close()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit)
      #expect(process.terminationStatus == 0)
      #expect(errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
    }
  }

  @Test func `output that cannot be written exits with 1`() throws {
    try inFolder { subject in
      let process = try subject.start(
        ["-c", "print 1"], output: try FileHandle(forWritingTo: URL(filePath: "/dev/full")),
        errors: FileHandle.nullDevice)
      process.waitUntilExit()
      #expect(process.terminationStatus == 1)
    }
  }

  @Test func `a script stays below its project folder`() throws {
    try inFolder { subject in
      let outside = FileManager.default.temporaryDirectory.appending(
        path: "outside-\(UUID().uuidString).safetensors")
      let result = try subject.run(
        code: "env CartPole-v1\na = agent dqn\nsave a \"\(outside.path)\"", json: true)
      #expect(result.status == 1)
      #expect(result.events.last?["kind"] as? String == "file")
      #expect(!FileManager.default.fileExists(atPath: outside.path))
    }
  }
}

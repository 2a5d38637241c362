import Foundation
import Testing

/// Searches as a script sees them.
@Suite(.enabled(if: Subject.binary != nil)) struct SearchTests {
  private func inFolder<T>(_ body: (Subject) throws -> T) throws -> T {
    let subject = try Subject()
    defer { subject.remove() }
    return try body(subject)
  }

  private static let table = """

    for t in (trials s) { print t.number t.x t.values t.state }
    print s.best.number s.best_value
    """

  @Test(
    arguments: ["grid", "random", "tpe", "gp", "cmaes"], ["none", "median", "asha", "hyperband"])
  func `the workers' number changes no trial, value or winner`(
    sampler: String, pruner: String
  ) throws {
    let space = sampler == "grid" ? "(list(linspace(-2, 2, 13)))" : "uniform(-2, 2)"
    let outputs = try [1, 2, 4].map { jobs in
      try inFolder { subject in
        // What takes longer for some than for others.
        let result = try subject.run(
          code: """
            fn f(p, at) {
              n = 0
              for i in 1..(if p.x > 0 { 20_000 } else { 10 }) { n += i }
              return (p.x - 1) ** 2 - at.steps / 100 + n * 0
            }
            s = search \(sampler) trials=13 seed=5 steps=27 seeds=2 jobs=\(jobs) pruner=\(pruner) \
            over={x: \(space)} objective=f direction=minimize\(Self.table)
            """)
        #expect(result.status == 0, "\(result.errors)")
        return result.output
      }
    }
    #expect(outputs[0].split(separator: "\n").count == 14)
    #expect(outputs[1] == outputs[0])
    #expect(outputs[2] == outputs[0])
  }

  private static let training = """
    e = env CartPole-v1 seed=3
    a = agent dqn layers=[16] batch_size=16

    """

  private static let rungs = """
    s = search tpe trials=11 steps=1800 pruner=asha over={gamma: [0.9, 0.95, 0.99], \
    learning_rate: loguniform(1e-4, 1e-2)}

    """

  private static let trainedTable = """
    for t in (trials s) { print t.number t.learning_rate t.gamma t.values t.state t.repeats }
    print s.best.number s.best_value
    print (hash s.best_agent)
    """

  @Test func `a population is the same for any number of workers, and leaves only its ends`() throws
  {
    let outputs = try [1, 3].map { jobs in
      try inFolder { subject in
        let result = try subject.run(
          code: Self.training + """
            s = search random trials=8 steps=1200 pruner=pbt rungs=4 jobs=\(jobs) \
            over={learning_rate: loguniform(1e-5, 1e-2), gamma: [0.9, 0.95, 0.99]}
            for t in s.trials { print t.number t.values t.state t.params t.rungs }
            print s.best.number s.best_value (hash s.best_agent)
            print any(map(s.trials, fn(t) => any(map(t.rungs, fn(r) => r.donor != null))))
            """)
        #expect(result.status == 0, "\(result.errors)")
        let kept = try FileManager.default.contentsOfDirectory(
          atPath: subject.folder.appending(path: ".rlhs/checkpoints").path)
        #expect(kept.allSatisfy { $0.hasSuffix("-1200.safetensors") }, "\(kept)")
        return result.output
      }
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0].hasSuffix("true\n"), "\(outputs[0])")
  }

  @Test(arguments: [
    ("over={layers: [[8], [16]]}", "`layers` cannot be changed"),
    ("over={algorithm: [\"dqn\", \"ppo\"]}", "the algorithm cannot change while an agent learns"),
    ("over={gamma: [0.9, 0.99]} asynchronous=true", "compares trials by a fixed order"),
    ("over={gamma: [0.9, 0.99]} confirm=true", "which one trial with fixed ones cannot repeat"),
    ("over={x: [1, 2]} objective=fn(p, at) => p.x", "needs agents that go on"),
  ])
  func `what a population cannot do is refused before it begins`(
    options: String, message: String
  ) throws {
    try inFolder { subject in
      let result = try subject.run(
        code: Self.training + "s = search random trials=8 steps=1200 pruner=pbt \(options)")
      #expect(result.status == 1)
      #expect(result.errors.contains(message), "\(result.errors)")
    }
  }

  @Test func `training from rung to rung is the same for any number of workers`() throws {
    let outputs = try [1, 3].map { jobs in
      try inFolder { subject in
        let search = Self.rungs.replacing("trials=", with: "jobs=\(jobs) trials=")
        let result = try subject.run(code: Self.training + search + Self.trainedTable)
        #expect(result.status == 0, "\(result.errors)")
        // Only what can still be used is kept.
        let kept = try FileManager.default.contentsOfDirectory(
          atPath: subject.folder.appending(path: ".rlhs/checkpoints").path)
        #expect(kept.allSatisfy { $0.hasSuffix("-1800.safetensors") }, "\(kept)")
        return result.output
      }
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0].contains("pruned") && outputs[0].contains("complete"))
  }

  @Test func `a search that is killed and resumed ends as if it had not been`() throws {
    let whole = try inFolder {
      try $0.run(code: Self.training + Self.rungs + Self.trainedTable).output
    }
    let resumed = try inFolder { subject in
      let process = try subject.start(
        ["-c", Self.training + Self.rungs], output: FileHandle.nullDevice,
        errors: FileHandle.nullDevice)
      // When the first checkpoint is there, a rung at least is over or about to be.
      let checkpoints = subject.folder.appending(path: ".rlhs/checkpoints").path
      while process.isRunning,
        (try? FileManager.default.contentsOfDirectory(atPath: checkpoints))?.isEmpty != false
      {
        usleep(1000)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let result = try subject.run(code: Self.training + "s = resume s\n" + Self.trainedTable)
      #expect(result.status == 0, "\(result.errors)")
      return result.output
    }
    #expect(whole.contains("complete"))
    #expect(resumed == whole)
  }

  @Test func `Ctrl-C stops a search, which says how to go on, and goes on to the same end`() throws
  {
    let whole = try inFolder {
      try $0.run(code: Self.training + Self.rungs + Self.trainedTable).output
    }
    let resumed = try inFolder { subject in
      let errors = Pipe()
      let process = try subject.start(
        ["-c", Self.training + Self.rungs], output: FileHandle.nullDevice, errors: errors)
      var said = ""
      while !said.contains(" steps: score ") {
        said += String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
      }
      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      said += String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(said.contains("`s = resume s` goes on"), "\(said)")
      return try subject.run(code: Self.training + "s = resume s\n" + Self.trainedTable).output
    }
    #expect(resumed == whole)
  }

  @Test func `a function is searched on in another process with all that it reads`() throws {
    try inFolder { subject in
      let made = try subject.run(
        code: """
          k = 3
          fn h(x) => (x - k) ** 2
          s = search tpe trials=12 seed=1 over={x: uniform(-5, 10)} objective=fn(p) => h(p.x)
          print s.best_value
          """)
      #expect(made.status == 0, "\(made.errors)")
      let resumed = try subject.run(code: "s = resume s\nprint s.best_value")
      #expect(resumed.output == made.output)
    }
  }

  @Test(arguments: [
    ("search grid over={} objective=fn(p) => 1", "name what is searched"),
    ("search grid over={x: []} objective=fn(p) => 1", "a value at least"),
    ("search random over={x: uniform(2, 1)} objective=fn(p) => 1", "uniform(1, 2)"),
    ("search random over={x: int(2, 1)} objective=fn(p) => 1", "int(1, 2)"),
    ("search random over={x: loguniform(0, 1)} objective=fn(p) => 1", "1e-6"),
    ("search grid over={x: uniform(0, 1)} objective=fn(p) => 1", "list the values"),
    ("search random over={x: 3} objective=fn(p) => 1", "[3]"),
    ("search random over={x: [1]} pruner=asha objective=fn(p) => 1", "at.steps"),
    ("search grid over={learning_rat: [1e-3]}", "learning_rate"),
    ("search grid over={algorithm: [\"dqm\"]}", "dqn"),
  ])
  func `a wrong space is refused before the first trial, with the mend`(
    code: String, hint: String
  ) throws {
    try inFolder { subject in
      let events = try subject.run(code: Self.training + code, json: true).events
      #expect(events.last?["event"] as? String == "error")
      #expect((events.last?["hint"] as? String)?.contains(hint) == true, "\(events)")
      #expect(!events.contains { $0["event"] as? String == "trial" })
    }
  }

  @Test func `a value outside a parameter's domain is refused before the first trial`() throws {
    try inFolder { subject in
      let result = try subject.run(code: Self.training + "search grid over={batch_size: [32, 0]}")
      #expect(result.status == 1)
      #expect(result.errors.contains("`batch_size` takes an integer from 1"))
    }
  }

  @Test func `a given name stands for one search`() throws {
    try inFolder { subject in
      let search = "s = search grid over={x: [1, 2]} name=\"one\" objective=fn(p) => p.x\n"
      let first = try subject.run(code: search + "print s.best_value", json: true)
      #expect(first.events.count { $0["event"] as? String == "trial" } == 2)
      let again = try subject.run(code: search + "print s.best_value", json: true)
      #expect(again.events.count { $0["event"] as? String == "trial" } == 0)
      #expect(again.events.last?["text"] as? String == "2.0")
      let other = try subject.run(code: search.replacing("p.x", with: "p.x + 1"))
      #expect(other.status == 1)
      #expect(other.errors.contains("another name"))
    }
  }

  @Test func `a script that is run again searches again, under another name in the record`() throws
  {
    try inFolder { subject in
      let search = "s = search random seed=2 over={x: uniform(0, 1)} objective=fn(p) => p.x\n"
      let outputs = try (0..<2).map { _ in try subject.run(code: search + "print s.trials").output }
      let counts = try (0..<2).map { _ in
        try subject.run(code: search, json: true).events.count { $0["event"] as? String == "trial" }
      }
      #expect(counts == [10, 10])
      let values = outputs.map { $0.replacing(/seconds: [^,]*/, with: "") }
      #expect(values[0] == values[1])
    }
  }

  @Test func `an own loop asks and tells, and goes on in another process`() throws {
    try inFolder { subject in
      let loop = """
        for i in 1..6 {
          t = ask s
          tell s t (t.params.x - 1) ** 2
        }
        """
      let first = try subject.run(
        code: """
          s = search tpe trials=0 name="mine" seed=4 over={x: uniform(-4, 4)} direction=minimize
          \(loop)
          """)
      #expect(first.status == 0, "\(first.errors)")
      let second = try subject.run(
        code: "s = resume mine\n\(loop)\nprint map(s.trials, fn(t) => t.params.x)")
      let whole = try subject.run(
        code: """
          s = search tpe trials=0 seed=4 over={x: uniform(-4, 4)} direction=minimize
          \(loop)
          \(loop)
          print map(s.trials, fn(t) => t.params.x)
          """)
      #expect(second.output == whole.output)
      #expect(whole.output.contains(","))
    }
  }

  @Test func `what a person or a function says can be what is searched for`() throws {
    try inFolder { subject in
      let search = Self.training + "s = search random trials=3 steps=300 over={gamma: [0.9, 0.99]} "
      let asked = try subject.run(code: search + "objective=feedback")
      #expect(asked.status == 1)
      #expect(asked.errors.contains("from="))
      let result = try subject.run(
        code: search + "objective=feedback from=fn(ep) => ep.length / 500\nprint s.best_value\n"
          + "print len((ledger))")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.hasSuffix("3\n"))
    }
  }

  @Test func `the best of a noisy search are tried again with fresh seeds, within its trials`()
    throws
  {
    try inFolder { subject in
      let result = try subject.run(
        code: Self.training
          + "s = search random trials=10 steps=300 over={gamma: [0.9, 0.99]}\n"
          + "print len(s.trials) map(filter(s.trials, fn(t) => t.repeats != null), fn(t) => t.number)\n"
          + "print mean(s.best.fresh_values) == s.best_value len(s.best.fresh_values)")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == "10 [7, 8, 9]\ntrue 3\n")
    }
  }

  @Test func `the algorithm itself can be searched, each with its own parameters`() throws {
    try inFolder { subject in
      let result = try subject.run(
        code: Self.training
          + "s = search grid steps=300 over={algorithm: {dqn: {gamma: [0.9]}, ppo: {clip_range: [0.1, 0.2]}}}\n"
          + "print map(s.trials, fn(t) => t.params)")
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.output
          == "[{algorithm: \"dqn\", gamma: 0.9}, {algorithm: \"ppo\", clip_range: 0.1}, "
          + "{algorithm: \"ppo\", clip_range: 0.2}]\n")
    }
  }
}

import Foundation
import Testing

/// Errors that only the whole program has, to the letter: those of files and commands, and Ctrl-C.
@Suite(.enabled(if: Subject.binary != nil)) struct ErrorTests {
  private func inFolder<T>(_ body: (Subject) throws -> T) throws -> T {
    let subject = try Subject()
    defer { subject.remove() }
    return try body(subject)
  }

  @Test(arguments: [
    (
      "x = load nothing.safetensors",
      """
      error: nothing.safetensors cannot be read: No such file or directory
        <command>:1:5
        1 | x = load nothing.safetensors
          |     ^^^^ check the path; it is relative to the working folder

      """
    ),
    (
      "n = 1\ntrain steps=n",
      """
      error: there is no agent yet
        <command>:2:1
        2 | train steps=n
          | ^^^^^ make one with `agent dqn`

      """
    ),
    (
      "env CartPole-v1\nreset\nfor i in 1..500 {\n  step 0\n}",
      """
      error: the episode of CartPole-v1 is over: reset it first
        <command>:4:3
        4 |   step 0
          |   ^^^^

      """
    ),
  ])
  func `errors of files and commands are written with their place and mend`(
    code: String, errors: String
  ) throws {
    try inFolder { subject in
      let result = try subject.run(code: code)
      #expect(result.status == 1)
      #expect(result.errors == errors)
    }
  }

  @Test(arguments: [
    (
      "try { x = load nothing.safetensors } catch e { print e.kind e.line e.column e.message }",
      "file 1 11 nothing.safetensors cannot be read: No such file or directory\n"
    ),
    (
      "try {\n  train\n} catch e { print e.kind e.line e.column e.message }",
      "command 2 3 there is no agent yet\n"
    ),
    (
      "fn f() {\n  train\n}\ntry { f() } catch e { try { fail(e) } catch again { print again == e again.line } }",
      "true 2\n"
    ),
  ])
  func `errors of files and commands are caught like others`(code: String, output: String) throws {
    try inFolder { subject in
      let result = try subject.run(code: code)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == output)
    }
  }

  @Test(arguments: [
    "while true { x = 1 }", "for i in 1..9223372036854775807 { x = i }",
    "fn f(n) { if n == 0 { return 0 }; f(n - 1) }\nwhile true { f(100) }",
    "while true { reset; step 1 }",
  ])
  func `Ctrl-C ends a program and no catch sees it`(endless: String) throws {
    try inFolder { subject in
      let output = Pipe()
      // Results are written in large pieces; an event, such as that of a training, at once.
      let code = """
        env CartPole-v1
        agent dqn layers=[8] n_eval_episodes=0
        train steps=64
        try {
        \(endless)
        } catch e { print "caught" }
        print "goes on"
        """
      let process = try subject.start(
        ["--json", "-c", code], output: output,
        errors: FileHandle.nullDevice)
      var seen = ""
      while !seen.contains("\"event\":\"train\"") {
        let more = output.fileHandleForReading.availableData
        if more.isEmpty { break }
        seen += String(decoding: more, as: UTF8.self)
      }
      usleep(100_000)
      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      seen += String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(process.terminationReason == .exit)
      #expect(process.terminationStatus == 130)
      #expect(!seen.contains("caught") && !seen.contains("goes on"))
    }
  }
}

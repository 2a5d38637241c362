import Glibc
import Language
import Schema

/// One start of the program: what to run and how, from the command line to the exit code.
package struct Program {
  package enum Input {
    case prompt
    /// A program on standard input, read whole.
    case standardInput
    case code(String)
    case script(path: String)
    /// Everything that can be known of a script without running it.
    case check(path: String)
    /// Answers an editor over standard input and output.
    case languageServer
    /// The editor's grammar on standard output; with a folder an extension for editors into it.
    case grammar(folder: String?)
    /// The reference as pages into a folder.
    case reference(folder: String)
  }

  package var input = Input.prompt
  package var json: Bool
  /// The project's folder; nil finds it.
  package var project: String?
  /// What the map `args` holds.
  package var arguments: [(name: String, text: String)] = []
  /// Shows a script's cells with their numbers as they run.
  package var showsCells = false
  /// Where a report of the script goes once it has ended; nil for none.
  package var reportPath: String?
  /// How the program is started, as its help says it: for the manual page.
  package var usage = ""

  package init(json: Bool, project: String?) {
    self.json = json
    self.project = project
  }

  private enum ExitCode {
    static let done: Int32 = 0
    static let failedRunning: Int32 = 1
    static let wrongBefore: Int32 = 2
    static let interrupted: Int32 = 130
  }

  /// Runs to the end and gives the exit code.
  package func run() -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    InterruptFlag.shared.install()
    let output = Output(isJSON: json)
    defer { output.flush() }
    do {
      switch input {
      case .prompt: return try prompt(output)
      case .standardInput:
        return try run(
          Source(name: "<stdin>", text: TextFile.read(STDIN_FILENO, name: "<stdin>")), output)
      case .code(let code): return try run(Source(name: "<command>", text: code), output)
      case .script(let path):
        return try run(Source(name: path, text: TextFile.read(path)), output)
      case .check(let path):
        return try check(Source(name: path, text: TextFile.read(path)), output)
      case .languageServer:
        return LanguageServer(try session(Output(isJSON: false, destination: .nowhere))).run()
      case .grammar(let folder):
        try EditorGrammar(try session(output).interpreter.catalogue).write(to: folder, output)
        return ExitCode.done
      case .reference(let folder):
        try Manual.write(session(output).interpreter.catalogue, usage: usage, to: folder)
        return ExitCode.done
      }
    } catch {
      output.report(
        RunError(converting: error), stage: "run", in: Source(name: "rlhs", text: ""))
      return ExitCode.wrongBefore
    }
  }

  private func session(_ output: Output, isPrompt: Bool = false) throws(RunError) -> Session {
    var allowed = arguments.map(\.text)
    if case .script(let path) = input { allowed.append(path) }
    let project = try Project(folder: project, allowed: allowed, isConfined: !isPrompt)
    let session = Session(output: output, project: project, isPrompt: isPrompt)
    var map = OrderedMap()
    for (name, text) in arguments { map[name] = Self.argument(text) }
    session.interpreter.define("args", .map(map))
    return session
  }

  /// Numbers, true, false and null as such, anything else as a string.
  private static func argument(_ text: String) -> Value {
    switch text {
    case "true": .boolean(true)
    case "false": .boolean(false)
    case "null": .null
    default: Value(number: text) ?? .string(text)
    }
  }

  private func run(_ source: Source, _ output: Output) throws(RunError) -> Int32 {
    let session = try session(output)
    let diagnostics = session.interpreter.check(source)
    for diagnostic in diagnostics { output.report(diagnostic, stage: "check") }
    if diagnostics.contains(where: { $0.severity == .error }) { return ExitCode.wrongBefore }
    let code = run(source, in: session)
    if let reportPath { try ExportCommand.write(.ofScript(session, source), to: reportPath) }
    return code
  }

  /// Runs a script that was checked, from cell to cell, and gives the exit code.
  private func run(_ source: Source, in session: Session) -> Int32 {
    let output = session.output
    var cells = ScriptCells(source)
    do {
      try session.run(source) { statement in
        for cell in cells.entered(by: statement) {
          session.journal.end(.succeeded, items: output.takeItems())
          session.journal.begin(cell)
          if showsCells { output.announce(cell) }
        }
      } show: { value in
        output.show(value)
      }
      for job in session.jobs { _ = try waiting { try session.wait(for: job) } }
      session.journal.end(.succeeded, items: output.takeItems())
      return ExitCode.done
    } catch {
      session.stopJobs()
      session.journal.end(
        error.isQuit ? .succeeded : error.isInterrupt ? .interrupted : .failed,
        items: output.takeItems())
      if error.isQuit { return ExitCode.done }
      output.report(error, stage: "run", in: source)
      return error.isInterrupt ? ExitCode.interrupted : ExitCode.failedRunning
    }
  }

  private func waiting<T>(_ work: () throws -> T) throws(RunError) -> T {
    do { return try work() } catch { throw RunError(converting: error) }
  }

  private func check(_ source: Source, _ output: Output) throws(RunError) -> Int32 {
    let diagnostics = try session(output).interpreter.check(source)
    for diagnostic in diagnostics { output.report(diagnostic, stage: "check") }
    return diagnostics.contains { $0.severity == .error } ? ExitCode.wrongBefore : ExitCode.done
  }

  private func prompt(_ output: Output) throws(RunError) -> Int32 {
    let session = try session(output, isPrompt: true)
    return PromptLoop(session: session).run()
  }
}

extension Output {
  /// The cell that begins, as the prompt shows it.
  fileprivate func announce(_ cell: Journal.Cell) {
    guard !isJSON else { return }
    let lines = cell.source.split(separator: "\n", omittingEmptySubsequences: false)
    let number = "[\(cell.number)] "
    let indent = String(repeating: " ", count: number.count)
    printAside(
      lines.enumerated().map { ($0.offset == 0 ? number : indent) + $0.element }
        .joined(separator: "\n"))
  }

  /// A run-time error, at its own place where it has one.
  func report(_ error: RunError, stage: String, in source: Source) {
    if error.isInterrupt {
      note("interrupted")
      return
    }
    // What concerns no place, such as a script that cannot be read.
    if !isJSON, error.span == nil {
      note(error.rendered(color: progressAppearance.color))
      return
    }
    report(
      Diagnostic(
        kind: error.kind, message: error.message, hint: error.hint, source: error.source ?? source,
        span: error.span ?? Span(0, 0)),
      stage: stage)
  }
}

import Schema

/// A session of the language: its names, and its variables from one input to the next.
///
/// An input is checked whole (`check`) before it is run, statement by statement (`run`). One thread
/// uses it at a time.
public final class Interpreter {
  package private(set) var catalogue: Catalogue
  package let evaluator: Evaluator
  private var vocabulary: Vocabulary
  private var globals = GlobalNames()

  package init(
    commands: [Command], builtins: [Builtin], families: [Family: [Declaration]] = [:],
    constants: [String: Value] = [:], handleKinds: [String] = [],
    program: ((_ path: String) -> Source?)? = nil,
    interrupt: Interrupt = Evaluator.interrupt
  ) {
    vocabulary = Vocabulary(
      commands: commands, builtins: builtins, families: families, constants: constants)
    vocabulary.program = program
    catalogue = Catalogue(
      commands: commands.map(\.declaration), functions: builtins.map(\.declaration),
      families: families, handleKinds: handleKinds)
    evaluator = Evaluator(interrupt: interrupt)
  }

  // MARK: Variables

  /// Gives a variable of the session a value, under any name, such as `_` or `args`.
  package func define(_ name: String, _ value: Value) {
    globals.add(name)
    evaluator.setGlobal(globals.index(name)!, to: value)
  }

  /// The value of a variable of the session; nil where it has none.
  package subscript(name: String) -> Value? { globals.index(name).flatMap(evaluator.global) }

  /// All variables of the session that have a value, in the order in which they were first named.
  package var variables: [(name: String, value: Value)] {
    globals.names.compactMap { name in self[name].map { (name: name, value: $0) } }
  }

  /// The name of the session's variable in that place.
  func globalName(_ index: Int) -> String { globals.names[index] }

  // MARK: Reading

  /// Whether a text can run, or more lines are wanted first.
  package func completeness(of text: String) -> Completeness {
    var vocabulary = vocabulary
    vocabulary.program = nil
    var parser = Parser(Source(name: "", text: text), vocabulary: vocabulary)
    return parser.completeness()
  }

  /// Everything that can be known without running, in order of place.
  package func check(_ source: Source) -> [Diagnostic] { prepare(source).diagnostics }

  /// The same, each with the UTF-8 offset in this source at which it is told: of what is wrong in a
  /// file which a command runs, that of the command.
  package func placedDiagnostics(of source: Source) -> [(place: Int, found: Diagnostic)] {
    let prepared = prepare(source)
    return Array(zip(prepared.places, prepared.diagnostics))
  }

  /// Which variables of the session a program reads as it finds them, and which it assigns.
  package func variables(in source: Source) -> (read: Set<String>, assigned: Set<String>) {
    let prepared = prepare(source)
    return (prepared.read, prepared.assigned)
  }

  private struct Prepared {
    var program: Program
    var vocabulary: Vocabulary
    var globals: GlobalNames
    var diagnostics: [Diagnostic]
    /// For each diagnostic where in the source it is told.
    var places: [Int]
    var read: Set<String>
    var assigned: Set<String>
  }

  private func prepare(_ source: Source) -> Prepared {
    var parser = Parser(source, vocabulary: vocabulary)
    let program = parser.program()
    var resolver = Resolver(
      source: source, vocabulary: parser.vocabulary, globals: globals,
      known: Set(globals.names.filter { self[$0] != nil }))
    resolver.resolve(program)
    resolver.report(parser.errors)
    if resolver.globals.names.count > Evaluator.mostGlobals {
      resolver.report(
        .name, "a session has at most \(Evaluator.mostGlobals) variables", at: Span(0, 0))
    }
    var diagnostics = zip(resolver.places, resolver.diagnostics).map { (place: $0, found: $1) }
    // With errors there may be more behind them than what was understood.
    if diagnostics.contains(where: { $0.found.severity == .error }) {
      diagnostics.removeAll { $0.found.severity == .warning }
    }
    // A stable order: those at one place stay as they were found, but for those within one file.
    let ordered = diagnostics.enumerated().sorted {
      ($0.element.place, $0.element.found.span.start, $0.offset)
        < ($1.element.place, $1.element.found.span.start, $1.offset)
    }
    return Prepared(
      program: program, vocabulary: parser.vocabulary, globals: resolver.globals,
      diagnostics: ordered.map(\.element.found), places: ordered.map(\.element.place),
      read: resolver.inputs, assigned: Ownership(program.statements).assignedInSession)
  }

  // MARK: Running

  /// Runs a program that `check` found no error in, statement by statement, and hands over the
  /// values that are to be shown. After an error the variables assigned before it keep their values.
  ///
  /// Throws the first error of the check where there is one, before anything runs. `willRun` is
  /// called before each statement.
  package func run(
    _ source: Source, willRun: (_ statement: Span) -> Void = { _ in },
    show: (_ value: Value, _ statement: Span) -> Void
  ) throws(RunError) {
    let prepared = prepare(source)
    if let first = prepared.diagnostics.first(where: { $0.severity == .error }) {
      throw RunError(first)
    }
    vocabulary = prepared.vocabulary
    globals = prepared.globals
    evaluator.reserveGlobals(globals.names.count)
    for statement in prepared.program.statements {
      willRun(statement.span)
      try run(statement, of: source, show: show)
    }
  }

  private func run(
    _ statement: Statement, of source: Source, show: (Value, Span) -> Void
  ) throws(RunError) {
    var compiler = Compiler(source: source, vocabulary: vocabulary)
    guard case .expression(let expression) = statement.form, expression.form.isShown else {
      let action = compiler.action(statement)
      _ = try evaluator.entering { () throws(RunError) in try action(evaluator.sessionFrame) }
      return
    }
    expression.form.markShown()
    let code = compiler.code(expression)
    let outer = evaluator.hasShownEvent
    evaluator.hasShownEvent = false
    defer { evaluator.hasShownEvent = outer }
    let value = try evaluator.entering { () throws(RunError) in
      try code(evaluator.sessionFrame)
    }
    if !value.isNull, !evaluator.hasShownEvent { show(value, statement.span) }
  }
}

extension RunError {
  /// What the check found, where a program is run without having been checked.
  init(_ diagnostic: Diagnostic) {
    self.init(diagnostic.kind, diagnostic.message, hint: diagnostic.hint)
    self = placed(at: diagnostic.span, in: diagnostic.source)
  }
}

extension Expression.Form {
  /// Whether a statement of this form shows its value: all but `if`.
  fileprivate var isShown: Bool { if case .conditional = self { false } else { true } }

  /// Tells the command whose value is shown that it is.
  fileprivate func markShown() {
    switch self {
    case .command(let command), .nameOrCommand(_, let command): command.isShown = true
    case .call(let call): call.command?.isShown = true
    default: break
    }
  }
}

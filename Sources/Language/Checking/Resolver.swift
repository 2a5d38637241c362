import Schema

/// Says of every name where its value lies, and finds what is wrong that can be known before
/// running.
struct Resolver {
  private(set) var source: Source
  let vocabulary: Vocabulary
  var globals: GlobalNames
  /// Variables of the session that have a value, or that this program gives one.
  var known: Set<String>
  private(set) var diagnostics: [Diagnostic] = []
  /// For each diagnostic the offset in the program at which it is told: that of the command where it
  /// is in a file which a command runs.
  private(set) var places: [Int] = []
  /// The command whose file is being resolved.
  private var outerPlace: Int?
  var scope: Scope
  /// Variables of the session whose values from before the program it reads.
  private(set) var inputs: Set<String> = []
  /// Those that the statements so far assign whole.
  private var assignedSoFar: Set<String> = []
  private var isInFunction: Bool { scope.kind == .function }

  init(source: Source, vocabulary: Vocabulary, globals: GlobalNames, known: Set<String>) {
    self.source = source
    self.vocabulary = vocabulary
    self.globals = globals
    self.known = known
    scope = Scope(.session, parent: nil)
  }

  mutating func resolve(_ program: Program) {
    let ownership = Ownership(program.statements)
    for name in ownership.assigned + ownership.globalsWithin.map(\.text) {
      globals.add(name)
      known.insert(name)
    }
    scope.functions = ownership.functions
    resolve(program.statements)
  }

  mutating func report(
    _ kind: ErrorKind, _ message: String, hint: String? = nil, at span: Span
  ) {
    add(Diagnostic(kind: kind, message: message, hint: hint, source: source, span: span))
  }

  mutating func add(_ diagnostic: Diagnostic) {
    diagnostics.append(diagnostic)
    places.append(outerPlace ?? diagnostic.span.start)
  }

  mutating func report(_ errors: [SyntaxError]) {
    for error in errors { report(error.kind, error.message, hint: error.hint, at: error.span) }
  }

  /// A program that a command runs from a file: as if it stood there, at the top of the session.
  mutating func resolve(_ sourced: SourcedProgram, at span: Span) {
    let outer = (source, scope, outerPlace)
    outerPlace = outerPlace ?? span.start
    source = sourced.program.source
    while let parent = scope.parent { scope = parent }
    let loopDepth = scope.loopDepth
    scope.loopDepth = 0
    report(sourced.errors)
    resolve(sourced.program.statements)
    scope.loopDepth = loopDepth
    (source, scope, outerPlace) = outer
  }

  // MARK: Statements

  mutating func resolve(_ block: Block) { resolve(block.statements) }

  mutating func resolve(_ statements: [Statement]) {
    for statement in statements { resolve(statement) }
    warnOfUnreachable(statements)
  }

  private mutating func resolve(_ statement: Statement) {
    switch statement.form {
    case .expression(let value): resolve(value)
    case .assign(let targets, let value):
      resolve(value)
      for target in targets { assign(target, isWhole: target.steps.isEmpty) }
      if targets.count == 1, targets[0].steps.isEmpty, !value.isCommand {
        scope.noteAssignment(of: targets[0].name)
      }
    case .update(let target, _, _, let value):
      resolve(value)
      assign(target, isWhole: false)
    case .for(let names, let iterated, let body):
      resolve(iterated)
      for name in names { place(assigned: name) }
      loop(body)
    case .while(let condition, let body):
      resolve(condition)
      loop(body)
    case .function(let name, let function):
      place(assigned: name)
      resolve(function)
    case .return(let value):
      if !isInFunction {
        report(
          .syntax, "`return` stands outside a function",
          at: Span(statement.span.start, statement.span.start + 6))
      }
      if let value { resolve(value) }
    case .break, .continue:
      guard scope.loopDepth == 0 else { return }
      let word = if case .break = statement.form { "break" } else { "continue" }
      report(
        .syntax, "`\(word)` stands outside a loop",
        at: Span(statement.span.start, statement.span.start + word.utf8.count))
    case .attempt(let body, let name, let handler):
      resolve(body)
      if let name { place(assigned: name) }
      resolve(handler)
    case .declare(let isGlobal, let names):
      checkDeclaration(isGlobal: isGlobal, names, at: statement.span)
    case .unknownCommand(let name, let unexpected, let text):
      if isVariable(name.text) {
        report(.syntax, "unexpected `\(text)`", at: unexpected.span)
      } else {
        reportUnknownCommand(name)
      }
    }
  }

  private mutating func loop(_ body: Block) {
    scope.loopDepth += 1
    resolve(body)
    scope.loopDepth -= 1
  }

  private mutating func checkDeclaration(isGlobal: Bool, _ names: [Name], at span: Span) {
    let word = isGlobal ? "global" : "nonlocal"
    let keyword = Span(span.start, span.start + word.utf8.count)
    guard isInFunction else {
      report(.syntax, "`\(word)` stands outside a function", at: keyword)
      return
    }
    for name in names where !isGlobal {
      let owner = scope.parent?.owner(of: name.text)
      if owner == nil {
        report(
          .name, "no function around this one owns `\(name.text)`",
          hint: isVariable(name.text) ? "`global \(name.text)`" : nil, at: name.span)
      } else if owner?.kind == .definition {
        report(
          .syntax, "the functions of a definition cannot assign its `\(name.text)`", at: keyword)
      }
    }
  }

  // MARK: Functions

  mutating func resolve(_ function: FunctionSyntax) {
    let inner = Scope(function.isDefinition ? .definition : .function, parent: scope)
    for (name, _) in function.parameters { inner.declare(name.text) }
    let ownership = Ownership(function.statements)
    inner.globals = Set(ownership.globals.map(\.text))
    inner.nonlocals = Set(ownership.nonlocals.map(\.text))
    for name in ownership.globals + ownership.nonlocals where inner.owns(name.text) {
      report(.syntax, "`\(name.text)` is a parameter of this function", at: name.span)
    }
    for name in ownership.assigned
    where !inner.globals.contains(name) && !inner.nonlocals.contains(name) {
      inner.declare(name)
    }
    inner.functions = ownership.functions
    let outer = scope
    scope = inner
    for (name, defaultValue) in function.parameters {
      if let defaultValue { resolve(defaultValue) }
      place(name)
    }
    resolve(function.statements)
    warnOfUnused(in: inner)
    function.layout = inner.layout
    scope = outer
  }

  // MARK: Names

  /// Where an assigned or read name lies, or `.unresolved` where nobody has it.
  mutating func place(_ name: Name) {
    let text = name.text
    if !scope.globals.contains(text), scope.kind != .session {
      if let variable = scope.variables[text] {
        name.place = .local(variable)
        return
      }
      if let slot = scope.capture(text) {
        name.place = .captured(slot)
        return
      }
    }
    let builtin = vocabulary.value(of: text)
    if known.contains(text), let index = globals.index(text) {
      name.place = .global(index, fallback: builtin)
    } else if let builtin {
      name.place = .constant(builtin)
    }
  }

  /// A name that gets a value.
  private mutating func place(assigned name: Name) {
    place(name)
    if scope.kind == .session { assignedSoFar.insert(name.text) }
  }

  /// A name whose value is used.
  mutating func place(read name: Name) {
    place(name)
    scope.noteRead(name.text)
    if case .global = name.place, !assignedSoFar.contains(name.text) { inputs.insert(name.text) }
  }

  /// Whether a name means a variable here, of a function around or of the session.
  func isVariable(_ name: String) -> Bool { scope.owner(of: name) != nil || known.contains(name) }

  private mutating func assign(_ target: Target, isWhole: Bool) {
    for case .index(let index) in target.steps { resolve(index) }
    let name = target.name
    if isWhole { return place(assigned: name) }
    place(read: name)
    let text = name.text
    switch name.place {
    case .local: return
    case .captured:
      if scope.nonlocals.contains(text) { return }
      let isDefinitions = scope.owner(of: text)?.kind == .definition
      report(
        .name,
        isDefinitions
          ? "the functions of a definition cannot assign its `\(text)`"
          : "`\(text)` belongs to the function around, and is only read here",
        hint: isDefinitions ? nil : "`nonlocal \(text)`", at: name.span)
    case .global:
      if scope.kind == .session || scope.globals.contains(text) { return }
      report(
        .name, "`\(text)` belongs to the session, and is only read here",
        hint: "`global \(text)`", at: name.span)
    case .constant:
      report(
        .name, "`\(text)` is built in, and no variable of that name has a value", at: name.span)
    case .unresolved, .command: reportUnknown(name)
    }
  }

  mutating func reportUnknown(_ name: Name) {
    if vocabulary.commands[name.text] != nil {
      report(
        .name, "`\(name.text)` is a command, and this is no place for one",
        hint: "put it in parentheses, as `(\(name.text))`", at: name.span)
      return
    }
    report(
      .name, "unknown name `\(name.text)`", hint: suggestion(name.text, among: visibleNames()),
      at: name.span)
  }

  mutating func reportUnknownCommand(_ name: Name) {
    report(
      .name, "unknown command `\(name.text)`",
      hint: suggestion(name.text, among: vocabulary.commands.keys.sorted() + visibleNames()),
      at: name.span)
  }

  func suggestion(_ word: String, among candidates: [String]) -> String? {
    nearest(to: word, among: candidates).map { "did you mean `\($0)`?" }
  }

  private func visibleNames() -> [String] {
    var names: [String] = []
    var scope: Scope? = scope
    while let current = scope {
      names += current.variables.keys.sorted()
      scope = current.parent
    }
    return names + known.sorted() + vocabulary.builtins.keys.sorted()
      + vocabulary.constants.keys.sorted() + vocabulary.commands.keys.sorted()
  }
}

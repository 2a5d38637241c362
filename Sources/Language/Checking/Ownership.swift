/// What a function, a definition or the session assigns whole, and so owns: found before anything in
/// it is resolved, because a name may be read above the place where it is assigned.
struct Ownership {
  private(set) var assigned: [String] = []
  private(set) var functions: [String: FunctionSyntax] = [:]
  private(set) var globals: [Name] = []
  private(set) var nonlocals: [Name] = []
  /// Names that functions within assign in the session.
  private(set) var globalsWithin: [Name] = []
  /// Names that may stand for functions it calls, also from functions within.
  private(set) var read: Set<String> = []
  /// The keyword of every `global` and `nonlocal`, also of functions within.
  private(set) var keywords: [(word: String, span: Span)] = []

  init(_ statements: [Statement]) { visit(statements) }

  /// What the session gets, for the statements of the session.
  var assignedInSession: Set<String> { Set(assigned + globalsWithin.map(\.text)) }

  private mutating func visit(_ block: Block) { visit(block.statements) }

  private mutating func visit(_ statements: [Statement]) {
    for statement in statements { visit(statement) }
  }

  private mutating func visit(_ statement: Statement) {
    switch statement.form {
    case .expression(let value): visit(value)
    case .assign(let targets, let value):
      for target in targets {
        if target.steps.isEmpty { assigned.append(target.name.text) }
        visit(target)
      }
      visit(value)
    case .update(let target, _, _, let value):
      visit(target)
      visit(value)
    case .for(let names, let iterated, let body):
      assigned += names.map(\.text)
      visit(iterated)
      visit(body)
    case .while(let condition, let body):
      visit(condition)
      visit(body)
    case .function(let name, let function):
      assigned.append(name.text)
      functions[name.text] = function
      visit(function)
    case .return(let value): if let value { visit(value) }
    case .attempt(let body, let name, let handler):
      if let name { assigned.append(name.text) }
      visit(body)
      visit(handler)
    case .declare(let isGlobal, let names):
      if isGlobal { globals += names } else { nonlocals += names }
      let word = isGlobal ? "global" : "nonlocal"
      let start = statement.span.start
      keywords.append((word: word, span: Span(start, start + word.utf8.count)))
    case .break, .continue, .unknownCommand: break
    }
  }

  private mutating func visit(_ target: Target) {
    for case .index(let index) in target.steps { visit(index) }
  }

  /// Blocks within expressions belong to the same scope; functions and definitions do not, but may
  /// assign the session's names.
  private mutating func visit(_ expression: Expression) {
    switch expression.form {
    case .conditional(let conditional):
      for (condition, block) in conditional.branches {
        visit(condition)
        visit(block)
      }
      if let otherwise = conditional.otherwise { visit(otherwise) }
    case .block(let block):
      if let definition = block.definition { visit(definition) } else { visit(block.block) }
    case .function(let function): visit(function)
    case .name(let name): read.insert(name.text)
    case .command(let command), .nameOrCommand(_, let command):
      if let sourced = command.sourced { visit(sourced) }
      expression.form.forEachChild { visit($0) }
    default: expression.form.forEachChild { visit($0) }
    }
  }

  /// What a program in a file assigns belongs to the session, wherever it is run from.
  private mutating func visit(_ sourced: SourcedProgram) {
    let inner = Ownership(sourced.program.statements)
    globalsWithin += inner.assigned.map { Name($0, Span(0, 0)) } + inner.globalsWithin
    functions.merge(inner.functions) { own, _ in own }
  }

  private mutating func visit(_ function: FunctionSyntax) {
    let inner = Ownership(function.statements)
    read.formUnion(inner.read)
    globalsWithin += inner.globals + inner.globalsWithin
    keywords += inner.keywords
  }
}

extension FunctionSyntax {
  /// The body as statements; `=> x` is the statement `x`.
  var statements: [Statement] {
    switch body {
    case .block(let block), .definition(let block): block.statements
    case .expression(let value): [Statement(span: value.span, form: .expression(value))]
    }
  }
}

extension Expression.Form {
  /// The expressions directly within, blocks and functions left out.
  func forEachChild(_ body: (Expression) -> Void) {
    switch self {
    case .null, .boolean, .integer, .real, .string, .word, .name, .conditional, .function, .block:
      break
    case .nameOrCommand(_, let command): command.arguments.forEach { body($0.value) }
    case .interpolation(let pieces):
      for case .value(let value, _, _) in pieces { body(value) }
    case .list(let elements): elements.forEach(body)
    case .map(let entries):
      for entry in entries {
        body(entry.key)
        body(entry.value)
      }
    case .not(let value, _), .negate(let value, _), .plus(let value, _), .member(let value, _, _):
      body(value)
    case .and(let left, let right, _), .or(let left, let right, _),
      .binary(_, let left, let right, _),
      .index(let left, let right):
      body(left)
      body(right)
    case .range(let start, let end, let step, _, _):
      body(start)
      body(end)
      if let step { body(step) }
    case .call(let call):
      body(call.callee)
      call.arguments.forEach { body($0.value) }
    case .command(let command): command.arguments.forEach { body($0.value) }
    }
  }
}

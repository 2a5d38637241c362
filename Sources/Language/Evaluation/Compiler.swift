import Schema

/// Turns resolved syntax into closures. Common shapes (a variable and a constant, a comparison that
/// decides a branch, `x += c`) become one closure each.
struct Compiler {
  let source: Source
  let vocabulary: Vocabulary
  /// Nil for code of the session, whose frame is the session's variables.
  let function: FunctionSyntax?
  /// The session's variables that the code reads, also in functions within: what a frozen copy takes
  /// along.
  var globals: Set<Int> = []
  /// Whether the expression being compiled holds a statement that leaves it.
  var leavesExpression = false

  init(source: Source, vocabulary: Vocabulary, function: FunctionSyntax? = nil) {
    self.source = source
    self.vocabulary = vocabulary
    self.function = function
  }

  func site(_ span: Span) -> Site { Site(source, span) }

  /// Where a variable's value lies, for the frame of this code.
  enum Storage {
    case slot(Int)
    case box(Int)
    /// A variable of the session, in a function; or one that may have no value yet, where a
    /// built-in of its name stands in.
    case global(Int, fallback: Value?)
    case constant(Value)
  }

  mutating func storage(of name: Name) -> Storage {
    switch name.place {
    case .local(let variable): return variable.isBoxed ? .box(variable.slot) : .slot(variable.slot)
    case .captured(let slot): return .box(slot)
    case .global(let index, let fallback):
      globals.insert(index)
      return function == nil && fallback == nil ? .slot(index) : .global(index, fallback: fallback)
    case .constant(let value): return .constant(value)
    case .unresolved, .command:
      preconditionFailure("`\(name.text)` is compiled although nobody has it")
    }
  }

  // MARK: Reading and writing variables

  mutating func read(_ name: Name) -> Code {
    let site = site(name.span)
    let text = name.text
    switch storage(of: name) {
    case .slot(let slot):
      return { frame throws(RunError) in
        let value = frame.slots[slot]
        if value.isUnset { throw noValue(text, site) }
        return value
      }
    case .box(let slot):
      return { frame throws(RunError) in
        let value = box(frame.slots[slot]).value
        if value.isUnset { throw noValue(text, site) }
        return value
      }
    case .global(let index, let fallback):
      return { frame throws(RunError) in
        let value = frame.state.pointee.globals[index]
        if value.isUnset {
          if let fallback { return fallback }
          throw noValue(text, site)
        }
        return value
      }
    case .constant(let value): return { _ throws(RunError) in value }
    }
  }

  /// What stores a value in a variable.
  mutating func write(_ name: Name) -> (Frame, Value) -> Void {
    switch storage(of: name) {
    case .slot(let slot): return { frame, value in frame.slots[slot] = value }
    case .box(let slot): return { frame, value in box(frame.slots[slot]).value = value }
    case .global(let index, _):
      return { frame, value in frame.state.pointee.globals[index] = value }
    case .constant: preconditionFailure("a constant is assigned")
    }
  }

  // MARK: Blocks

  /// The statements of a block for what they do.
  mutating func action(_ block: Block) -> Action { action(block.statements) }

  mutating func action(_ statements: [Statement]) -> Action {
    let actions = statements.map { ActionBox(run: action($0)) }
    return Self.sequence(actions[...])
  }

  /// One after the other. Closures in an array would be counted whenever they run, so that a long
  /// sequence is made of three shorter ones.
  private static func sequence(_ actions: ArraySlice<ActionBox>) -> Action {
    let start = actions.startIndex
    switch actions.count {
    case 0: return { _ throws(RunError) in .next }
    case 1: return actions[start].run
    case 2:
      let first = actions[start].run
      let second = actions[start + 1].run
      return { frame throws(RunError) in
        let flow = try first(frame)
        return flow == .next ? try second(frame) : flow
      }
    default:
      let third = actions.count / 3
      let first = sequence(actions.dropLast(2 * third))
      let second = sequence(actions.dropLast(third).suffix(third))
      let last = sequence(actions.suffix(third))
      return { frame throws(RunError) in
        var flow = try first(frame)
        if flow != .next { return flow }
        flow = try second(frame)
        return flow == .next ? try last(frame) : flow
      }
    }
  }

  /// The statements of a block for the value of the last, in the middle of an expression: what
  /// leaves the block leaves the expression too.
  mutating func value(_ block: Block) -> Code {
    guard let last = block.statements.last, let value = value(of: last)?.run else {
      let isSafe = block.statements.allSatisfy { !$0.form.mayLeave }
      let action = action(block)
      if isSafe {
        return { frame throws(RunError) in
          _ = try action(frame)
          return .null
        }
      }
      leavesExpression = true
      return { frame throws(RunError) in
        let flow = try action(frame)
        if flow != .next { throw leaving(flow, frame) }
        return .null
      }
    }
    if block.statements.count == 1 { return value }
    let earlier = Array(block.statements.dropLast())
    if earlier.contains(where: { $0.form.mayLeave }) { leavesExpression = true }
    let before = action(earlier)
    return { frame throws(RunError) in
      let flow = try before(frame)
      if flow != .next { throw leaving(flow, frame) }
      return try value(frame)
    }
  }

  /// A statement that has a value: an expression, a pipe, an `if` or a `try`.
  private mutating func value(of statement: Statement) -> CodeBox? {
    switch statement.form {
    case .expression(let expression): return CodeBox(run: code(expression))
    case .attempt(let body, let name, let handler):
      let body = value(body)
      let handler = value(handler)
      let variable = name.flatMap { HeldVariable(storage(of: $0)) }
      return CodeBox { frame throws(RunError) in
        do throws(RunError) {
          return try body(frame)
        } catch {
          try take(error, frame, variable)
          return try handler(frame)
        }
      }
    default: return nil
    }
  }

  /// The body of a function: the value of its last statement, or what `return` gives.
  mutating func body(_ statements: [Statement]) -> Code {
    guard let last = statements.last else { return { _ throws(RunError) in .null } }
    if let split = statements.firstIndex(where: { $0.form.isGuard }), split < statements.count - 1,
      statements.count <= Self.mostSplit
    {
      return body(statements, splitAt: split)
    }
    let tail = tail(last)
    guard statements.count > 1 else { return tail }
    let before = action(Array(statements.dropLast()))
    return { frame throws(RunError) in
      switch try before(frame) {
      case .next: return try tail(frame)
      default: return result(frame)
      }
    }
  }

  /// Longer bodies are run statement by statement: each split is a call deeper.
  private static let mostSplit = 40

  /// A body with an `if` that always returns: the rest of the body is then its `else`, and nothing
  /// needs to be looked at on the way out.
  private mutating func body(_ statements: [Statement], splitAt split: Int) -> Code {
    guard case .expression(let expression) = statements[split].form,
      case .conditional(let conditional) = expression.form
    else { preconditionFailure("a body is split where there is no `if`") }
    let then = body(conditional.branches[0].block.statements)
    let rest = body(Array(statements[(split + 1)...]))
    let branch = withCondition(
      conditional.branches[0].condition, in: .condition("if"),
      CodeBranch(then: then, otherwise: rest)
    ).run
    if split == 0 { return branch }
    let before = action(Array(statements[..<split]))
    return { frame throws(RunError) in
      guard try before(frame) == .next else { return result(frame) }
      return try branch(frame)
    }
  }

  /// A statement that ends its function: `return x` is then just `x`.
  private mutating func tail(_ statement: Statement) -> Code {
    switch statement.form {
    case .return(let value?): return contained(value)
    case .return(nil): return { _ throws(RunError) in .null }
    case .expression(let expression):
      guard case .conditional(let conditional) = expression.form else {
        return contained(expression)
      }
      var code: Code = { _ throws(RunError) in .null }
      if let otherwise = conditional.otherwise { code = body(otherwise.statements) }
      for (condition, block) in conditional.branches.reversed() {
        let branch = CodeBranch(then: body(block.statements), otherwise: code)
        code = withCondition(condition, in: .condition("if"), branch).run
      }
      return code
    case .attempt(let block, let name, let handler):
      let block = body(block.statements)
      let handler = body(handler.statements)
      let variable = name.flatMap { HeldVariable(storage(of: $0)) }
      return { frame throws(RunError) in
        do throws(RunError) {
          return try block(frame)
        } catch {
          try take(error, frame, variable)
          return try handler(frame)
        }
      }
    default:
      let action = action(statement)
      return { frame throws(RunError) in
        try action(frame) == .next ? .null : result(frame)
      }
    }
  }

  /// An expression at a function's end, which a `return` within may leave.
  private mutating func contained(_ expression: Expression) -> Code {
    let outer = leavesExpression
    leavesExpression = false
    defer { leavesExpression = outer }
    let code = code(expression)
    guard leavesExpression else { return code }
    return { frame throws(RunError) in
      do throws(RunError) {
        return try code(frame)
      } catch {
        guard error.isLeavingBlock else { throw error }
        return result(frame)
      }
    }
  }
}

@inline(__always)
func box(_ value: Value) -> Box {
  guard case .object(let object) = value else { preconditionFailure("a slot holds no box") }
  return unsafeDowncast(object, to: Box.self)
}

@inline(never)
func noValue(_ name: String, _ site: Site) -> RunError {
  site.error(.name, "`\(name)` has no value yet")
}

/// Takes what `return` left.
func result(_ frame: Frame) -> Value {
  let value = frame.state.pointee.result
  frame.state.pointee.result = .null
  return value
}

/// Leaves an expression from a statement within: an error that no script sees.
func leaving(_ flow: Flow, _ frame: Frame) -> RunError {
  frame.state.pointee.leaving = flow
  return .leavingBlock
}

/// Stores what `catch` gets; throws on what it does not catch.
func take(
  _ error: RunError, _ frame: Frame, _ variable: HeldVariable?
) throws(RunError) {
  if error.isInterrupt || error.isLeavingBlock { throw error }
  if let variable { put(error.value, in: variable.place(frame)) }
}

extension RunError {
  /// As `catch e` gives it.
  var value: Value { .object(CaughtError(self)) }

  fileprivate var place: (line: Int, column: Int)? {
    span.flatMap { source?.position(of: $0.start) }
  }
}

/// What `catch e` gives: mostly little of it is read.
private final class CaughtError: RecordObject {
  init(_ error: RunError) {
    super.init(keys: Self.keys)
    caught = error
  }

  nonisolated(unsafe) private static let keys: OrderedMap = {
    var keys = OrderedMap()
    for name in ["message", "line", "column", "kind"] { keys[name] = .null }
    return keys
  }()

  override func makeValue(at position: Int) -> Value {
    let error = caught!
    return switch position {
    case 0: .string(error.message)
    case 1: error.place.map { .integer($0.line) } ?? .null
    case 2: error.place.map { .integer($0.column) } ?? .null
    default: .string(error.kind.rawValue)
    }
  }
}

extension Statement.Form {
  /// `if x { …; return y }`
  fileprivate var isGuard: Bool {
    guard case .expression(let expression) = self,
      case .conditional(let conditional) = expression.form, conditional.otherwise == nil,
      conditional.branches.count == 1,
      case .return? = conditional.branches[0].block.statements.last?.form
    else { return false }
    return true
  }

  /// Whether it may end otherwise than by going on to the next: used to keep plain blocks plain.
  var mayLeave: Bool {
    switch self {
    case .assign, .update, .function, .declare, .unknownCommand: false
    case .expression(let value):
      if case .conditional = value.form { true } else { false }
    case .return, .break, .continue, .for, .while, .attempt: true
    }
  }
}

extension Compiler {
  mutating func action(_ statement: Statement) -> Action {
    let outer = leavesExpression
    leavesExpression = false
    let action = plainAction(statement)
    let leaves = leavesExpression
    leavesExpression = outer
    guard leaves else { return action }
    return { frame throws(RunError) in
      do throws(RunError) {
        return try action(frame)
      } catch {
        guard error.isLeavingBlock else { throw error }
        return frame.state.pointee.leaving
      }
    }
  }

  private mutating func plainAction(_ statement: Statement) -> Action {
    switch statement.form {
    case .expression(let expression):
      if case .conditional(let conditional) = expression.form { return action(conditional) }
      let code = code(expression)
      return { frame throws(RunError) in
        _ = try code(frame)
        return .next
      }
    case .assign(let targets, let value): return assignment(to: targets, value)
    case .update(let target, let operation, let span, let value):
      return update(target, operation, at: span, value)
    case .for(let names, let iterated, let body): return loop(names, iterated, body)
    case .while(let condition, let body): return loop(while: condition, body)
    case .function(let name, let function):
      let make = closure(function)
      let store = write(name)
      return { frame throws(RunError) in
        store(frame, try make(frame))
        return .next
      }
    case .return(let value):
      guard let value else {
        return { frame throws(RunError) in
          frame.state.pointee.result = .null
          return .leaveFunction
        }
      }
      let code = code(value)
      return { frame throws(RunError) in
        frame.state.pointee.result = try code(frame)
        return .leaveFunction
      }
    case .break: return { _ throws(RunError) in .leaveLoop }
    case .continue: return { _ throws(RunError) in .nextTurn }
    case .attempt(let body, let name, let handler): return attempt(body, name, handler)
    case .declare: return { _ throws(RunError) in .next }
    case .unknownCommand(let name, _, _):
      preconditionFailure("the unknown command `\(name.text)` is compiled")
    }
  }

  private mutating func attempt(_ body: Block, _ name: Name?, _ handler: Block) -> Action {
    let body = action(body)
    let handler = action(handler)
    let variable = name.flatMap { HeldVariable(storage(of: $0)) }
    return { frame throws(RunError) in
      do throws(RunError) {
        return try body(frame)
      } catch {
        try take(error, frame, variable)
        return try handler(frame)
      }
    }
  }

  private mutating func action(_ conditional: ConditionalSyntax) -> Action {
    var action = conditional.otherwise.map { ActionBox(run: self.action($0)) }
    for (condition, block) in conditional.branches.reversed() {
      let branch = ActionBranch(then: self.action(block), otherwise: action)
      action = withCondition(condition, in: .condition("if"), branch)
    }
    return action!.run
  }

  // MARK: Loops

  private mutating func loop(while condition: Expression, _ body: Block) -> Action {
    withCondition(condition, in: .condition("while"), WhileLoop(body: action(body))).run
  }

  private mutating func loop(_ names: [Name], _ iterated: Expression, _ block: Block) -> Action {
    let site = site(iterated.span)
    let turns: Turns
    let pair = names.count == 2 ? names.compactMap { HeldVariable(storage(of: $0)) } : []
    if names.count == 1 {
      turns = Turns(storage: storage(of: names[0]), body: action(block))
    } else {
      let stores = names.map { write($0) }
      let nameSite = self.site(names[0].span)
      turns = Turns(
        storage: nil, body: action(block),
        store: { frame, value throws(RunError) in
          try unpack(value, into: stores, frame, nameSite)
        })
    }
    if case .range(let start, let end, let step, let isHalfOpen, let operatorSpan) = iterated.form,
      names.count == 1
    {
      let range = range(start, end, step, isHalfOpen, at: operatorSpan)
      return { frame throws(RunError) in try turns.run(over: try range(frame), frame) }
    }
    let code = code(iterated)
    return { frame throws(RunError) in
      let value = try code(frame)
      guard case .object(let object) = value else { throw notIterable(value, site) }
      switch object.tag {
      case .range:
        let range = unsafeDowncast(object, to: RangeObject.self)
        return try turns.run(over: range, frame)
      case .list:
        return try turns.run(over: unsafeDowncast(object, to: ListObject.self).elements, frame)
      case .map where pair.count == 2:
        let map = unsafeDowncast(object, to: MapObject.self)
        return try turns.run(over: map, key: pair[0], value: pair[1], frame)
      case .map, .string: return try turns.run(over: try elements(of: value), frame)
      default: throw notIterable(value, site)
      }
    }
  }

}

@inline(never)
private func notIterable(_ value: Value, _ site: Site) -> RunError {
  site.error(
    .type, "`for` cannot go over \(value.typeName.withArticle)",
    hint: value.integer != nil ? "a range can be written as `0..<n`" : nil)
}

/// Takes a list apart into variables, whose number it must have.
func unpack(
  _ value: Value, into stores: [(Frame, Value) -> Void], _ frame: Frame, _ site: Site
) throws(RunError) {
  guard let elements = value.elements else {
    throw site.error(
      .type, "\(value.typeName.withArticle) cannot be taken apart; a list can")
  }
  guard elements.count == stores.count else {
    throw site.error(
      .value, "there are \(stores.count) names for \(counted(elements.count, "value"))")
  }
  for i in stores.indices { stores[i](frame, elements[i]) }
}

/// The turns of a `for` loop: where each element goes, and the body.
private struct Turns {
  /// Set for one name; integers then go straight into its slot.
  let storage: Compiler.Storage?
  let body: Action
  var store: (Frame, Value) throws(RunError) -> Void = { _, _ in }

  @inline(__always)
  private func put(_ value: Value, _ frame: Frame) throws(RunError) {
    switch storage {
    case .slot(let slot): frame.slots[slot] = value
    case .box(let slot): box(frame.slots[slot]).value = value
    case .global(let index, _): frame.state.pointee.globals[index] = value
    case .constant, nil: try store(frame, value)
    }
  }

  func run(over range: RangeObject, _ frame: Frame) throws(RunError) -> Flow {
    var left = range.count
    var next = range.start
    let step = range.step
    if case .slot(let slot) = storage, step == 1 {
      return try run(from: next, count: left, slot, frame)
    }
    while left > 0 {
      try frame.state.pointee.interrupt.poll()
      try put(.integer(next), frame)
      switch try body(frame) {
      case .next, .nextTurn: break
      case .leaveLoop: return .next
      case .leaveFunction: return .leaveFunction
      }
      left -= 1
      next &+= step
    }
    return .next
  }

  /// The commonest loop of all.
  private func run(
    from start: Int, count: Int, _ slot: Int, _ frame: Frame
  ) throws(RunError) -> Flow {
    let place = frame.slots + slot
    // Counted, because the end may be the largest integer.
    for turn in 0..<count {
      let next = start &+ turn
      try frame.state.pointee.interrupt.poll()
      if case .object = place.pointee {
        place.pointee = .integer(next)
      } else {
        place.initialize(to: .integer(next))
      }
      switch try body(frame) {
      case .next, .nextTurn: break
      case .leaveLoop: return .next
      case .leaveFunction: return .leaveFunction
      }
    }
    return .next
  }

  /// Keys with their values.
  func run(
    over map: MapObject, key: HeldVariable, value: HeldVariable, _ frame: Frame
  ) throws(RunError) -> Flow {
    for position in 0..<map.count {
      try frame.state.pointee.interrupt.poll()
      putEntry(of: map, at: position, key: key.place(frame), value: value.place(frame))
      switch try body(frame) {
      case .next, .nextTurn: break
      case .leaveLoop: return .next
      case .leaveFunction: return .leaveFunction
      }
    }
    return .next
  }

  func run(over elements: ContiguousArray<Value>, _ frame: Frame) throws(RunError) -> Flow {
    for element in elements {
      try frame.state.pointee.interrupt.poll()
      try put(element, frame)
      switch try body(frame) {
      case .next, .nextTurn: break
      case .leaveLoop: return .next
      case .leaveFunction: return .leaveFunction
      }
    }
    return .next
  }
}

private struct WhileLoop: ConditionUser {
  let body: Action

  func use<Used: Node<Bool>>(_ condition: Used, _ compiler: inout Compiler) -> ActionBox {
    WhileNode(condition: condition, body: body).box
  }
}

private struct WhileNode<Condition: Node<Bool>>: Node {
  let condition: Condition
  let body: Action

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let interrupt = frame.state.pointee.interrupt
    while try condition.run(frame) {
      try interrupt.poll()
      switch try body(frame) {
      case .next, .nextTurn: break
      case .leaveLoop: return .next
      case .leaveFunction: return .leaveFunction
      }
    }
    return .next
  }
}

/// `if` for what it does.
private struct ActionBranch: ConditionUser {
  let then: Action
  let otherwise: ActionBox?

  func use<Used: Node<Bool>>(_ condition: Used, _ compiler: inout Compiler) -> ActionBox {
    if let otherwise = otherwise?.run {
      return IfElseNode(condition: condition, then: then, otherwise: otherwise).box
    }
    return IfNode(condition: condition, then: then).box
  }
}

private struct IfNode<Condition: Node<Bool>>: Node {
  let condition: Condition
  let then: Action

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    try condition.run(frame) ? try then(frame) : .next
  }
}

private struct IfElseNode<Condition: Node<Bool>>: Node {
  let condition: Condition
  let then: Action
  let otherwise: Action

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    try condition.run(frame) ? try then(frame) : try otherwise(frame)
  }
}

/// `if` for its value.
struct CodeBranch: ConditionUser {
  let then: Code
  let otherwise: Code

  func use<Used: Node<Bool>>(_ condition: Used, _ compiler: inout Compiler) -> CodeBox {
    ConditionalNode(condition: condition, then: then, otherwise: otherwise).box
  }
}

private struct ConditionalNode<Condition: Node<Bool>>: Node {
  let condition: Condition
  let then: Code
  let otherwise: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    try condition.run(frame) ? try then(frame) : try otherwise(frame)
  }
}

import Schema

extension Compiler {
  /// A name where a command could stand: the variable where it has a value, else the command.
  mutating func nameOrCommand(_ name: Name, _ command: CommandSyntax) -> Code {
    if case .command = name.place { return self.command(command) }
    guard case .global(let index, _) = name.place else { return read(name) }
    globals.insert(index)
    let run = self.command(command)
    return { frame throws(RunError) in
      let value = frame.state.pointee.globals[index]
      return value.isUnset ? try run(frame) : value
    }
  }

  mutating func command(_ syntax: CommandSyntax) -> Code {
    guard let command = vocabulary.commands[syntax.declaration.name] else {
      preconditionFailure("the command `\(syntax.declaration.name)` has gone")
    }
    let site = CommandSite(
      command, syntax, argumentSites: syntax.arguments.map { self.site($0.value.span) },
      nameSite: site(syntax.nameSpan), vocabulary: vocabulary)
    let codes = syntax.arguments.map { CodeBox(run: argumentCode($0.value)) }
    guard let plan = BindingPlan(syntax) else {
      return { frame throws(RunError) in try site.run(try values(of: codes, frame), frame) }
    }
    if codes.count == 1 {
      return OneArgumentNode(site: site, plan: plan, code: codes[0].run).box.run
    }
    return { frame throws(RunError) in
      let values = try values(of: codes, frame)
      guard let arguments = plan.bind(values) else { return try site.run(values, frame) }
      return try site.run(bound: arguments, frame) { values }
    }
  }

  private mutating func argumentCode(_ expression: Expression) -> Code {
    guard case .block(let syntax) = expression.form else { return code(expression) }
    if let definition = syntax.definition {
      let make = closure(definition)
      return { frame throws(RunError) in
        guard let function: FunctionObject = try make(frame).payload(.function) else {
          preconditionFailure("a definition is compiled to no function")
        }
        return .object(try Definition.make(function, overrides: OrderedMap(), frame: frame))
      }
    }
    // The session's variables that the block reads, apart from those of the code around it.
    let outer = globals
    globals = []
    let leaves = leavesExpression
    let code = value(syntax.block)
    leavesExpression = leaves || leavesExpression
    let own = globals
    globals.formUnion(outer)
    let slotCount = function.map(\.layout.slotCount)
    return { frame throws(RunError) in
      .object(BlockObject(code: code, globals: own, slotCount: slotCount, frame: frame))
    }
  }
}

private func values(
  of codes: [CodeBox], _ frame: Frame
) throws(RunError) -> ContiguousArray<Value> {
  var values = ContiguousArray<Value>()
  values.reserveCapacity(codes.count)
  for code in codes { values.append(try code.run(frame)) }
  return values
}

/// A command with one argument: no list is made of it.
private struct OneArgumentNode: Node {
  let site: CommandSite
  let plan: BindingPlan
  let code: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    let value = try code(frame)
    guard let arguments = plan.bind(value) else { return try site.run([value], frame) }
    return try site.run(bound: arguments, frame) { [value] }
  }
}

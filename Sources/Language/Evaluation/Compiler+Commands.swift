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
    let declaration = syntax.declaration
    guard let run = vocabulary.commands[declaration.name]?.run else {
      preconditionFailure("the command `\(declaration.name)` has gone")
    }
    let arguments = syntax.arguments.map { argument in
      Argument(
        name: argument.parameter == nil ? argument.name?.text : nil,
        parameter: argument.parameter, code: argumentCode(argument.value),
        site: site(argument.value.span))
    }
    let nameSite = site(syntax.nameSpan)
    let (member, target, isShown) = (syntax.member, syntax.target, syntax.isShown)
    let vocabulary = vocabulary
    return { frame throws(RunError) in
      var given: [CommandBinding.Given] = []
      given.reserveCapacity(arguments.count)
      for argument in arguments {
        given.append(
          CommandBinding.Given(
            name: argument.name, parameter: argument.parameter, value: try argument.code(frame),
            site: argument.site))
      }
      // A block belongs to the frame that is running: it ends with its command.
      defer { for item in given { (item.value.payload(.block) as Object?)?.endBlock() } }
      let binding = try placed(nameSite) { () throws(RunError) in
        try CommandBinding(
          declaration, member: member, given: given, vocabulary: vocabulary)
      }
      let call = CommandCall(
        declaration: declaration, member: binding.member, arguments: binding.arguments,
        options: binding.options, target: target, isShown: isShown,
        evaluator: frame.state.pointee.evaluator)
      do throws(RunError) {
        return try run(call)
      } catch {
        let place = error.argument.flatMap { binding.sites[$0] } ?? nameSite
        throw error.placed(at: place.span, in: place.source)
      }
    }
  }

  private struct Argument {
    let name: String?
    let parameter: String?
    let code: Code
    let site: Site
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

extension Object {
  fileprivate func endBlock() { (self as? BlockObject)?.frame = nil }
}

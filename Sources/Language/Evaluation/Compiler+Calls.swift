extension Compiler {
  // MARK: Functions as values

  /// What makes a function's value, with the boxes it captures.
  mutating func closure(_ syntax: FunctionSyntax) -> Code {
    let code = functionCode(syntax)
    let outer = syntax.layout.captures.map(\.outer)
    if outer.isEmpty {
      return { _ throws(RunError) in .object(FunctionObject(code, captures: [])) }
    }
    return { frame throws(RunError) in
      var captures = ContiguousArray<Box>()
      captures.reserveCapacity(outer.count)
      for slot in outer { captures.append(box(frame.slots[slot])) }
      return .object(FunctionObject(code, captures: captures))
    }
  }

  private mutating func functionCode(_ syntax: FunctionSyntax) -> Unmanaged<FunctionCode> {
    var inner = Compiler(source: source, vocabulary: vocabulary, function: syntax)
    let defaults = syntax.parameters.map { parameter in
      parameter.defaultValue.map { CodeBox(run: inner.code($0)) }
    }
    let required = syntax.parameters.lastIndex { $0.defaultValue == nil }.map { $0 + 1 } ?? 0
    let body = inner.body(syntax.statements)
    globals.formUnion(inner.globals)
    return Unmanaged.passRetained(
      FunctionCode(
        syntax, at: site(syntax.span), requiredCount: required, defaults: defaults,
        globals: inner.globals, body: body))
  }

  // MARK: Calls

  mutating func call(_ call: CallSyntax) -> Code {
    if case .name(let name) = call.callee.form, case .command = name.place,
      let command = call.command
    {
      return self.command(command)
    }
    let site = site(call.callee.span)
    let argumentSites = call.arguments.map { self.site($0.value.span) }
    if call.arguments.allSatisfy({ $0.name == nil }) {
      if case .name(let name) = call.callee.form,
        case .constant(let value) = storage(of: name),
        let function: FunctionObject = value.payload(.function), let builtin = function.builtin
      {
        return builtinCall(builtin, call.arguments, site, argumentSites)
      }
      if let plain = plainCall(call, site) { return plain.run }
    }
    return generalCall(call, site, argumentSites)
  }

  /// A call of a variable with up to three values by place: where the function is as plain, its
  /// arguments go straight into its slots.
  private mutating func plainCall(_ call: CallSyntax, _ site: Site) -> CodeBox? {
    guard call.arguments.count <= 3, case .name(let name) = call.callee.form else { return nil }
    let index: Int
    let isGlobal: Bool
    switch storage(of: name) {
    case .slot(let slot): (index, isGlobal) = (slot, false)
    case .global(let global, _): (index, isGlobal) = (global, true)
    case .box, .constant: return nil
    }
    let general = generalCall(call, site, call.arguments.map { self.site($0.value.span) })
    let callee = Callee(index: index, isGlobal: isGlobal, general: general, site: site)
    let values = call.arguments.map(\.value)
    if values.count == 1 { return withOperand(values[0], OneArgument(callee: callee)) }
    let codes = values.map { CodeBox(run: code($0)) }
    switch codes.count {
    case 0: return CallNode(callee: callee).box
    case 2: return CallNode2(callee: callee, first: codes[0].run, second: codes[1].run).box
    default:
      return CallNode3(
        callee: callee, first: codes[0].run, second: codes[1].run, third: codes[2].run
      ).box
    }
  }

  /// A call with many arguments, or with names, or of a function that captured variables.
  private mutating func generalCall(
    _ call: CallSyntax, _ site: Site, _ argumentSites: [Site]
  ) -> Code {
    let callee = code(call.callee)
    let arguments = call.arguments.map { (name: $0.name?.text, code: CodeBox(run: code($0.value))) }
    return { frame throws(RunError) in
      let function = try callable(try callee(frame), site)
      var values = ContiguousArray<Value>()
      var names: [(text: String, value: Value)] = []
      for argument in arguments {
        let value = try argument.code.run(frame)
        if let name = argument.name {
          names.append((text: name, value: value))
        } else {
          values.append(value)
        }
      }
      do throws(RunError) {
        return try invoke(function, values, names: names, frame: frame)
      } catch {
        throw error.placed(function, site) {
          zip(arguments, argumentSites).map { (name: $0.name, site: $1) }
        }
      }
    }
  }
}

/// The variable that a call names, and how it is called where it holds no plain function.
private struct Callee {
  let index: Int
  let isGlobal: Bool
  let general: Code
  let site: Site

  @inline(__always)
  func code(_ frame: Frame, arguments count: Int) -> Unmanaged<FunctionCode>? {
    plainCode(
      in: (isGlobal ? frame.state.pointee.globals : frame.slots) + index, arguments: count)
  }
}

private struct CallNode: Node {
  let callee: Callee

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    guard let code = callee.code(frame, arguments: 0) else { return try callee.general(frame) }
    try code.makeRoom(frame.state, at: callee.site)
    return try code.call(0, frame.state, at: callee.site)
  }
}

private struct OneArgument: OperandUser {
  let callee: Callee

  func use<Used: Node<Value>>(_ argument: Used, _ compiler: inout Compiler) -> CodeBox {
    CallNode1(callee: callee, argument: argument).box
  }
}

private struct CallNode1<Argument: Node<Value>>: Node {
  let callee: Callee
  let argument: Argument

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    guard let code = callee.code(frame, arguments: 1) else { return try callee.general(frame) }
    let a = try argument.run(frame)
    let slots = try code.makeRoom(frame.state, at: callee.site)
    slots.initialize(to: a)
    return try code.call(1, frame.state, at: callee.site)
  }
}

private struct CallNode2: Node {
  let callee: Callee
  let first: Code
  let second: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    guard let code = callee.code(frame, arguments: 2) else { return try callee.general(frame) }
    let a = try first(frame)
    let b = try second(frame)
    let slots = try code.makeRoom(frame.state, at: callee.site)
    slots.initialize(to: a)
    (slots + 1).initialize(to: b)
    return try code.call(2, frame.state, at: callee.site)
  }
}

private struct CallNode3: Node {
  let callee: Callee
  let first: Code
  let second: Code
  let third: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    guard let code = callee.code(frame, arguments: 3) else { return try callee.general(frame) }
    let a = try first(frame)
    let b = try second(frame)
    let c = try third(frame)
    let slots = try code.makeRoom(frame.state, at: callee.site)
    slots.initialize(to: a)
    (slots + 1).initialize(to: b)
    (slots + 2).initialize(to: c)
    return try code.call(3, frame.state, at: callee.site)
  }
}

@inline(__always)
private func callable(_ value: Value, _ site: Site) throws(RunError) -> FunctionObject {
  if case .object(let object) = value, object.tag == .function {
    return unsafeDowncast(object, to: FunctionObject.self)
  }
  throw notCallable(value, site)
}

@inline(never)
private func notCallable(_ value: Value, _ site: Site) -> RunError {
  site.error(.type, "\(value.typeName.withArticle) cannot be called; only a function can")
}

extension RunError {
  /// Places an error of a call: at the argument it names, else at the function's name.
  fileprivate consuming func placed(
    _ function: FunctionObject, _ site: Site, _ sites: () -> [(name: String?, site: Site)]
  ) -> RunError {
    if span != nil { return self }
    guard let builtin = function.builtin else { return placed(at: site.span, in: site.source) }
    return placed(builtin, site, sites)
  }

  /// The same for a built-in function; where its arguments are written is asked only where that
  /// matters.
  consuming func placed(
    _ builtin: Builtin, _ site: Site, _ sites: () -> [(name: String?, site: Site)]
  ) -> RunError {
    if span != nil || isLeavingBlock { return self }
    var place = site
    if let argument {
      let sites = sites()
      let parameters = builtin.declaration.parameters
      if let named = sites.first(where: { $0.name == argument }) {
        place = named.site
      } else if let i = parameters.firstIndex(where: { $0.name == argument }), i < sites.count,
        sites[i].name == nil
      {
        place = sites[i].site
      }
    }
    return placed(at: place.span, in: place.source)
  }
}

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

  mutating func functionCode(_ syntax: FunctionSyntax) -> FunctionCode {
    var inner = Compiler(source: source, vocabulary: vocabulary, function: syntax)
    let defaults = syntax.parameters.map { parameter in
      parameter.defaultValue.map { inner.code($0) }
    }
    let required = syntax.parameters.lastIndex { $0.defaultValue == nil }.map { $0 + 1 } ?? 0
    let body = inner.body(syntax.statements)
    globals.formUnion(inner.globals)
    return FunctionCode(
      syntax, requiredCount: required, defaults: defaults, globals: inner.globals, body: body)
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
      let callee = code(call.callee)
      let arguments = call.arguments.map { code($0.value) }
      switch arguments.count {
      case 0:
        return { frame throws(RunError) in
          let function = try callable(try callee(frame), site)
          return try placed(site) { () throws(RunError) in
            if let result = try callPlain(function, 0, frame, { _ in }) { return result }
            return try invoke(function, [], names: [], frame: frame)
          }
        }
      case 1:
        let first = arguments[0]
        let firstSite = argumentSites[0]
        return { frame throws(RunError) in
          let function = try callable(try callee(frame), site)
          let a = try first(frame)
          do throws(RunError) {
            if let result = try callPlain(function, 1, frame, { $0.initialize(to: a) }) {
              return result
            }
            return try invoke(function, [a], names: [], frame: frame)
          } catch {
            throw error.placed(function, site, [firstSite])
          }
        }
      case 2:
        let (first, second) = (arguments[0], arguments[1])
        return { frame throws(RunError) in
          let function = try callable(try callee(frame), site)
          let a = try first(frame)
          let b = try second(frame)
          do throws(RunError) {
            let result = try callPlain(function, 2, frame) {
              $0.initialize(to: a)
              ($0 + 1).initialize(to: b)
            }
            if let result { return result }
            return try invoke(function, [a, b], names: [], frame: frame)
          } catch {
            throw error.placed(function, site, argumentSites)
          }
        }
      default: break
      }
    }
    return generalCall(call, site, argumentSites)
  }

  /// A call with many arguments, or with names.
  private mutating func generalCall(
    _ call: CallSyntax, _ site: Site, _ argumentSites: [Site]
  ) -> Code {
    let callee = code(call.callee)
    let arguments = call.arguments.map { (name: $0.name?.text, code: code($0.value)) }
    return { frame throws(RunError) in
      let function = try callable(try callee(frame), site)
      var values = ContiguousArray<Value>()
      var names: [(text: String, value: Value)] = []
      for argument in arguments {
        let value = try argument.code(frame)
        if let name = argument.name {
          names.append((text: name, value: value))
        } else {
          values.append(value)
        }
      }
      do throws(RunError) {
        return try invoke(function, values, names: names, frame: frame)
      } catch {
        let sites = zip(arguments, argumentSites).map { (name: $0.name, site: $1) }
        throw error.placed(function, site, sites)
      }
    }
  }

  /// A built-in function called by its own name with values by place: no look-up is left.
  private mutating func builtinCall(
    _ builtin: Builtin, _ arguments: [ArgumentSyntax], _ site: Site, _ argumentSites: [Site]
  ) -> Code {
    let codes = arguments.map { code($0.value) }
    let parameters = builtin.declaration.parameters
    let isFull = parameters.count == codes.count && !parameters.contains { $0.form == .variadic }
    let call = builtin.call
    return { frame throws(RunError) in
      var values = ContiguousArray<Value>()
      values.reserveCapacity(codes.count)
      for code in codes { values.append(try code(frame)) }
      do throws(RunError) {
        if !isFull { values = try builtinArguments(builtin, values, []) }
        return try call(values, frame.state.pointee.evaluator)
      } catch {
        throw error.placed(builtin, site, argumentSites.map { (name: String?.none, site: $0) })
      }
    }
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

/// Calls a script's function that takes exactly these arguments, which `fill` puts into its first
/// slots. Nil where it is another kind of function or needs defaults: then nothing has happened.
@inline(__always)
private func callPlain(
  _ function: FunctionObject, _ count: Int, _ frame: Frame,
  _ fill: (UnsafeMutablePointer<Value>) -> Void
) throws(RunError) -> Value? {
  guard let code = function.code, code.parameterNames.count == count else { return nil }
  let state = frame.state
  let slotCount = code.slotCount
  if Evaluator.isTooDeep(state, slots: slotCount) { throw tooDeep(function) }
  try code.interrupt.poll()
  let slots = state.pointee.top
  fill(slots)
  for i in count..<max(count, slotCount) { (slots + i).initialize(to: state.pointee.unset) }
  state.pointee.top = slots + slotCount
  state.pointee.depth += 1
  defer {
    state.pointee.depth -= 1
    state.pointee.top = slots
    slots.deinitialize(count: slotCount)
  }
  let inner = Frame(slots: slots, state: state)
  if code.hasBoxes { putBoxes(of: function, code, inner) }
  return try code.body(inner)
}

extension RunError {
  /// Places an error of a call: at the argument it names, else at the function's name.
  fileprivate func placed(_ function: FunctionObject, _ site: Site, _ sites: [Site]) -> RunError {
    placed(function, site, sites.map { (name: String?.none, site: $0) })
  }

  fileprivate func placed(
    _ function: FunctionObject, _ site: Site, _ sites: [(name: String?, site: Site)]
  ) -> RunError {
    if span != nil { return self }
    guard let builtin = function.builtin else { return placed(at: site.span, in: site.source) }
    return placed(builtin, site, sites)
  }

  fileprivate func placed(
    _ builtin: Builtin, _ site: Site, _ sites: [(name: String?, site: Site)]
  ) -> RunError {
    if span != nil || isLeavingBlock { return self }
    var place = site
    if let argument {
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

/// Calls a function with values by place and by name. The short ways for calls by place only are in
/// `Compiler.call`.
func invoke(
  _ function: FunctionObject, _ arguments: ContiguousArray<Value>,
  names: [(text: String, value: Value)], frame: Frame
) throws(RunError) -> Value {
  guard let code = function.code else {
    let arguments = try builtinArguments(function.builtin!, arguments, names)
    return try function.builtin!.call(arguments, frame.state.pointee.evaluator)
  }
  let count = code.parameterCount
  guard arguments.count <= count else { throw wrongCount(function, arguments.count + names.count) }
  return try withSlots(of: function, code, frame) { (slots) throws(RunError) in
    for i in arguments.indices { slots[i] = arguments[i] }
    for (name, value) in names {
      guard let i = code.parameterNames.firstIndex(of: name) else {
        throw RunError(
          .call, "`\(function.name ?? "fn")` has no parameter `\(name)`",
          hint: suggested(name, among: code.parameterNames))
      }
      guard slots[i].isUnset else { throw RunError(.call, "`\(name)` is given twice") }
      slots[i] = value
    }
    let inner = Frame(slots: slots, state: frame.state)
    if code.hasBoxes { putBoxes(of: function, code, inner) }
    for i in arguments.count..<count where parameter(i, code, inner).isUnset {
      guard let defaultValue = code.defaults[i] else {
        throw wrongCount(function, arguments.count + names.count)
      }
      setParameter(i, code, inner, try defaultValue.run(inner))
    }
    return try code.body(inner)
  }
}

private func parameter(_ index: Int, _ code: FunctionCode, _ frame: Frame) -> Value {
  code.boxedSlots.contains(index) ? box(frame.slots[index]).value : frame.slots[index]
}

private func setParameter(_ index: Int, _ code: FunctionCode, _ frame: Frame, _ value: Value) {
  if code.boxedSlots.contains(index) {
    box(frame.slots[index]).value = value
  } else {
    frame.slots[index] = value
  }
}

/// The code of the function that a variable holds, where a call with this many arguments needs no
/// more; nil for anything else. The function itself is neither retained nor released.
@inline(__always)
func plainCode(
  in place: UnsafeMutablePointer<Value>, arguments count: Int
) -> Unmanaged<FunctionCode>? {
  guard case .object = place.pointee else { return nil }
  return withHeldObject(in: place) { object in
    guard object.tag == .function,
      let code = unsafeDowncast(object, to: FunctionObject.self).plainCode
    else { return nil }
    return code._withUnsafeGuaranteedRef { $0.parameterCount } == count ? code : nil
  }
}

extension Unmanaged<FunctionCode> {
  /// Where the arguments of the next call go: its first slots. An error gets the site's place.
  @inline(__always) @discardableResult
  func makeRoom(
    _ state: UnsafeMutablePointer<EvaluatorState>, at site: Site? = nil
  ) throws(RunError) -> UnsafeMutablePointer<Value> {
    if Evaluator.isTooDeep(state, slots: _withUnsafeGuaranteedRef { $0.slotCount }) {
      throw noRoom(site)
    }
    return state.pointee.top
  }

  @inline(never)
  private func noRoom(_ site: Site?) -> RunError {
    let error = tooDeep(_withUnsafeGuaranteedRef { $0.name })
    return site.map { error.placed(at: $0.span, in: $0.source) } ?? error
  }

  /// Calls a plain function whose arguments lie where `makeRoom` said. Errors without a place get the
  /// site's.
  @inline(__always)
  func call(
    _ count: Int, _ state: UnsafeMutablePointer<EvaluatorState>, at site: Site? = nil
  ) throws(RunError) -> Value {
    // Only so is the code used without being retained; the closure cannot throw a typed error.
    var failure: RunError?
    let value = _withUnsafeGuaranteedRef { code -> Value in
      let slotCount = code.slotCount
      let slots = state.pointee.top
      var i = count
      while i < slotCount {
        (slots + i).initialize(to: .unset)
        i += 1
      }
      state.pointee.top = slots + slotCount
      state.pointee.depth &+= 1
      defer {
        state.pointee.depth &-= 1
        state.pointee.top = slots
        clear(slots, slotCount)
      }
      do throws(RunError) {
        try state.pointee.interrupt.poll()
        return try code.body(Frame(slots: slots, state: state))
      } catch {
        failure = error
        return .null
      }
    }
    guard let failure else { return value }
    guard let site else { throw failure }
    throw failure.placed(at: site.span, in: site.source)
  }
}

/// Releases what slots hold; most hold numbers.
@inline(__always)
func clear(_ slots: UnsafeMutablePointer<Value>, _ count: Int) {
  var i = 0
  while i < count {
    if case .object = slots[i] { (slots + i).deinitialize(count: 1) }
    i += 1
  }
}

/// Puts own variables that are captured into boxes, and the boxes that were captured into slots.
@inline(never)
func putBoxes(of function: FunctionObject, _ code: FunctionCode, _ frame: Frame) {
  for slot in code.boxedSlots { frame.slots[slot] = .object(Box(frame.slots[slot])) }
  for i in code.captureSlots.indices {
    frame.slots[code.captureSlots[i]] = .object(function.captures[i])
  }
}

/// Takes slots for one call, all without a value, and gives them back afterwards.
@inline(__always)
func withSlots(
  of function: FunctionObject, _ code: FunctionCode, _ frame: Frame,
  _ body: (UnsafeMutablePointer<Value>) throws(RunError) -> Value
) throws(RunError) -> Value {
  let state = frame.state
  let count = code.slotCount
  if Evaluator.isTooDeep(state, slots: count) { throw tooDeep(function.name) }
  try state.pointee.interrupt.poll()
  let slots = state.pointee.top
  slots.initialize(repeating: .unset, count: count)
  state.pointee.top = slots + count
  state.pointee.depth += 1
  defer {
    state.pointee.depth -= 1
    state.pointee.top = slots
    slots.deinitialize(count: count)
  }
  return try body(slots)
}

@inline(never)
func tooDeep(_ name: String?) -> RunError {
  RunError(
    .depth, "calls of `\(name ?? "fn")` nest too deeply",
    hint: "does it call itself without an end?")
}

@inline(never)
func wrongCount(_ function: FunctionObject, _ count: Int) -> RunError {
  RunError(
    .call,
    "`\(function.name ?? "fn")` takes \(argumentsCounted(function.argumentCounts)), not \(count)")
}

/// The arguments of a built-in function as its body takes them, with defaults.
func builtinArguments(
  _ builtin: Builtin, _ values: ContiguousArray<Value>, _ names: [(text: String, value: Value)]
) throws(RunError) -> ContiguousArray<Value> {
  let declaration = builtin.declaration
  let parameters = declaration.parameters
  var arguments = ContiguousArray<Value>()
  arguments.reserveCapacity(parameters.count)
  var isGiven: [Bool] = []
  var next = 0
  for parameter in parameters {
    if parameter.form == .variadic {
      arguments.append(contentsOf: values[min(next, values.count)...])
      isGiven.append(next < values.count)
      next = values.count
    } else if next < values.count {
      arguments.append(values[next])
      isGiven.append(true)
      next += 1
    } else {
      isGiven.append(false)
      switch parameter.defaultValue {
      case .setting(let setting): arguments.append(Value(setting))
      case .required, .described: arguments.append(.null)
      }
    }
  }
  for (name, value) in names {
    guard let i = parameters.firstIndex(where: { $0.name == name }) else {
      throw RunError(
        .call, "`\(declaration.name)` has no parameter `\(name)`",
        hint: suggested(name, among: parameters.map(\.name)))
    }
    if isGiven[i] { throw RunError(.call, "`\(name)` is given twice") }
    arguments[i] = value
    isGiven[i] = true
  }
  let isMissing = parameters.indices.contains { i in
    guard case .required = parameters[i].defaultValue else { return false }
    return !isGiven[i]
  }
  if next < values.count || isMissing {
    throw RunError(
      .call,
      "`\(declaration.name)` takes \(argumentsCounted(declaration.argumentCounts)), not "
        + "\(values.count + names.count)")
  }
  return arguments
}

import Schema

extension Compiler {
  /// A built-in function called by its own name with values by place: no look-up is left.
  mutating func builtinCall(
    _ builtin: Builtin, _ arguments: [ArgumentSyntax], _ site: Site, _ argumentSites: [Site]
  ) -> Code {
    let codes = arguments.map { CodeBox(run: code($0.value)) }
    let parameters = builtin.declaration.parameters
    // Variadic functions take all that is given.
    let isFull =
      parameters.count == codes.count
      || parameters.count == 1 && parameters[0].form == .variadic
    let site = BuiltinSite(builtin: builtin, site: site, argumentSites: argumentSites)
    if isFull, let held = heldArguments(of: builtin, arguments) {
      let general = builtinNode(site, codes).run
      return HeldBuiltinNode(site: site, arguments: held, general: general).box.run
    }
    return builtinNode(site, codes, isFull: isFull).run
  }

  private func builtinNode(
    _ site: BuiltinSite, _ codes: [CodeBox], isFull: Bool = true
  ) -> CodeBox {
    switch codes.count {
    case 1 where isFull: return BuiltinNode1(site: site, first: codes[0].run).box
    case 2 where isFull:
      return BuiltinNode2(site: site, first: codes[0].run, second: codes[1].run).box
    case 3 where isFull:
      return BuiltinNode3(
        site: site, first: codes[0].run, second: codes[1].run, third: codes[2].run
      ).box
    default:
      return CodeBox { frame throws(RunError) in
        var values = ContiguousArray<Value>()
        values.reserveCapacity(codes.count)
        for code in codes { values.append(try code.run(frame)) }
        return try site.call(values, frame)
      }
    }
  }

  /// The arguments where all of them are variables and literals and the function runs no other: then
  /// nothing can change a variable before the call ends.
  private mutating func heldArguments(
    of builtin: Builtin, _ arguments: [ArgumentSyntax]
  ) -> HeldArguments? {
    let takesFunction = builtin.declaration.parameters.contains { $0.domain.takesFunction }
    guard (1...3).contains(arguments.count), !takesFunction else { return nil }
    var held: [HeldArgument] = []
    for argument in arguments {
      if let variable = heldVariable(argument.value) {
        held.append(.variable(variable))
        continue
      }
      let constant: Value
      switch argument.value.form {
      case .integer(let value): constant = .integer(value)
      case .real(let value): constant = .real(value)
      case .string(let text): constant = .string(text)
      default: return nil
      }
      // Compiled code is never freed, nor is what it holds.
      let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
      place.initialize(to: constant)
      held.append(.constant(place))
    }
    return HeldArguments(
      first: held[0], second: held.count > 1 ? held[1] : nil,
      third: held.count > 2 ? held[2] : nil, count: held.count)
  }
}

extension Domain {
  /// Whether a function is asked for.
  fileprivate var takesFunction: Bool {
    switch self {
    case .function: true
    case .either(let domains): domains.contains { $0.takesFunction }
    default: false
    }
  }
}

/// An argument that lies somewhere while a built-in function runs.
private enum HeldArgument {
  case variable(HeldVariable)
  case constant(UnsafeMutablePointer<Value>)

  @inline(__always)
  func place(_ frame: Frame) -> UnsafeMutablePointer<Value> {
    switch self {
    case .variable(let variable): variable.place(frame)
    case .constant(let place): place
    }
  }
}

private struct HeldArguments {
  let first: HeldArgument
  let second: HeldArgument?
  let third: HeldArgument?
  let count: Int

  /// Lends them to a call: they are copied as they lie, and nobody counts who holds them. False where
  /// a variable has no value.
  @inline(__always)
  func lend(to slots: UnsafeMutablePointer<Value>, _ frame: Frame) -> Bool {
    guard lend(first, to: slots, frame) else { return false }
    if let second { guard lend(second, to: slots + 1, frame) else { return false } }
    if let third { guard lend(third, to: slots + 2, frame) else { return false } }
    return true
  }

  @inline(__always)
  private func lend(
    _ argument: HeldArgument, to slot: UnsafeMutablePointer<Value>, _ frame: Frame
  ) -> Bool {
    let place = argument.place(frame)
    if place.pointee.isUnset { return false }
    UnsafeMutableRawPointer(slot).copyMemory(from: place, byteCount: MemoryLayout<Value>.size)
    return true
  }
}

/// A built-in function of variables and literals.
private struct HeldBuiltinNode: Node {
  let site: BuiltinSite
  let arguments: HeldArguments
  /// Says what is wrong.
  let general: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    let slots = try site.place(for: arguments.count, frame)
    guard arguments.lend(to: slots, frame) else { return try general(frame) }
    return try site.callLent(slots, arguments.count, frame)
  }
}

/// A built-in function where it is called by its name.
private struct BuiltinSite {
  private let body: Builtin.Body
  private let place: BuiltinPlace

  init(builtin: Builtin, site: Site, argumentSites: [Site]) {
    body = builtin.body
    place = BuiltinPlace(builtin: builtin, site: site, argumentSites: argumentSites)
  }

  /// Where the arguments go: as many as its body takes.
  @inline(__always)
  func place(for count: Int, _ frame: Frame) throws(RunError) -> UnsafeMutablePointer<Value> {
    let slots = frame.state.pointee.top
    guard slots + count <= frame.state.pointee.end else {
      throw place.tooDeep()
    }
    return slots
  }

  /// Calls it with the arguments that lie there, and takes them away.
  @inline(__always)
  func call(
    _ slots: UnsafeMutablePointer<Value>, _ count: Int, _ frame: Frame
  ) throws(RunError) -> Value {
    let state = frame.state
    state.pointee.top = slots + count
    defer {
      state.pointee.top = slots
      clear(slots, count)
    }
    do throws(RunError) {
      return try state.pointee.owner.lend { (evaluator) throws(RunError) in
        try body(Arguments(slots, count: count), evaluator)
      }
    } catch {
      throw place.placed(error)
    }
  }

  /// Calls it with arguments that are held elsewhere.
  @inline(__always)
  func callLent(
    _ slots: UnsafeMutablePointer<Value>, _ count: Int, _ frame: Frame
  ) throws(RunError) -> Value {
    let state = frame.state
    state.pointee.top = slots + count
    defer { state.pointee.top = slots }
    do throws(RunError) {
      return try state.pointee.owner.lend { (evaluator) throws(RunError) in
        try body(Arguments(slots, count: count), evaluator)
      }
    } catch {
      throw place.placed(error)
    }
  }

  /// Calls it with the arguments that were given.
  func call(_ values: ContiguousArray<Value>, _ frame: Frame) throws(RunError) -> Value {
    try place.call(values, frame)
  }
}

/// What of such a call is needed only where it is not as plain: apart, so that it is not copied for an
/// error.
private final class BuiltinPlace {
  private let builtin: Builtin
  private let site: Site
  private let argumentSites: [Site]

  init(builtin: Builtin, site: Site, argumentSites: [Site]) {
    self.builtin = builtin
    self.site = site
    self.argumentSites = argumentSites
  }

  func call(_ values: ContiguousArray<Value>, _ frame: Frame) throws(RunError) -> Value {
    do throws(RunError) {
      return try builtin.call(
        try builtinArguments(builtin, values, []), frame.state.pointee.evaluator)
    } catch {
      throw placed(error)
    }
  }

  @inline(never)
  func tooDeep() -> RunError { placed(Language.tooDeep(builtin.declaration.name)) }

  @inline(never)
  func placed(_ error: consuming RunError) -> RunError {
    error.placed(builtin, site) { argumentSites.map { (name: String?.none, site: $0) } }
  }
}

private struct BuiltinNode1: Node {
  let site: BuiltinSite
  let first: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    let a = try first(frame)
    let slots = try site.place(for: 1, frame)
    slots.initialize(to: a)
    return try site.call(slots, 1, frame)
  }
}

private struct BuiltinNode2: Node {
  let site: BuiltinSite
  let first: Code
  let second: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    let a = try first(frame)
    let b = try second(frame)
    let slots = try site.place(for: 2, frame)
    slots.initialize(to: a)
    (slots + 1).initialize(to: b)
    return try site.call(slots, 2, frame)
  }
}

private struct BuiltinNode3: Node {
  let site: BuiltinSite
  let first: Code
  let second: Code
  let third: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    let a = try first(frame)
    let b = try second(frame)
    let c = try third(frame)
    let slots = try site.place(for: 3, frame)
    slots.initialize(to: a)
    (slots + 1).initialize(to: b)
    (slots + 2).initialize(to: c)
    return try site.call(slots, 3, frame)
  }
}

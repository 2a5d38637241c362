/// Copies functions with all that they read, so that another thread can run them: the session's
/// variables and captured ones are copied, plain data is shared because it is copied when changed.
final class Freezing {
  let evaluator: Evaluator
  private let original: Evaluator
  private var boxes: [ObjectIdentifier: Box] = [:]
  private var functions: [ObjectIdentifier: FunctionObject] = [:]
  private var handles: [ObjectIdentifier: Handle] = [:]
  private var globals: Set<Int> = []

  init(from original: Evaluator) {
    self.original = original
    evaluator = Evaluator(interrupt: original.state.pointee.interrupt)
  }

  /// What is still to be filled in: copies are made empty, so that nothing recurs however deep values
  /// nest and functions hold each other.
  private var pending: [() -> Void] = []

  func value(_ value: Value) -> Value {
    let copy = emptyCopy(of: value)
    fillPending()
    return copy
  }

  func function(_ function: FunctionObject) -> FunctionObject {
    let copy = emptyCopy(of: function)
    fillPending()
    return copy
  }

  private func fillPending() {
    while let fill = pending.popLast() { fill() }
  }

  private func emptyCopy(of value: Value) -> Value {
    guard case .object(let object) = value else { return value }
    switch object.tag {
    case .list:
      let elements = unsafeDowncast(object, to: ListObject.self).elements
      if !elements.contains(where: \.mayChange) { return value }
      let copy = ListObject([])
      pending.append { [self] in
        for element in elements { copy.elements.append(emptyCopy(of: element)) }
      }
      return .object(copy)
    case .map:
      let map = unsafeDowncast(object, to: MapObject.self)
      map.makeValues()
      let entries = OrderedMap(map)
      if !entries.values.contains(where: \.mayChange) { return value }
      let copy = MapObject(keysOf: entries.object)
      for _ in entries.keys { copy.appendValue(.null) }
      pending.append { [self] in
        for (i, element) in entries.values.enumerated() {
          copy.place(at: i).pointee = emptyCopy(of: element)
        }
      }
      return .object(copy)
    case .function:
      return .object(emptyCopy(of: unsafeDowncast(object, to: FunctionObject.self)))
    case .handle: return .object(handle(unsafeDowncast(object, to: Handle.self)))
    case .box: return .object(box(unsafeDowncast(object, to: Box.self)))
    case .string, .range, .block: return value
    }
  }

  private func emptyCopy(of function: FunctionObject) -> FunctionObject {
    guard let code = function.code else { return function }
    let key = ObjectIdentifier(function)
    if let copy = functions[key] { return copy }
    let copy = function.copy(captures: [])
    functions[key] = copy
    for captured in function.captures { copy.captures.append(box(captured)) }
    copyGlobals(code.globals)
    return copy
  }

  func takeGlobals(_ indices: Set<Int>) {
    copyGlobals(indices)
    fillPending()
  }

  private func copyGlobals(_ indices: Set<Int>) {
    for index in indices where globals.insert(index).inserted {
      evaluator.reserveGlobals(index + 1)
      if let held = original.global(index) {
        evaluator.setGlobal(index, to: emptyCopy(of: held))
      }
    }
  }

  private func box(_ box: Box) -> Box {
    let key = ObjectIdentifier(box)
    if let copy = boxes[key] { return copy }
    let copy = Box(.null)
    boxes[key] = copy
    pending.append { [self] in copy.value = emptyCopy(of: box.value) }
    return copy
  }

  private func handle(_ handle: Handle) -> Handle {
    let key = ObjectIdentifier(handle)
    if let copy = handles[key] { return copy }
    let copy = handle.frozenCopy()
    handles[key] = copy
    return copy
  }
}

extension Value {
  /// Whether a copy may differ from it later: plain data of one level is shared as it is.
  fileprivate var mayChange: Bool {
    guard case .object(let object) = self else { return false }
    return object.tag != .string && object.tag != .range
  }
}

/// A function or block that one other thread may run: it shares nothing that can change.
package final class FrozenFunction: @unchecked Sendable {
  private let function: Value
  private let plain: Unmanaged<FunctionCode>?
  private let block: BlockObject?
  private let slots: UnsafeMutablePointer<Value>?
  private let slotCount: Int
  package let evaluator: Evaluator

  init(function: FunctionObject, evaluator: Evaluator) {
    self.function = .object(function)
    plain = function.plainCode
    self.evaluator = evaluator
    block = nil
    slots = nil
    slotCount = 0
  }

  /// A block with the variables of the frame around it.
  init(block: BlockObject, slots: UnsafeMutablePointer<Value>?, count: Int, evaluator: Evaluator) {
    self.block = block
    self.slots = slots
    slotCount = count
    function = .null
    plain = nil
    self.evaluator = evaluator
  }

  deinit {
    slots?.deinitialize(count: slotCount)
    slots?.deallocate()
  }

  /// How many arguments a call may have; none for a block.
  package var argumentCounts: ClosedRange<Int> {
    (function.payload(.function) as FunctionObject?)?.argumentCounts ?? 0...0
  }

  /// A copy of a function for one more thread. Not while another runs this one.
  package func copy() -> FrozenFunction {
    guard let function = function.frozen(from: evaluator) else {
      preconditionFailure("a frozen block is not copied")
    }
    return function
  }

  /// The same for three arguments, without an array: a reward function is called at every step.
  package func call(
    _ a: consuming Value, _ b: consuming Value, _ c: consuming Value
  ) throws(RunError) -> Value {
    guard let plain, plain._withUnsafeGuaranteedRef({ $0.parameterCount }) == 3 else {
      return try call([a, b, c])
    }
    evaluator.enter()
    let slots = try plain.makeRoom(evaluator.state)
    slots.initialize(to: a)
    (slots + 1).initialize(to: b)
    (slots + 2).initialize(to: c)
    return try plain.call(3, evaluator.state)
  }

  /// Calls the function, or runs the block, which takes no arguments.
  package func call(_ arguments: ContiguousArray<Value>) throws(RunError) -> Value {
    guard let block else { return try evaluator.call(function, arguments) }
    let session = evaluator.sessionFrame
    return try evaluator.entering { () throws(RunError) in
      try block.code(Frame(slots: slots ?? session.slots, state: session.state))
    }
  }
}

extension Value {
  /// A copy of a function, or of a block handed to a command, with an evaluator of its own; nil for
  /// any other value.
  package func frozen(from evaluator: Evaluator) -> FrozenFunction? {
    let copy = Freezing(from: evaluator)
    if let function: FunctionObject = payload(.function) {
      return FrozenFunction(function: copy.function(function), evaluator: copy.evaluator)
    }
    guard let block: BlockObject = payload(.block), let frame = block.frame else { return nil }
    copy.takeGlobals(block.globals)
    guard let count = block.slotCount else {
      return FrozenFunction(block: block, slots: nil, count: 0, evaluator: copy.evaluator)
    }
    let slots = UnsafeMutablePointer<Value>.allocate(capacity: count)
    for i in 0..<count { (slots + i).initialize(to: copy.value(frame.slots[i])) }
    return FrozenFunction(block: block, slots: slots, count: count, evaluator: copy.evaluator)
  }
}

extension Compiler {
  mutating func assignment(to targets: [Target], _ value: Expression) -> Action {
    if targets.count == 1 { return assignment(to: targets[0], value) }
    let code = code(value)
    let stores = targets.map { store($0) }
    let site = site(targets[0].span)
    return { frame throws(RunError) in
      let value = try code(frame)
      guard let elements = value.elements else {
        throw site.error(.type, "\(value.typeName.withArticle) cannot be taken apart; a list can")
      }
      guard elements.count == stores.count else {
        throw site.error(
          .value, "there are \(stores.count) names for \(counted(elements.count, "value"))")
      }
      for i in stores.indices { try stores[i](frame, elements[i]) }
      return .next
    }
  }

  private mutating func assignment(to target: Target, _ value: Expression) -> Action {
    if target.steps.isEmpty {
      if let function, function.isDefinition { return overridable(target.name, code(value)) }
      if case .slot(let slot) = storage(of: target.name) {
        return withOperand(value, SlotAssignment(slot: slot)).run
      }
    }
    let code = code(value)
    if target.steps.count == 1 { return elementAssignment(to: target, code) }
    let store = store(target)
    guard let path = heldPath(toHolderOf: target), let last = lastStep(of: target) else {
      return { frame throws(RunError) in
        try store(frame, try code(frame))
        return .next
      }
    }
    return PathAssignmentNode(path: path, last: last, value: code, store: store).box.run
  }

  private mutating func elementAssignment(
    to target: Target, _ value: @escaping Code
  ) -> Action {
    let assigned = assignedElement(target)
    switch target.steps[0] {
    case .member(let name, let span):
      return EntryAssignmentNode(
        target: assigned, entry: EntrySite(name, site(span)), value: value
      ).box.run
    case .index(let index):
      return withIndex(index, ElementAssignment(target: assigned, value: value)).run
    }
  }

  private mutating func assignedElement(_ target: Target) -> AssignedElement {
    guard let variable = HeldVariable(storage(of: target.name)) else {
      preconditionFailure("a constant is assigned")
    }
    let site: Site
    var member: Value?
    switch target.steps[0] {
    case .member(let name, let span): (member, site) = (.string(name), self.site(span))
    case .index(let index): site = self.site(index.span)
    }
    return AssignedElement(
      variable: variable, member: member, site: site, name: target.name.text,
      nameSite: self.site(target.name.span))
  }

  /// In a definition a value that was given from outside stays.
  private mutating func overridable(_ name: Name, _ code: @escaping Code) -> Action {
    let text = name.text
    let write = write(name)
    return { frame throws(RunError) in
      if let given = frame.slots[Definition.overridesSlot].entries?[text] {
        write(frame, given)
      } else {
        write(frame, try code(frame))
      }
      return .next
    }
  }

  /// What stores a value in a target.
  private mutating func store(
    _ target: Target
  ) -> (Frame, Value) throws(RunError) -> Void {
    guard !target.steps.isEmpty else { return write(target.name) }
    let path = path(target)
    let place = place(target.name)
    let name = target.name.text
    let nameSite = site(target.name.span)
    return { frame, value throws(RunError) in
      let keys = try keys(of: path, frame)
      let place = place(frame)
      if place.pointee.isUnset { throw noValue(name, nameSite) }
      try change(place, keys[...]) { (place) throws(RunError) in place.pointee = value }
    }
  }

  // MARK: x += y

  mutating func update(
    _ target: Target, _ operation: BinaryOperator, at span: Span, _ value: Expression
  ) -> Action {
    switch operation {
    case .add: return update(Addition.self, target, at: span, value)
    case .subtract: return update(Subtraction.self, target, at: span, value)
    case .multiply: return update(Multiplication.self, target, at: span, value)
    case .divide: return update(Division.self, target, at: span, value)
    case .floorDivide: return update(FloorDivision.self, target, at: span, value)
    case .modulo: return update(Modulo.self, target, at: span, value)
    default: return update(Power.self, target, at: span, value)
    }
  }

  private mutating func update<Operation: BinaryOperation>(
    _: Operation.Type, _ target: Target, at span: Span, _ value: Expression
  ) -> Action {
    let site = site(span)
    let name = target.name.text
    let nameSite = self.site(target.name.span)
    let isAddition = Operation.self == Addition.self
    if target.steps.isEmpty, case .slot(let slot) = storage(of: target.name) {
      let update = SlotUpdate<Operation>(slot: slot, name: name, site: site, nameSite: nameSite)
      switch value.form {
      case .list(let elements) where elements.count == 1:
        return withOperand(elements[0], ElementUpdate(update: update)).run
      case .interpolation(let pieces):
        return TextUpdateNode(update: update, text: text(of: pieces)).box.run
      default: return withOperand(value, update).run
      }
    }
    let code = code(value)
    if target.steps.count == 1 {
      return elementUpdate(Operation.self, target, code, site)
    }
    let path = path(target)
    let place = self.place(target.name)
    let update: (Frame, Value) throws(RunError) -> Void = { frame, value throws(RunError) in
      let keys = try keys(of: path, frame)
      if place(frame).pointee.isUnset { throw noValue(name, nameSite) }
      try change(place(frame), keys[...], mustExist: true) { (place) throws(RunError) in
        if isAddition, try append(value, to: place, site) { return }
        place.pointee = try Operation.apply(place.pointee, value, site)
      }
    }
    if let path = heldPath(toHolderOf: target), let last = lastStep(of: target) {
      return PathUpdateNode<Operation>(
        path: path, last: last, value: code, update: update, site: site
      ).box.run
    }
    return { frame throws(RunError) in
      try update(frame, try code(frame))
      return .next
    }
  }

  private mutating func elementUpdate<Operation: BinaryOperation>(
    _: Operation.Type, _ target: Target, _ value: @escaping Code, _ site: Site
  ) -> Action {
    let update = ElementOperation<Operation>(
      target: assignedElement(target), value: value, site: site)
    switch target.steps[0] {
    case .member(let name, let span):
      return EntryUpdateNode(update: update, entry: EntrySite(name, self.site(span))).box.run
    case .index(let index): return withIndex(index, update).run
    }
  }

  // MARK: Paths

  private mutating func path(_ target: Target) -> [Step] {
    target.steps.map { step in
      switch step {
      case .member(let name, let span):
        Step(member: .string(name), code: nil, site: site(span))
      case .index(let index):
        Step(member: .null, code: code(index), site: site(index.span))
      }
    }
  }

  /// Where a variable's value lies, to be changed in place.
  private mutating func place(_ name: Name) -> (Frame) -> UnsafeMutablePointer<Value> {
    switch storage(of: name) {
    case .slot(let slot): return { $0.slots + slot }
    case .box(let slot): return { box($0.slots[slot]).place }
    case .global(let index, _): return { $0.state.pointee.globals + index }
    case .constant: preconditionFailure("a constant is assigned")
    }
  }
}

/// The element of a variable that is assigned or updated, and how it is found the long way.
private struct AssignedElement {
  let variable: HeldVariable
  /// The name after the dot; nil for an index.
  let member: Value?
  let site: Site
  let name: String
  let nameSite: Site

  /// Changes it, or says what is wrong. The key is that of an index.
  private func change(
    _ frame: Frame, _ key: Value, mustExist: Bool,
    _ body: (UnsafeMutablePointer<Value>) throws(RunError) -> Void
  ) throws(RunError) {
    let place = variable.place(frame)
    if place.pointee.isUnset { throw noValue(name, nameSite) }
    let key = Key(value: member ?? key, isMember: member != nil, site: site)
    try changeElement(of: place, key, mustExist: mustExist, body)
  }

  @inline(never)
  func assign(_ value: Value, key: Value = .null, _ frame: Frame) throws(RunError) {
    try change(frame, key, mustExist: false) { (place) throws(RunError) in place.pointee = value }
  }

  @inline(never)
  func update<Operation: BinaryOperation>(
    _: Operation.Type, _ value: Value, key: Value = .null, _ frame: Frame, _ site: Site
  ) throws(RunError) {
    try change(frame, key, mustExist: true) { (place) throws(RunError) in
      if Operation.self == Addition.self, try append(value, to: place, site) { return }
      place.pointee = try Operation.apply(place.pointee, value, site)
    }
  }
}

/// `x.name = value`
private struct EntryAssignmentNode: Node {
  let target: AssignedElement
  let entry: EntrySite
  let value: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let value = try value(frame)
    if setEntry(entry, of: target.variable.place(frame), to: value) { return .next }
    try target.assign(value, frame)
    return .next
  }
}

/// `x[index] = value`
private struct ElementAssignment: IndexUser {
  let target: AssignedElement
  let value: Code

  func use<Used: Index>(_ index: Used, _ compiler: inout Compiler) -> ActionBox {
    ElementAssignmentNode(assignment: self, index: index).box
  }
}

private struct ElementAssignmentNode<Used: Index>: Node {
  let assignment: ElementAssignment
  let index: Used

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let value = try assignment.value(frame)
    let target = assignment.target
    try index.with(frame) { (key) throws(RunError) in
      if setElement(key, of: target.variable.place(frame), to: value) { return }
      try target.assign(value, key: key.pointee, frame)
    }
    return .next
  }
}

/// `x[index] += value`, and the like.
private struct ElementOperation<Operation: BinaryOperation>: IndexUser {
  let target: AssignedElement
  let value: Code
  let site: Site

  func use<Used: Index>(_ index: Used, _ compiler: inout Compiler) -> ActionBox {
    ElementOperationNode(update: self, index: index).box
  }
}

private struct ElementOperationNode<Operation: BinaryOperation, Used: Index>: Node {
  let update: ElementOperation<Operation>
  let index: Used

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let value = try update.value(frame)
    let target = update.target
    try index.with(frame) { (key) throws(RunError) in
      let isDone = try updateElement(
        Operation.self, key, of: target.variable.place(frame), by: value, update.site)
      if !isDone { try target.update(Operation.self, value, key: key.pointee, frame, update.site) }
    }
    return .next
  }
}

/// `x.name += value`, and the like.
private struct EntryUpdateNode<Operation: BinaryOperation>: Node {
  let update: ElementOperation<Operation>
  let entry: EntrySite

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let value = try update.value(frame)
    let target = update.target
    let isDone = try updateEntry(
      Operation.self, entry, of: target.variable.place(frame), by: value, update.site)
    if !isDone { try target.update(Operation.self, value, frame, update.site) }
    return .next
  }
}

/// `x = value`
private struct SlotAssignment: OperandUser {
  let slot: Int

  func use<Used: Node<Value>>(_ value: Used, _ compiler: inout Compiler) -> ActionBox {
    SlotAssignmentNode(slot: slot, value: value).box
  }
}

private struct SlotAssignmentNode<Assigned: Node<Value>>: Node {
  let slot: Int
  let value: Assigned

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    put(try value.run(frame), in: frame.slots + slot)
    return .next
  }
}

/// `x += value`, and the like.
private struct SlotUpdate<Operation: BinaryOperation>: OperandUser {
  let slot: Int
  let name: String
  let site: Site
  let nameSite: Site

  func use<Used: Node<Value>>(_ value: Used, _ compiler: inout Compiler) -> ActionBox {
    SlotUpdateNode(update: self, value: value).box
  }

  @inline(never)
  func others(_ value: Value, _ place: UnsafeMutablePointer<Value>) throws(RunError) {
    if place.pointee.isUnset { throw noValue(name, nameSite) }
    if Operation.self == Addition.self, try append(value, to: place, site) { return }
    place.pointee = try Operation.apply(place.pointee, value, site)
  }
}

private struct SlotUpdateNode<Operation: BinaryOperation, Added: Node<Value>>: Node {
  let update: SlotUpdate<Operation>
  let value: Added

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let value = try value.run(frame)
    let place = frame.slots + update.slot
    if try !updateNumber(Operation.self, place, by: value, update.site) {
      try update.others(value, place)
    }
    return .next
  }
}

/// `x += [element]`: no list is made of the element where `x` is one.
private struct ElementUpdate<Operation: BinaryOperation>: OperandUser {
  let update: SlotUpdate<Operation>

  func use<Used: Node<Value>>(_ element: Used, _ compiler: inout Compiler) -> ActionBox {
    ElementUpdateNode(update: update, element: element).box
  }
}

private struct ElementUpdateNode<Operation: BinaryOperation, Element: Node<Value>>: Node {
  let update: SlotUpdate<Operation>
  let element: Element

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let element = try element.run(frame)
    let place = frame.slots + update.slot
    if Operation.self == Addition.self, heldTag(at: place) == .list {
      let list = uniqueList(place)
      try checkSize(ofList: list.elements.count, plus: 1, update.site)
      list.elements.append(element)
    } else {
      try update.others(.list([element]), place)
    }
    return .next
  }
}

/// `x += "{…}"`: no object is made of the text where `x` is a string.
private struct TextUpdateNode<Operation: BinaryOperation>: Node {
  let update: SlotUpdate<Operation>
  let text: (Frame) throws(RunError) -> String

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let text = try text(frame)
    let place = frame.slots + update.slot
    if Operation.self == Addition.self, heldTag(at: place) == .string {
      try appendText(text, to: place, update.site)
    } else {
      try update.others(.string(text), place)
    }
    return .next
  }
}

/// One step from a value to an element of it, as written.
private struct Step {
  let member: Value
  /// Nil for a member.
  let code: Code?
  let site: Site

  @inline(__always)
  func key(_ frame: Frame) throws(RunError) -> Key {
    guard let code else { return Key(value: member, isMember: true, site: site) }
    return Key(value: try code(frame), isMember: false, site: site)
  }
}

private func keys(of path: [Step], _ frame: Frame) throws(RunError) -> ContiguousArray<Key> {
  var keys = ContiguousArray<Key>()
  keys.reserveCapacity(path.count)
  for step in path { keys.append(try step.key(frame)) }
  return keys
}

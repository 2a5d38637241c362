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
    return { frame throws(RunError) in
      try store(frame, try code(frame))
      return .next
    }
  }

  private mutating func elementAssignment(
    to target: Target, _ value: @escaping Code
  ) -> Action {
    let step = path(target)[0]
    let site = site(target.name.span)
    if case .slot(let slot) = storage(of: target.name) {
      return ElementAssignmentNode(
        holder: SlotHolder(slot: slot), step: step, value: value, name: target.name.text,
        nameSite: site
      ).box.run
    }
    return ElementAssignmentNode(
      holder: OtherHolder(find: place(target.name)), step: step, value: value,
      name: target.name.text, nameSite: site
    ).box.run
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
    let path = path(target)
    let place = self.place(target.name)
    if path.count == 1 {
      let step = path[0]
      return { frame throws(RunError) in
        let value = try code(frame)
        let key = try step.key(frame)
        let place = place(frame)
        if place.pointee.isUnset { throw noValue(name, nameSite) }
        try changeElement(of: place, key, mustExist: true) { (place) throws(RunError) in
          if isAddition, try append(value, to: place, site) { return }
          place.pointee = try Operation.apply(place.pointee, value, site)
        }
        return .next
      }
    }
    return { frame throws(RunError) in
      let value = try code(frame)
      let keys = try keys(of: path, frame)
      if place(frame).pointee.isUnset { throw noValue(name, nameSite) }
      try change(place(frame), keys[...], mustExist: true) { (place) throws(RunError) in
        if isAddition, try append(value, to: place, site) { return }
        place.pointee = try Operation.apply(place.pointee, value, site)
      }
      return .next
    }
  }

  // MARK: Paths

  private mutating func path(_ target: Target) -> [Step] {
    target.steps.map { step in
      switch step {
      case .member(let name, let span):
        Step(member: .string(name), entry: EntrySite(name, site(span)), code: nil, site: site(span))
      case .index(let index):
        Step(member: .null, entry: nil, code: code(index), site: site(index.span))
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

/// Puts a value into a variable: numbers in place, without a look at how many hold what was there.
@inline(__always)
private func put(_ value: Value, in place: UnsafeMutablePointer<Value>) {
  if case .object = place.pointee {
    place.pointee = value
  } else {
    place.initialize(to: value)
  }
}

/// Where the variable lies whose element is assigned.
private protocol Holder {
  func place(_ frame: Frame) -> UnsafeMutablePointer<Value>
}

private struct SlotHolder: Holder {
  let slot: Int

  @inline(__always)
  func place(_ frame: Frame) -> UnsafeMutablePointer<Value> { frame.slots + slot }
}

private struct OtherHolder: Holder {
  let find: (Frame) -> UnsafeMutablePointer<Value>

  func place(_ frame: Frame) -> UnsafeMutablePointer<Value> { find(frame) }
}

/// `x.name = value` and `x[index] = value`
private struct ElementAssignmentNode<Holding: Holder>: Node {
  let holder: Holding
  let step: Step
  let value: Code
  let name: String
  let nameSite: Site

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let value = try value(frame)
    if let entry = step.entry {
      let place = holder.place(frame)
      if setEntry(entry, of: place, to: value) { return .next }
      try others(value, step.member, place)
      return .next
    }
    let index = try step.code!(frame)
    let place = holder.place(frame)
    if setElement(index, of: place, to: value) { return .next }
    try others(value, index, place)
    return .next
  }

  @inline(never)
  private func others(
    _ value: Value, _ key: Value, _ place: UnsafeMutablePointer<Value>
  ) throws(RunError) {
    if place.pointee.isUnset { throw noValue(name, nameSite) }
    let key = Key(value: key, isMember: step.entry != nil, site: step.site)
    try changeElement(of: place, key, mustExist: false) { (place) throws(RunError) in
      place.pointee = value
    }
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
    if case .integer(let old) = place.pointee, case .integer(let new) = value {
      // A number needs no release.
      place.initialize(to: try Operation.integers(old, new, update.site))
    } else if case .real(let old) = place.pointee, case .real(let new) = value {
      place.initialize(to: try Operation.reals(old, new, update.site))
    } else {
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
    if Operation.self == Addition.self, tag(at: place) == .list {
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
    if Operation.self == Addition.self, tag(at: place) == .string {
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
  let entry: EntrySite?
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

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
    let store = store(target)
    return { frame throws(RunError) in
      try store(frame, try code(frame))
      return .next
    }
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
    if path.count == 1 {
      let step = path[0]
      return { frame, value throws(RunError) in
        let key = try step.key(frame)
        let place = place(frame)
        if place.pointee.isUnset { throw noValue(name, nameSite) }
        try changeElement(of: place, key, mustExist: false) { (place) throws(RunError) in
          place.pointee = value
        }
      }
    }
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
    return { frame throws(RunError) in
      let value = try code(frame)
      let keys = try keys(of: path, frame)
      if place(frame).pointee.isUnset { throw noValue(name, nameSite) }
      try change(place(frame), keys[...], mustExist: true) { (place) throws(RunError) in
        if isAddition, append(value, to: place) { return }
        place.pointee = try Operation.apply(place.pointee, value, site)
      }
      return .next
    }
  }

  // MARK: Paths

  private mutating func path(_ target: Target) -> [Step] {
    target.steps.map { step in
      switch step {
      case .member(let name, let span): Step(member: .string(name), code: nil, site: site(span))
      case .index(let index): Step(member: .null, code: code(index), site: site(index.span))
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
    if Operation.self == Addition.self, append(value, to: place) { return }
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
      uniqueList(place).elements.append(element)
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
      appendText(text, to: place)
    } else {
      try update.others(.string(text), place)
    }
    return .next
  }
}

/// One step from a value to an element of it, as written.
private struct Step {
  let member: Value
  let code: Code?
  let site: Site

  @inline(__always)
  func key(_ frame: Frame) throws(RunError) -> Key {
    guard let code else { return Key(value: member, isMember: true, site: site) }
    return Key(value: try code(frame), isMember: false, site: site)
  }
}

/// The same with its index evaluated.
private struct Key {
  let value: Value
  let isMember: Bool
  let site: Site
}

private func keys(of path: [Step], _ frame: Frame) throws(RunError) -> ContiguousArray<Key> {
  var keys = ContiguousArray<Key>()
  keys.reserveCapacity(path.count)
  for step in path { keys.append(try step.key(frame)) }
  return keys
}

/// Follows keys from a place, making every list and map on the way the only one of its kind, and
/// changes what is at the end.
private func change(
  _ place: UnsafeMutablePointer<Value>, _ keys: ArraySlice<Key>, mustExist: Bool = false,
  _ body: (UnsafeMutablePointer<Value>) throws(RunError) -> Void
) throws(RunError) {
  guard let key = keys.first else { return try body(place) }
  let rest = keys.dropFirst()
  try changeElement(of: place, key, mustExist: mustExist || !rest.isEmpty) {
    (place) throws(RunError) in
    try change(place, rest, mustExist: mustExist, body)
  }
}

/// Changes one element of the list or map at a place, in place where nobody else holds it.
private func changeElement(
  of place: UnsafeMutablePointer<Value>, _ key: Key, mustExist: Bool,
  _ body: (UnsafeMutablePointer<Value>) throws(RunError) -> Void
) throws(RunError) {
  switch tag(at: place) {
  case .list:
    guard !key.isMember else { throw notAssignable(place.pointee, key) }
    let index = try position(key.value, count: listCount(at: place), "list", key.site)
    let list = uniqueList(place)
    try list.elements.withUnsafeMutableBufferPointer { (elements) throws(RunError) in
      try body(elements.baseAddress! + index)
    }
  case .map:
    guard let name = key.value.text else {
      throw key.site.error(
        .type, "a map's key is a string, not \(key.value.typeName.withArticle)")
    }
    if mustExist { try requireKey(name, at: place, key.site) }
    try uniqueMap(place).entries.change(name, body)
  default: throw notAssignable(place.pointee, key)
  }
}

@inline(never)
private func notAssignable(_ value: Value, _ key: Key) -> RunError {
  let what = value.typeName.withArticle
  return key.site.error(
    .type,
    key.isMember
      ? "\(what) has no members that can be assigned"
      : "\(what) has no elements that can be assigned")
}

// Asked in functions of their own: a name in the caller for what stands at the place would hold it,
// and every change would copy the whole.

private func tag(at place: UnsafeMutablePointer<Value>) -> Object.Tag? {
  guard case .object(let object) = place.pointee else { return nil }
  return object.tag
}

private func listCount(at place: UnsafeMutablePointer<Value>) -> Int {
  guard let list: ListObject = place.pointee.payload(.list) else { return 0 }
  return list.elements.count
}

private func requireKey(
  _ name: String, at place: UnsafeMutablePointer<Value>, _ site: Site
) throws(RunError) {
  guard let map: MapObject = place.pointee.payload(.map) else { return }
  if map.entries.position(of: name) == nil {
    throw site.error(
      .key, "there is no key `\(name)`", hint: suggested(name, among: map.entries.keys))
  }
}

/// The list at a place, of which it is then the only holder.
private func uniqueList(_ place: UnsafeMutablePointer<Value>) -> ListObject {
  let taken = place.move()
  place.initialize(to: .null)
  guard case .object(var object) = consume taken else { preconditionFailure("no list here") }
  if !isKnownUniquelyReferenced(&object) {
    object = ListObject(unsafeDowncast(object, to: ListObject.self).elements)
  }
  let list = unsafeDowncast(object, to: ListObject.self)
  place.initialize(to: .object(object))
  return list
}

private func uniqueMap(_ place: UnsafeMutablePointer<Value>) -> MapObject {
  let taken = place.move()
  place.initialize(to: .null)
  guard case .object(var object) = consume taken else { preconditionFailure("no map here") }
  if !isKnownUniquelyReferenced(&object) {
    object = MapObject(unsafeDowncast(object, to: MapObject.self).entries)
  }
  let map = unsafeDowncast(object, to: MapObject.self)
  place.initialize(to: .object(object))
  return map
}

/// `place += value` for a list or a string, in place; false for anything else.
private func append(_ value: Value, to place: UnsafeMutablePointer<Value>) -> Bool {
  guard case .object(let added) = value, tag(at: place) == added.tag else { return false }
  switch added.tag {
  case .list:
    // The elements are held first: it may be the same list.
    let elements = unsafeDowncast(added, to: ListObject.self).elements
    appendElements(elements, to: place)
    return true
  case .string:
    let text = unsafeDowncast(added, to: StringObject.self).text
    appendText(text, to: place)
    return true
  default: return false
  }
}

@inline(never)
private func appendElements(
  _ elements: ContiguousArray<Value>, to place: UnsafeMutablePointer<Value>
) {
  let list = uniqueList(place)
  if elements.count == 1 {
    list.elements.append(elements[0])
  } else {
    list.elements.append(contentsOf: elements)
  }
}

@inline(never)
private func appendText(_ text: String, to place: UnsafeMutablePointer<Value>) {
  let taken = place.move()
  place.initialize(to: .null)
  guard case .object(var object) = consume taken else { preconditionFailure("no string here") }
  if !isKnownUniquelyReferenced(&object) {
    object = StringObject(unsafeDowncast(object, to: StringObject.self).text)
  }
  unsafeDowncast(object, to: StringObject.self).text += text
  place.initialize(to: .object(object))
}

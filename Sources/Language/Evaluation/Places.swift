// Changing what lies in a place: a variable, or an element of the list or map that one holds.

/// What leads from a value to one of its elements: a name after a dot, or an index.
struct Key {
  let value: Value
  let isMember: Bool
  let site: Site
}

/// Follows keys from a place, making every list and map on the way the only one of its kind, and
/// changes what is at the end.
func change(
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
func changeElement(
  of place: UnsafeMutablePointer<Value>, _ key: Key, mustExist: Bool,
  _ body: (UnsafeMutablePointer<Value>) throws(RunError) -> Void
) throws(RunError) {
  switch heldTag(at: place) {
  case .list:
    guard !key.isMember else { throw notAssignable(place.pointee, key) }
    let index = try position(key.value, count: listCount(at: place), "list", key.site)
    let list = uniqueList(place)
    try list.elements.withUnsafeMutableBufferPointer { (elements) throws(RunError) in
      try body(elements.baseAddress! + index)
    }
  case .map:
    guard let name: StringObject = key.value.payload(.string) else {
      throw key.site.error(
        .type, "a map's key is a string, not \(key.value.typeName.withArticle)")
    }
    if mustExist { try requireKey(name, at: place, key.site) }
    let map = uniqueMap(place)
    let position = map.position(of: name) ?? map.append(name.text, hash: name.hash, .null)
    try body(map.place(at: position))
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

/// The tag of the object that lies in a place, whose holders are not counted; nil for what is none.
@inline(__always)
func heldTag(at place: UnsafePointer<Value>) -> Object.Tag? {
  guard case .object = place.pointee else { return nil }
  return withHeldObject(in: place) { $0.tag }
}

@inline(__always)
func listCount(at place: UnsafePointer<Value>) -> Int {
  withHeldObject(in: place) { unsafeDowncast($0, to: ListObject.self).elements.count }
}

private func requireKey(
  _ name: StringObject, at place: UnsafeMutablePointer<Value>, _ site: Site
) throws(RunError) {
  guard let map: MapObject = place.pointee.payload(.map) else { return }
  if map.position(of: name) == nil { throw missingKey(name.text, in: map, site) }
}

/// `place.name = value` where a map lies there; false where none does.
@inline(__always)
func setEntry(
  _ entry: EntrySite, of place: UnsafeMutablePointer<Value>, to value: Value
) -> Bool {
  guard heldTag(at: place) == .map else { return false }
  if let held = heldEntry(entry, of: place) {
    put(value, in: held)
  } else {
    withHeldObject(in: place) {
      _ = unsafeDowncast($0, to: MapObject.self).append(entry.name, hash: entry.hash, value)
    }
  }
  return true
}

/// `place[key] = value` where a list with that index, or a map, lies there; false where the long way
/// must say what is wrong.
@inline(__always)
func setElement(
  _ key: UnsafePointer<Value>, of place: UnsafeMutablePointer<Value>, to value: Value
) -> Bool {
  switch heldTag(at: place) {
  case .list:
    guard case .integer(let index) = key.pointee, index >= 0, index < listCount(at: place) else {
      return false
    }
    put(value, in: heldElement(index, of: place))
    return true
  case .map:
    guard heldTag(at: key) == .string else { return false }
    if let held = heldEntry(key, of: place) {
      put(value, in: held)
    } else {
      withHeldObject(in: place) { map in
        withHeldObject(in: key) {
          let key = unsafeDowncast($0, to: StringObject.self)
          _ = unsafeDowncast(map, to: MapObject.self).append(key.text, hash: key.hash, value)
        }
      }
    }
    return true
  default: return false
  }
}

/// Changes the element under a key by an operation, as `place[key] += value` does, where the element
/// and the value are both integers or both reals; false where the long way is to be taken.
@inline(__always)
func updateElement<Operation: BinaryOperation>(
  _: Operation.Type, _ key: UnsafePointer<Value>, of place: UnsafeMutablePointer<Value>,
  by value: Value, _ site: Site
) throws(RunError) -> Bool {
  switch heldTag(at: place) {
  case .list:
    guard case .integer(let index) = key.pointee, index >= 0, index < listCount(at: place) else {
      return false
    }
    return try updateNumber(Operation.self, heldElement(index, of: place), by: value, site)
  case .map:
    guard heldTag(at: key) == .string, let held = heldEntry(key, of: place) else { return false }
    return try updateNumber(Operation.self, held, by: value, site)
  default: return false
  }
}

/// The same for `place.name += value`.
@inline(__always)
func updateEntry<Operation: BinaryOperation>(
  _: Operation.Type, _ entry: EntrySite, of place: UnsafeMutablePointer<Value>,
  by value: Value, _ site: Site
) throws(RunError) -> Bool {
  guard heldTag(at: place) == .map, let held = heldEntry(entry, of: place) else { return false }
  return try updateNumber(Operation.self, held, by: value, site)
}

// These give addresses, not objects: what is handed out of `withHeldObject` would be counted.

/// Where an element of a list lies, after the list was made the only one of its kind. It stays there
/// until the list is changed.
///
/// - Precondition: a list lies in the place, with an element of that index.
@inline(__always)
func heldElement(
  _ index: Int, of place: UnsafeMutablePointer<Value>
) -> UnsafeMutablePointer<Value> {
  makeUnique(place)
  return withHeldObject(in: place) {
    unsafeDowncast($0, to: ListObject.self).elements.withUnsafeMutableBufferPointer {
      $0.baseAddress! + index
    }
  }
}

/// Where the value of a map lies under a name, after the map was made the only one of its kind; nil
/// where it has no such key.
///
/// - Precondition: a map lies in the place.
@inline(__always)
func heldEntry(
  _ entry: EntrySite, of place: UnsafeMutablePointer<Value>
) -> UnsafeMutablePointer<Value>? {
  makeUnique(place)
  return withHeldObject(in: place) {
    let map = unsafeDowncast($0, to: MapObject.self)
    guard let position = entry.position(in: map) else { return nil }
    return map.place(at: position)
  }
}

/// The same for a key that is a string.
@inline(__always)
func heldEntry(
  _ key: UnsafePointer<Value>, of place: UnsafeMutablePointer<Value>
) -> UnsafeMutablePointer<Value>? {
  makeUnique(place)
  return withHeldObject(in: place) { object in
    withHeldObject(in: key) {
      let map = unsafeDowncast(object, to: MapObject.self)
      guard let position = map.position(of: unsafeDowncast($0, to: StringObject.self)) else {
        return nil
      }
      return map.place(at: position)
    }
  }
}

/// `place += value` for two integers or two reals; false for anything else.
@inline(__always)
func updateNumber<Operation: BinaryOperation>(
  _: Operation.Type, _ place: UnsafeMutablePointer<Value>, by value: Value, _ site: Site
) throws(RunError) -> Bool {
  // A number needs no release.
  if case .integer(let old) = place.pointee, case .integer(let new) = value {
    place.initialize(to: try Operation.integers(old, new, site))
    return true
  }
  if case .real(let old) = place.pointee, case .real(let new) = value {
    place.initialize(to: try Operation.reals(old, new, site))
    return true
  }
  return false
}

/// Puts a value into a variable or an element: numbers in place, without a look at how many hold what
/// was there.
@inline(__always)
func put(_ value: Value, in place: UnsafeMutablePointer<Value>) {
  if case .object = place.pointee {
    place.pointee = value
  } else {
    place.initialize(to: value)
  }
}

/// The list at a place, of which it is then the only holder.
@inline(__always)
func uniqueList(_ place: UnsafeMutablePointer<Value>) -> ListObject {
  makeUnique(place)
  return withHeldObject(in: place) { unsafeDowncast($0, to: ListObject.self) }
}

@inline(__always)
func uniqueMap(_ place: UnsafeMutablePointer<Value>) -> MapObject {
  makeUnique(place)
  return withHeldObject(in: place) { unsafeDowncast($0, to: MapObject.self) }
}

@inline(__always)
private func uniqueString(_ place: UnsafeMutablePointer<Value>) -> StringObject {
  makeUnique(place)
  return withHeldObject(in: place) { unsafeDowncast($0, to: StringObject.self) }
}

/// Makes the place the only holder of its object.
@inline(__always)
private func makeUnique(_ place: UnsafeMutablePointer<Value>) {
  if !isOnlyHolder(place) { place.pointee = copy(place.pointee) }
}

/// Whether nobody else holds the object that lies in a place.
@inline(__always)
private func isOnlyHolder(_ place: UnsafeMutablePointer<Value>) -> Bool {
  // The object's address is the first word of a value: it is asked where it lies, uncounted.
  UnsafeMutableRawPointer(place).withMemoryRebound(to: Object.self, capacity: 1) {
    isKnownUniquelyReferenced(&$0.pointee)
  }
}

/// Puts the key and the value at a position of a map into variables: the key into the string that is
/// there, where nobody else holds it, as mostly in a loop.
@inline(__always)
func putEntry(
  of map: MapObject, at position: Int, key: UnsafeMutablePointer<Value>,
  value: UnsafeMutablePointer<Value>
) {
  if heldTag(at: key) == .string, isOnlyHolder(key) {
    withHeldObject(in: key) {
      unsafeDowncast($0, to: StringObject.self).becomeKey(of: map, at: position)
    }
  } else {
    put(.string(map.key(at: position)), in: key)
  }
  put(map.value(at: position), in: value)
}

extension Value {
  /// Puts reals in the place of all elements of a list that has as many and that nobody else holds;
  /// false where it is no such list.
  public mutating func overwrite(with reals: UnsafeBufferPointer<Float>) -> Bool {
    withUnsafeMutablePointer(to: &self) { place in
      guard heldTag(at: place) == .list, isOnlyHolder(place), listCount(at: place) == reals.count
      else { return false }
      withHeldObject(in: place) {
        unsafeDowncast($0, to: ListObject.self).elements.withUnsafeMutableBufferPointer {
          elements in
          for i in 0..<reals.count { put(.real(Double(reals[i])), in: &elements[i]) }
        }
      }
      return true
    }
  }
}

@inline(never)
private func copy(_ value: Value) -> Value {
  guard case .object(let object) = value else { preconditionFailure("no object here") }
  switch object.tag {
  case .string: return .string(unsafeDowncast(object, to: StringObject.self).text)
  case .list: return .list(unsafeDowncast(object, to: ListObject.self).elements)
  case .map: return .object(unsafeDowncast(object, to: MapObject.self).copy())
  case .range, .function, .block, .handle, .box: preconditionFailure("it cannot be changed")
  }
}

/// `place += value` for a list or a string, in place; false for anything else.
func append(
  _ value: Value, to place: UnsafeMutablePointer<Value>, _ site: Site
) throws(RunError) -> Bool {
  guard case .object(let added) = value, heldTag(at: place) == added.tag else { return false }
  switch added.tag {
  case .list:
    // The elements are held first: it may be the same list.
    let elements = unsafeDowncast(added, to: ListObject.self).elements
    try appendElements(elements, to: place, site)
    return true
  case .string:
    let text = unsafeDowncast(added, to: StringObject.self).text
    try appendText(text, to: place, site)
    return true
  default: return false
  }
}

@inline(never)
private func appendElements(
  _ elements: ContiguousArray<Value>, to place: UnsafeMutablePointer<Value>, _ site: Site
) throws(RunError) {
  let list = uniqueList(place)
  try checkSize(ofList: list.elements.count, plus: elements.count, site)
  if elements.count == 1 {
    list.elements.append(elements[0])
  } else {
    list.elements.append(contentsOf: elements)
  }
}

@inline(never)
func appendText(
  _ text: String, to place: UnsafeMutablePointer<Value>, _ site: Site
) throws(RunError) {
  let string = uniqueString(place)
  try checkSize(ofText: string.text.utf8.count, plus: text.utf8.count, site)
  string.append(text)
}

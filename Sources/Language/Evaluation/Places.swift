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

func tag(at place: UnsafeMutablePointer<Value>) -> Object.Tag? {
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

/// `place.name = value` where a map lies there; false where none does.
@inline(__always)
func setEntry(
  _ entry: EntrySite, of place: UnsafeMutablePointer<Value>, to value: Value
) -> Bool {
  guard tag(at: place) == .map else { return false }
  entry.write(value, in: uniqueMap(place))
  return true
}

/// `place[key] = value` where a list with that index, or a map, lies there; false where the long way
/// must say what is wrong.
@inline(__always)
func setElement(
  _ key: Value, of place: UnsafeMutablePointer<Value>, to value: Value
) -> Bool {
  switch tag(at: place) {
  case .list:
    guard case .integer(let index) = key, index >= 0, index < listCount(at: place) else {
      return false
    }
    uniqueList(place).elements[index] = value
    return true
  case .map:
    guard let key: StringObject = key.payload(.string) else { return false }
    uniqueMap(place).entries.set(key.text, value)
    return true
  default: return false
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
  // The object's address is the first word of a value: it is asked where it lies, uncounted.
  let isUnique = UnsafeMutableRawPointer(place).withMemoryRebound(to: Object.self, capacity: 1) {
    isKnownUniquelyReferenced(&$0.pointee)
  }
  if !isUnique { place.pointee = copy(place.pointee) }
}

@inline(never)
private func copy(_ value: Value) -> Value {
  guard case .object(let object) = value else { preconditionFailure("no object here") }
  switch object.tag {
  case .string: return .string(unsafeDowncast(object, to: StringObject.self).text)
  case .list: return .list(unsafeDowncast(object, to: ListObject.self).elements)
  case .map: return .map(unsafeDowncast(object, to: MapObject.self).entries)
  case .range, .function, .block, .handle, .box: preconditionFailure("it cannot be changed")
  }
}

/// `place += value` for a list or a string, in place; false for anything else.
func append(
  _ value: Value, to place: UnsafeMutablePointer<Value>, _ site: Site
) throws(RunError) -> Bool {
  guard case .object(let added) = value, tag(at: place) == added.tag else { return false }
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
  string.text += text
}

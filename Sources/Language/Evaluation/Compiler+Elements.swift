import Schema
import Synchronization

extension Compiler {
  mutating func member(_ base: Expression, _ name: String, at span: Span) -> Code {
    let entry = EntrySite(name, site(span))
    let code = code(base)
    if let variable = heldVariable(base) {
      return MemberNode(holder: variable, entry: entry, code: code).box.run
    }
    if let path = heldPath(base) {
      return MemberNode(holder: path, entry: entry, code: code).box.run
    }
    return { frame throws(RunError) in try entry.read(try code(frame)) }
  }

  mutating func element(_ base: Expression, _ index: Expression) -> Code {
    let site = site(index.span)
    let baseCode = code(base)
    if let variable = heldVariable(base) {
      return withIndex(index, ElementReading(holder: variable, base: baseCode, site: site)).run
    }
    if heldStep(index) != nil, let path = heldPath(base) {
      return withIndex(index, ElementReading(holder: path, base: baseCode, site: site)).run
    }
    let indexCode = code(index)
    return { frame throws(RunError) in
      let base = try baseCode(frame)
      return try readElement(base, try indexCode(frame), site)
    }
  }

  /// A plain variable as a place.
  mutating func heldVariable(_ expression: Expression) -> HeldVariable? {
    guard case .name(let name) = expression.form else { return nil }
    return HeldVariable(storage(of: name))
  }

  /// Hands over an index or key: a variable or integer as such, anything else as a closure.
  mutating func withIndex<User: IndexUser>(_ expression: Expression, _ user: User) -> User.Result {
    if case .integer(let index) = expression.form {
      return user.use(IntegerIndex(index: index), &self)
    }
    let code = code(expression)
    if let variable = heldVariable(expression) {
      return user.use(VariableIndex(variable: variable, code: code), &self)
    }
    return user.use(CodeIndex(code: code), &self)
  }
}

/// What holds an element that is read: a variable, or what a path leads to.
protocol Holder {
  /// Where it lies; nil where the long way must find it.
  func find(_ frame: Frame) -> UnsafeMutablePointer<Value>?
}

extension HeldPath: Holder {}

/// Where a variable lies, so that what it holds is looked at without counting who holds it.
struct HeldVariable: Holder {
  private enum Kind { case slot, box, global }

  private let kind: Kind
  private let index: Int

  /// Nil for a constant.
  init?(_ storage: Compiler.Storage) {
    switch storage {
    case .slot(let slot): (kind, index) = (.slot, slot)
    case .box(let slot): (kind, index) = (.box, slot)
    case .global(let global, _): (kind, index) = (.global, global)
    case .constant: return nil
    }
  }

  @inline(__always)
  func find(_ frame: Frame) -> UnsafeMutablePointer<Value>? { place(frame) }

  @inline(__always)
  func place(_ frame: Frame) -> UnsafeMutablePointer<Value> {
    switch kind {
    case .slot: frame.slots + index
    case .global: frame.state.pointee.globals + index
    case .box:
      withHeldObject(in: frame.slots + index) { unsafeDowncast($0, to: Box.self).place }
    }
  }
}

/// An index or key, compiled. It lies somewhere while the body looks at it.
protocol Index {
  func with<Result>(
    _ frame: Frame, _ body: (UnsafePointer<Value>) throws(RunError) -> Result
  ) throws(RunError) -> Result
}

/// Compiles something with whatever type of index.
protocol IndexUser {
  associatedtype Result
  func use<Used: Index>(_ index: Used, _ compiler: inout Compiler) -> Result
}

private struct VariableIndex: Index {
  let variable: HeldVariable
  let code: Code

  @inline(__always)
  func with<Result>(
    _ frame: Frame, _ body: (UnsafePointer<Value>) throws(RunError) -> Result
  ) throws(RunError) -> Result {
    let place = variable.place(frame)
    if place.pointee.isUnset { return try CodeIndex(code: code).with(frame, body) }
    return try body(place)
  }
}

private struct IntegerIndex: Index {
  let index: Int

  @inline(__always)
  func with<Result>(
    _ frame: Frame, _ body: (UnsafePointer<Value>) throws(RunError) -> Result
  ) throws(RunError) -> Result {
    try withUnsafePointer(to: Value.integer(index), body)
  }
}

private struct CodeIndex: Index {
  let code: Code

  @inline(__always)
  func with<Result>(
    _ frame: Frame, _ body: (UnsafePointer<Value>) throws(RunError) -> Result
  ) throws(RunError) -> Result {
    let index = try code(frame)
    return try withUnsafePointer(to: index, body)
  }
}

/// `holder.name`
private struct MemberNode<Held: Holder>: Node {
  let holder: Held
  let entry: EntrySite
  let code: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    if let place = holder.find(frame), let value = entry.held(in: place) { return value }
    return try entry.read(try code(frame))
  }
}

/// `holder.name` as a condition.
struct MemberTestNode<Held: Holder>: Node {
  let holder: Held
  let entry: EntrySite
  let general: Test

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Bool {
    if let place = holder.find(frame), let held = entry.heldPlace(in: place),
      case .boolean(let truth) = held.pointee
    {
      return truth
    }
    return try general(frame)
  }
}

/// `holder[index]`
private struct ElementReading<Held: Holder>: IndexUser {
  let holder: Held
  let base: Code
  let site: Site

  func use<Used: Index>(_ index: Used, _ compiler: inout Compiler) -> CodeBox {
    ElementNode(reading: self, index: index).box
  }
}

private struct ElementNode<Held: Holder, Used: Index>: Node {
  let reading: ElementReading<Held>
  let index: Used

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    try index.with(frame) { (key) throws(RunError) in
      if let place = reading.holder.find(frame), let value = heldElement(key, of: place) {
        return value
      }
      return try readElement(try reading.base(frame), key.pointee, reading.site)
    }
  }
}

/// The element under a key of the list or map that lies in a place, whose references are not counted;
/// nil where the long way must say what is wrong.
@inline(__always)
private func heldElement(_ key: UnsafePointer<Value>, of place: UnsafePointer<Value>) -> Value? {
  guard case .object = place.pointee else { return nil }
  return withHeldObject(in: place) { object in
    switch object.tag {
    case .list:
      guard case .integer(let index) = key.pointee else { return nil }
      let list = unsafeDowncast(object, to: ListObject.self)
      return index >= 0 && index < list.elements.count ? list.elements[index] : nil
    case .map:
      guard heldTag(at: key) == .string else { return nil }
      let map = unsafeDowncast(object, to: MapObject.self)
      return withHeldObject(in: key) {
        guard let position = map.position(of: unsafeDowncast($0, to: StringObject.self)) else {
          return nil
        }
        return map.value(at: position)
      }
    default: return nil
    }
  }
}

/// `.name` in a source. Maps that pass here mostly have the same keys, so the place where the last
/// one had it is looked at first.
final class EntrySite: Sendable {
  let name: String
  let hash: UInt64
  private let bits: KeyBits
  let site: Site
  /// Functions run on several threads: whichever wrote last, it is only a guess.
  private let guess = Atomic(0)

  init(_ name: String, _ site: Site) {
    self.name = name
    hash = name.keyHash
    bits = KeyBits(name)
    self.site = site
  }

  /// What is under the name in the map that lies in a place, whose references are not counted; nil
  /// where the long way must say what is wrong.
  @inline(__always)
  func held(in place: UnsafePointer<Value>) -> Value? { heldPlace(in: place)?.pointee }

  /// Where that lies.
  @inline(__always)
  func heldPlace(in place: UnsafePointer<Value>) -> UnsafeMutablePointer<Value>? {
    guard heldTag(at: place) == .map else { return nil }
    return withHeldObject(in: place) {
      let map = unsafeDowncast($0, to: MapObject.self)
      guard let position = position(in: map) else { return nil }
      return map.heldPlace(at: position)
    }
  }

  /// Where the name stands in a map, or nil.
  @inline(__always)
  func position(in map: MapObject) -> Int? {
    let guess = guess.load(ordering: .relaxed)
    return map.hasKey(bits, at: guess) ? guess : search(map)
  }

  @inline(never)
  private func search(_ map: MapObject) -> Int? {
    guard let position = map.position(of: name, hash: hash) else { return nil }
    guess.store(position, ordering: .relaxed)
    return position
  }

  /// `base.name`
  func read(_ base: Value) throws(RunError) -> Value {
    if let map: MapObject = base.payload(.map) {
      if let position = position(in: map) { return map.value(at: position) }
      throw missingKey(name, in: map, site)
    }
    if let handle = base.handle {
      if let value = try placed(site, { () throws(RunError) in try handle.member(name) }) {
        return value
      }
      throw site.error(
        .key, "\(handle.kind.withArticle) has no `\(name)`",
        hint: suggested(name, among: handle.memberNames))
    }
    throw site.error(
      .type, "\(base.typeName.withArticle) has no `\(name)`; only maps and handles have members",
      hint: base.elements != nil || base.text != nil ? "functions do this, as `\(name)(x)`" : nil)
  }
}

/// `base[index]`
func readElement(_ base: Value, _ index: Value, _ site: Site) throws(RunError) -> Value {
  if let map: MapObject = base.payload(.map) {
    guard let key: StringObject = index.payload(.string) else {
      throw site.error(.type, "a map's key is a string, not \(index.typeName.withArticle)")
    }
    if let position = map.position(of: key) { return map.value(at: position) }
    throw missingKey(key.text, in: map, site)
  }
  if let list: ListObject = base.payload(.list) {
    if let range = index.range {
      return .list(list.elements[try sliceBounds(range, count: list.elements.count, site)])
    }
    return list.elements[try position(index, count: list.elements.count, "list", site)]
  }
  if let text = base.text { return try character(of: text, index, site) }
  if let range = base.range {
    return .integer(range.element(try position(index, count: range.count, "range", site)))
  }
  throw site.error(.type, "\(base.typeName.withArticle) has no elements")
}

@inline(never)
func missingKey(_ key: String, in map: MapObject, _ site: Site) -> RunError {
  site.error(
    .key, "there is no key `\(key)`", hint: suggested(key, among: OrderedMap(map).keys))
}

/// Where an index from either end points.
func position(
  _ index: Value, count: Int, _ what: String, _ site: Site
) throws(RunError) -> Int {
  guard case .integer(let i) = index else {
    throw site.error(.type, "an index is an integer, not \(index.typeName.withArticle)")
  }
  let position = i < 0 ? i &+ count : i
  guard position >= 0, position < count else {
    throw site.error(
      .index,
      count == 0
        ? "the \(what) is empty"
        : "index \(i) is outside the \(what), whose last is \(count - 1)")
  }
  return position
}

/// What a range cuts out of `count` elements: ends from either side, cut to what exists.
private func sliceBounds(
  _ range: RangeObject, count: Int, _ site: Site
) throws(RunError) -> Range<Int> {
  guard range.step == 1 else { throw site.error(.value, "a slice has no step") }
  let lower = range.start < 0 ? range.start &+ count : range.start
  var upper = range.end < 0 ? range.end &+ count : range.end
  if !range.isHalfOpen, upper < Int.max { upper += 1 }
  let start = min(max(lower, 0), count)
  return start..<max(start, min(max(upper, 0), count))
}

private func character(of text: String, _ index: Value, _ site: Site) throws(RunError) -> Value {
  let isBytewise = text.isBytewise
  let count = isBytewise ? text.utf8.count : text.count
  func at(_ offset: Int) -> String.Index {
    isBytewise
      ? text.utf8.index(text.startIndex, offsetBy: offset)
      : text.index(text.startIndex, offsetBy: offset)
  }
  if let range = index.range {
    let bounds = try sliceBounds(range, count: count, site)
    return .string(String(text[at(bounds.lowerBound)..<at(bounds.upperBound)]))
  }
  let position = try position(index, count: count, "string", site)
  return .string(String(text[at(position)]))
}

func suggested(_ word: String, among candidates: some Sequence<String>) -> String? {
  Schema.nearest(to: word, among: candidates).map { "did you mean `\($0)`?" }
}

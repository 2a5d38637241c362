import Schema
import Synchronization

extension Compiler {
  mutating func member(_ base: Expression, _ name: String, at span: Span) -> Code {
    let entry = EntrySite(name, site(span))
    let code = code(base)
    if let slot = slot(of: base) {
      return { frame throws(RunError) in
        if let value = entry.held(in: frame.slots + slot) { return value }
        return try entry.read(try code(frame))
      }
    }
    return { frame throws(RunError) in try entry.read(try code(frame)) }
  }

  mutating func element(_ base: Expression, _ index: Expression) -> Code {
    let site = site(index.span)
    let baseCode = code(base)
    let indexCode = code(index)
    if let slot = slot(of: base) {
      return { frame throws(RunError) in
        let index = try indexCode(frame)
        if case .integer(let i) = index, let value = heldElement(in: frame.slots + slot, i) {
          return value
        }
        return try readElement(try baseCode(frame), index, site)
      }
    }
    return { frame throws(RunError) in
      let base = try baseCode(frame)
      return try readElement(base, try indexCode(frame), site)
    }
  }

  /// The slot of a plain variable.
  mutating func slot(of expression: Expression) -> Int? {
    guard case .name(let name) = expression.form, case .slot(let slot) = storage(of: name) else {
      return nil
    }
    return slot
  }
}

/// The element of the list that a variable holds, without touching the list's reference count; nil
/// where the long way must say what is wrong.
@inline(__always)
private func heldElement(in place: UnsafeMutablePointer<Value>, _ index: Int) -> Value? {
  guard case .object = place.pointee else { return nil }
  return withHeldObject(in: place) {
    guard $0.tag == .list else { return nil }
    let list = unsafeDowncast($0, to: ListObject.self)
    return index >= 0 && index < list.elements.count ? list.elements[index] : nil
  }
}

/// `.name` in a source. Maps that pass here mostly have the same keys, so the place where the last
/// one had it is looked at first.
final class EntrySite: Sendable {
  let name: String
  let site: Site
  /// Functions run on several threads: whichever wrote last, it is only a guess.
  private let guess = Atomic(0)

  init(_ name: String, _ site: Site) {
    self.name = name
    self.site = site
  }

  /// What is under the name in the map that a variable holds, whose references are not counted; nil
  /// where the long way must say what is wrong.
  @inline(__always)
  func held(in place: UnsafeMutablePointer<Value>) -> Value? {
    guard case .object = place.pointee else { return nil }
    return withHeldObject(in: place) {
      guard $0.tag == .map else { return nil }
      return find(in: unsafeDowncast($0, to: MapObject.self))
    }
  }

  @inline(__always)
  private func find(in map: MapObject) -> Value? {
    let guess = guess.load(ordering: .relaxed)
    guard let position = map.stored.position(of: name, guess: guess) else { return nil }
    if position != guess { self.guess.store(position, ordering: .relaxed) }
    return map.value(at: position)
  }

  /// Puts a value under the name.
  @inline(__always)
  func write(_ value: Value, in map: MapObject) {
    let guess = guess.load(ordering: .relaxed)
    let position = map.entries.set(name, value, guess: guess)
    if position != guess { self.guess.store(position, ordering: .relaxed) }
  }

  /// `base.name`
  func read(_ base: Value) throws(RunError) -> Value {
    if let map: MapObject = base.payload(.map) {
      if let value = find(in: map) { return value }
      throw missingKey(name, in: map.entries, site)
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
    guard let key = index.text else {
      throw site.error(.type, "a map's key is a string, not \(index.typeName.withArticle)")
    }
    if let position = map.entries.position(of: key) { return map.entries.values[position] }
    throw missingKey(key, in: map.entries, site)
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
private func missingKey(_ key: String, in map: OrderedMap, _ site: Site) -> RunError {
  site.error(.key, "there is no key `\(key)`", hint: suggested(key, among: map.keys))
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

/// What leads from a variable to an element of what it holds, as far as it runs no code: names, and
/// indices that are variables or literals. It is followed without counting who holds what.
struct HeldPath {
  private let variable: HeldVariable
  private let steps: ContiguousArray<HeldStep>
  /// Keeps the sites of the steps.
  private let entries: [EntrySite]

  private init(variable: HeldVariable, steps: ContiguousArray<HeldStep>, entries: [EntrySite]) {
    self.variable = variable
    self.steps = steps
    self.entries = entries
  }

  /// A variable by itself.
  init(_ variable: HeldVariable) { self.init(variable: variable, steps: [], entries: []) }

  /// The path and a name behind it.
  func appending(_ entry: EntrySite) -> HeldPath {
    HeldPath(
      variable: variable, steps: steps + [.entry(.passUnretained(entry))],
      entries: entries + [entry])
  }

  /// The path and an index behind it.
  func appending(_ index: HeldStep) -> HeldPath {
    HeldPath(variable: variable, steps: steps + [index], entries: entries)
  }

  /// Where the element lies; nil where the long way must say what is wrong, or make it first.
  @inline(__always)
  func find(_ frame: Frame) -> UnsafeMutablePointer<Value>? {
    var place = variable.place(frame)
    for i in 0..<steps.count {
      guard let next = steps[i].find(in: place, frame) else { return nil }
      place = next
    }
    return place
  }

  /// The same, after all lists and maps on the way were made the only ones of their kind.
  @inline(__always)
  func makeUnique(_ frame: Frame) -> UnsafeMutablePointer<Value>? {
    var place = variable.place(frame)
    for i in 0..<steps.count {
      guard let next = steps[i].makeUnique(in: place, frame) else { return nil }
      place = next
    }
    return place
  }
}

/// One step of a path.
enum HeldStep {
  case entry(Unmanaged<EntrySite>)
  case index(HeldVariable)
  case integer(Int)
  /// A key that is written out, in a place that is never given back, as compiled code is not.
  case key(UnsafeMutablePointer<Value>)

  /// Where the element of what lies in a place is.
  func find(
    in place: UnsafeMutablePointer<Value>, _ frame: Frame
  ) -> UnsafeMutablePointer<Value>? {
    switch self {
    case .entry(let entry): return entry._withUnsafeGuaranteedRef { $0.heldPlace(in: place) }
    case .index(let variable): return Self.find(variable.place(frame), in: place)
    case .integer(let index): return Self.find(index, in: place)
    case .key(let key): return Self.find(key, in: place)
    }
  }

  /// The same, after that was made the only one of its kind.
  func makeUnique(
    in place: UnsafeMutablePointer<Value>, _ frame: Frame
  ) -> UnsafeMutablePointer<Value>? {
    switch self {
    case .entry(let entry):
      guard heldTag(at: place) == .map else { return nil }
      return entry._withUnsafeGuaranteedRef { heldEntry($0, of: place) }
    case .index(let variable):
      let key = variable.place(frame)
      if case .integer(let index) = key.pointee { return Self.makeUnique(index, in: place) }
      guard heldTag(at: place) == .map, heldTag(at: key) == .string else { return nil }
      return heldEntry(key, of: place)
    case .integer(let index): return Self.makeUnique(index, in: place)
    case .key(let key):
      guard heldTag(at: place) == .map else { return nil }
      return heldEntry(key, of: place)
    }
  }

  @inline(__always)
  private static func makeUnique(
    _ index: Int, in place: UnsafeMutablePointer<Value>
  ) -> UnsafeMutablePointer<Value>? {
    guard heldTag(at: place) == .list, index >= 0, index < listCount(at: place) else { return nil }
    return heldElement(index, of: place)
  }

  @inline(__always)
  private static func find(
    _ key: UnsafeMutablePointer<Value>, in place: UnsafeMutablePointer<Value>
  ) -> UnsafeMutablePointer<Value>? {
    if case .integer(let index) = key.pointee { return find(index, in: place) }
    guard heldTag(at: place) == .map, heldTag(at: key) == .string else { return nil }
    return withHeldObject(in: place) { object in
      withHeldObject(in: key) {
        let map = unsafeDowncast(object, to: MapObject.self)
        guard let position = map.position(of: unsafeDowncast($0, to: StringObject.self)) else {
          return nil
        }
        return map.heldPlace(at: position)
      }
    }
  }

  @inline(__always)
  private static func find(
    _ index: Int, in place: UnsafeMutablePointer<Value>
  ) -> UnsafeMutablePointer<Value>? {
    guard heldTag(at: place) == .list else { return nil }
    return withHeldObject(in: place) {
      let list = unsafeDowncast($0, to: ListObject.self)
      guard index >= 0, index < list.elements.count else { return nil }
      // Only read there.
      return list.elements.withUnsafeBufferPointer {
        UnsafeMutablePointer(mutating: $0.baseAddress! + index)
      }
    }
  }
}

extension Compiler {
  /// A path that runs no code; nil for any other expression.
  mutating func heldPath(_ expression: Expression) -> HeldPath? {
    switch expression.form {
    case .name: return heldVariable(expression).map { HeldPath($0) }
    case .member(let base, let name, let span):
      return heldPath(base)?.appending(EntrySite(name, site(span)))
    case .index(let base, let index):
      guard let step = heldStep(index) else { return nil }
      return heldPath(base)?.appending(step)
    default: return nil
    }
  }

  /// The path to what holds the element that a target names; nil where it runs code.
  mutating func heldPath(toHolderOf target: Target) -> HeldPath? {
    guard var path = HeldVariable(storage(of: target.name)).map({ HeldPath($0) }) else {
      return nil
    }
    for step in target.steps.dropLast() {
      switch step {
      case .member(let name, let span): path = path.appending(EntrySite(name, site(span)))
      case .index(let index):
        guard let step = heldStep(index) else { return nil }
        path = path.appending(step)
      }
    }
    return path
  }

  /// An index that is a variable or written out.
  mutating func heldStep(_ index: Expression) -> HeldStep? {
    switch index.form {
    case .integer(let value): return .integer(value)
    case .string(let text):
      let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
      place.initialize(to: .string(text))
      return .key(place)
    default: return heldVariable(index).map { .index($0) }
    }
  }
}

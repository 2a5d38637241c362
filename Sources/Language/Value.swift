import Schema
import Synchronization

/// A value of the language. Numbers and booleans are held in place; everything else is one
/// reference-counted object, so that a value is one word and a tag.
///
/// Lists, maps and strings are values to a script: whoever changes one first makes sure that it is
/// the only holder (`isKnownUniquelyReferenced`).
public enum Value: @unchecked Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case real(Double)
  case object(Object)
  /// Never seen by a script: stands for a variable that has no value yet.
  case unset
}

/// What a `Value` refers to. The tag tells the subclass without a dynamic cast.
open class Object {
  /// Which subclass an object is of.
  public enum Tag: UInt8 {
    case string, list, map, range, function, block, handle
    /// Never seen by a script: a variable that functions share.
    case box
  }

  /// Which subclass it is of.
  public final let tag: Tag

  init(tag: Tag) { self.tag = tag }
}

/// A string.
public final class StringObject: Object {
  /// The characters.
  @exclusivity(unchecked) public private(set) var text: String
  /// The hash, once it was asked for; 0 before. Threads may share a string: all of them find the
  /// same.
  private let knownHash = Atomic<UInt64>(0)

  /// A string of its own.
  public init(_ text: String) {
    self.text = text
    super.init(tag: .string)
  }

  /// What maps find it by.
  var hash: UInt64 {
    @inline(__always) get {
      let known = knownHash.load(ordering: .relaxed)
      return known != 0 ? known : findHash()
    }
  }

  @inline(never)
  private func findHash() -> UInt64 {
    let hash = text.keyHash
    knownHash.store(hash, ordering: .relaxed)
    return hash
  }

  /// Becomes the key at a position of a map. For the only holder.
  func becomeKey(of map: MapObject, at position: Int) {
    text = map.key(at: position)
    knownHash.store(map.keyHash(at: position), ordering: .relaxed)
  }

  /// Adds text at the end. For the only holder.
  func append(_ added: String) {
    text += added
    knownHash.store(0, ordering: .relaxed)
  }
}

/// A list.
public final class ListObject: Object {
  /// In order.
  @exclusivity(unchecked) public var elements: ContiguousArray<Value>

  /// A list of its own.
  public init(_ elements: ContiguousArray<Value>) {
    self.elements = elements
    super.init(tag: .list)
  }

  deinit {
    if elements.withUnsafeBufferPointer(Releasing.isNeeded) { Releasing.release(takeAll()) }
  }
}

/// Integers from `start` by `step`, up (or down) to `end`, which is itself left out when
/// `isHalfOpen`.
public final class RangeObject: Object {
  /// The first integer.
  public let start: Int
  /// Where it ends.
  public let end: Int
  /// From one integer to the next; never 0.
  public let step: Int
  /// Whether the end itself is left out.
  public let isHalfOpen: Bool

  /// A range of its parts.
  ///
  /// - Precondition: the step is not 0.
  public init(start: Int, end: Int, step: Int = 1, isHalfOpen: Bool = false) {
    precondition(step != 0, "a range's step is 0")
    self.start = start
    self.end = end
    self.step = step
    self.isHalfOpen = isHalfOpen
    super.init(tag: .range)
  }

  /// How many integers it yields.
  public var count: Int {
    let (last, overflow) =
      isHalfOpen ? end.subtractingReportingOverflow(step.signum()) : (end, false)
    if overflow { return 0 }
    if step > 0 ? last < start : last > start { return 0 }
    let distance = step > 0 ? UInt(bitPattern: last &- start) : UInt(bitPattern: start &- last)
    let count = distance / step.magnitude
    return count >= UInt(Int.max) ? Int.max : Int(count) + 1
  }

  /// The integer at a place, from 0.
  public func element(_ index: Int) -> Int { start &+ index &* step }
}

/// A live object of the host: an agent, an environment, an episode, … Two are equal when they are
/// the same object.
///
/// Subclasses live in the host; the language only asks for the kind, the members after a dot, and
/// how it prints.
open class Handle: Object {
  /// For subclasses.
  public init() { super.init(tag: .handle) }

  /// The kind that `type` gives and that `Domain.handle` names, such as `agent`.
  open var kind: String { preconditionFailure("a handle of \(Self.self) has no kind") }

  /// The names that can stand behind a dot, in the order in which they are shown.
  open var memberNames: [String] { [] }

  /// What stands behind the dot, or nil where there is no such name.
  open func member(_ name: String) throws(RunError) -> Value? { nil }

  /// As `print` writes it: one line.
  open var text: String { "<\(kind)>" }

  /// What a frozen function gets in its place: itself, unless it is something that moves on when it
  /// is used, such as a random stream.
  open func frozenCopy() -> Handle { self }
}

extension Value {
  /// A string.
  public static func string(_ text: String) -> Value { .object(StringObject(text)) }
  /// A list of these elements.
  public static func list(_ elements: ContiguousArray<Value>) -> Value {
    .object(ListObject(elements))
  }
  /// A list of these elements.
  public static func list(_ elements: some Sequence<Value>) -> Value {
    .object(ListObject(ContiguousArray(elements)))
  }
  /// A map of these entries.
  public static func map(_ entries: OrderedMap) -> Value { .object(entries.object) }
  /// A map of these entries.
  public static func map(_ entries: KeyValuePairs<String, Value>) -> Value {
    var map = OrderedMap()
    for (key, value) in entries { map[key] = value }
    return .map(map)
  }

  /// The text, or nil for any other type.
  public var text: String? { (payload(.string) as StringObject?)?.text }
  /// The elements of a list, or nil for any other type.
  public var elements: ContiguousArray<Value>? { (payload(.list) as ListObject?)?.elements }
  /// The entries of a map, or nil for any other type.
  public var entries: OrderedMap? { (payload(.map) as MapObject?).map(OrderedMap.init) }
  /// The range, or nil for any other type.
  public var range: RangeObject? { payload(.range) }
  /// The handle, or nil for any other type.
  public var handle: Handle? { payload(.handle) }
  /// The boolean, or nil for any other type.
  public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  /// The integer, or nil for any other type.
  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  /// The number, an integer widened, or nil for any other type.
  public var real: Double? {
    switch self {
    case .real(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }
  /// Whether it is null.
  public var isNull: Bool { if case .null = self { true } else { false } }

  func payload<T: Object>(_ tag: Object.Tag) -> T? {
    guard case .object(let object) = self, object.tag == tag else { return nil }
    return unsafeDowncast(object, to: T.self)
  }

  /// The name of its type, as the language's `type` gives it.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .integer: "integer"
    case .real: "real"
    case .object(let object):
      switch object.tag {
      case .string: "string"
      case .list: "list"
      case .map: "map"
      case .range: "range"
      case .function: "function"
      case .block, .box: "block"
      case .handle: unsafeDowncast(object, to: Handle.self).kind
      }
    case .unset: "unset"
    }
  }

  /// As plain data; nil where it holds a function, range or handle anywhere, or nests more than 512
  /// deep.
  public var setting: Setting? { setting(depth: 0) }

  private func setting(depth: Int) -> Setting? {
    switch self {
    case .null: return .null
    case .boolean(let value): return .boolean(value)
    case .integer(let value): return .integer(value)
    case .real(let value): return .real(value)
    case .object:
      if let text { return .string(text) }
      guard depth < 512 else { return nil }
      if let elements {
        var settings: [Setting] = []
        for element in elements {
          guard let setting = element.setting(depth: depth + 1) else { return nil }
          settings.append(setting)
        }
        return .list(settings)
      }
      guard let entries else { return nil }
      var settings: [Setting.Entry] = []
      for (key, value) in entries {
        guard let setting = value.setting(depth: depth + 1) else { return nil }
        settings.append(.init(key, setting))
      }
      return .map(settings)
    case .unset: return nil
    }
  }

  /// The value of a setting.
  public init(_ setting: Setting) {
    switch setting {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .real(let value): self = .real(value)
    case .string(let value): self = .string(value)
    case .list(let values): self = .list(values.map(Value.init))
    case .map(let entries):
      var map = OrderedMap()
      for entry in entries { map[entry.key] = Value(entry.value) }
      self = .map(map)
    }
  }
}

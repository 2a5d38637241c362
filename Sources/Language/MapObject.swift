/// A map: its keys, which other maps may share, and a value for each of them.
///
/// It is a value to a script, as lists are: whoever changes one first makes sure to be the only
/// holder.
open class MapObject: Object {
  /// One reference is owned. Read at every look-up, which is not to count references.
  @exclusivity(unchecked) private final var held: Unmanaged<MapKeys>
  /// As many as there are keys. Those of a record that are still to be made are unset; there is no
  /// room for them before the first is.
  @exclusivity(unchecked) private final var values: UnsafeMutablePointer<Value>
  @exclusivity(unchecked) private final var valueCount = 0
  private final var capacity: Int
  /// Whether values may still have to be made, by a `RecordObject`.
  @exclusivity(unchecked) fileprivate final var isPending = false
  /// The error that `catch` gave as this map, so that `fail` can raise that very error again.
  final var caught: RunError?

  /// A map without keys.
  convenience init() { self.init(keys: MapKeys.none, capacity: 0) }

  private init(keys: MapKeys, capacity: Int) {
    held = .passRetained(keys)
    self.capacity = capacity
    values = Self.room(for: capacity)
    super.init(tag: .map)
  }

  /// A map with the keys of another, whose values are then added in their order.
  init(keysOf other: MapObject) {
    let count = other.count
    held = other.held.retain()
    capacity = count
    values = Self.room(for: count)
    super.init(tag: .map)
  }

  fileprivate init(pendingKeysOf other: MapObject) {
    held = other.held.retain()
    capacity = 0
    values = Self.room(for: 0)
    isPending = true
    super.init(tag: .map)
  }

  deinit {
    if withMadeValues(Releasing.isNeeded) { Releasing.release(takeAll()) }
    values.deinitialize(count: valueCount)
    if capacity > 0 { values.deallocate() }
    held.release()
  }

  /// No memory is asked for where there is nothing to hold: a record is made at every step.
  private static func room(for count: Int) -> UnsafeMutablePointer<Value> {
    if count > 0 { return .allocate(capacity: count) }
    return UnsafeMutablePointer(bitPattern: MemoryLayout<Value>.alignment)!
  }

  // MARK: Reading

  /// How many keys there are.
  final var count: Int {
    @inline(__always) get { held._withUnsafeGuaranteedRef { $0.count } }
  }

  /// The key at a position.
  final func key(at position: Int) -> String { held._withUnsafeGuaranteedRef { $0[position] } }

  /// What maps find the key at a position by.
  final func keyHash(at position: Int) -> UInt64 {
    held._withUnsafeGuaranteedRef { $0.hash(at: position) }
  }

  /// The value at a position.
  @inline(__always)
  final func value(at position: Int) -> Value { heldPlace(at: position).pointee }

  /// Where the value at a position lies, to be read.
  @inline(__always)
  final func heldPlace(at position: Int) -> UnsafeMutablePointer<Value> {
    isPending ? pendingPlace(at: position) : values + position
  }

  /// The same for a record, which makes the value where it was not asked for before.
  @inline(never)
  private final func pendingPlace(at position: Int) -> UnsafeMutablePointer<Value> {
    let place = roomOfRecord() + position
    if place.pointee.isUnset {
      place.initialize(to: unsafeDowncast(self, to: RecordObject.self).makeValue(at: position))
    }
    return place
  }

  /// Where the values of a record lie, made or not.
  @inline(__always)
  fileprivate final func roomOfRecord() -> UnsafeMutablePointer<Value> {
    if valueCount == 0 { makeRoomOfRecord() }
    return values
  }

  @inline(never)
  private final func makeRoomOfRecord() {
    (capacity, valueCount) = (count, count)
    values = Self.room(for: count)
    values.initialize(repeating: .unset, count: count)
  }

  /// Where a key stands, or nil.
  @inline(__always)
  final func position(of key: String, hash: UInt64) -> Int? {
    held._withUnsafeGuaranteedRef { $0.position(of: key, hash: hash) }
  }

  /// The same for a key that keeps its hash.
  @inline(__always)
  final func position(of key: StringObject) -> Int? {
    position(of: key.text, hash: key.hash)
  }

  /// Whether the key at a position, if there is one, is written with these very bits.
  @inline(__always)
  final func hasKey(_ bits: KeyBits, at position: Int) -> Bool {
    held._withUnsafeGuaranteedRef { $0.hasKey(bits, at: position) }
  }

  /// Hands over the values; those of a record that are still to be made are unset, or missing.
  @inline(__always)
  final func withMadeValues<Result>(_ body: (UnsafeBufferPointer<Value>) -> Result) -> Result {
    body(UnsafeBufferPointer(start: values, count: valueCount))
  }

  /// Whether another map has the same keys in the same order.
  final func hasKeys(of other: MapObject) -> Bool {
    if held.toOpaque() == other.held.toOpaque() { return true }
    let count = count
    return count == other.count && (0..<count).allSatisfy { key(at: $0) == other.key(at: $0) }
  }

  /// A map of its own with the same keys and values.
  final func copy() -> MapObject {
    makeValues()
    let copy = MapObject(keysOf: self)
    copy.values.initialize(from: values, count: valueCount)
    copy.valueCount = valueCount
    return copy
  }

  // MARK: Changing, for the only holder

  /// Where the value at a position lies, to be changed in place.
  ///
  /// - Precondition: there is such a position.
  @inline(__always)
  final func place(at position: Int) -> UnsafeMutablePointer<Value> {
    if isPending { makeValues() }
    precondition(position < valueCount, "there is no value \(position) of \(valueCount)")
    return values + position
  }

  /// Adds a key that the map does not have, and gives its position.
  @discardableResult
  final func append(_ key: String, hash: UInt64, _ value: Value) -> Int {
    makeValues()
    if !isOnlyHolderOfKeys {
      let old = held.takeUnretainedValue()
      replaceKeys(by: MapKeys(copying: old, capacity: old.count < 4 ? 4 : old.count * 2))
    }
    held._withUnsafeGuaranteedRef { $0.append(key, hash: hash) }
    appendValue(value)
    return valueCount - 1
  }

  /// Adds the value of the next key of those that the map was made with.
  @inline(__always)
  final func appendValue(_ value: Value) {
    if valueCount == capacity { grow() }
    (values + valueCount).initialize(to: value)
    valueCount += 1
  }

  /// Takes a key away with its value.
  final func remove(at position: Int) {
    makeValues()
    replaceKeys(
      by: MapKeys(copying: held.takeUnretainedValue(), capacity: 0, without: position))
    let removed = values + position
    removed.deinitialize(count: 1)
    removed.moveInitialize(from: removed + 1, count: valueCount - position - 1)
    valueCount -= 1
  }

  /// Takes all keys and values away.
  final func takeAll() -> ContiguousArray<Value> {
    let taken = ContiguousArray(UnsafeBufferPointer(start: values, count: valueCount))
    values.deinitialize(count: valueCount)
    valueCount = 0
    isPending = false
    replaceKeys(by: .none)
    return taken
  }

  private final func replaceKeys(by keys: MapKeys) {
    held.release()
    held = .passRetained(keys)
  }

  private final var isOnlyHolderOfKeys: Bool {
    withUnsafeMutablePointer(to: &held) {
      UnsafeMutableRawPointer($0).withMemoryRebound(to: MapKeys.self, capacity: 1) {
        isKnownUniquelyReferenced(&$0.pointee)
      }
    }
  }

  @inline(never)
  private final func grow() {
    let grown = Self.room(for: max(4, capacity * 2))
    grown.moveInitialize(from: values, count: valueCount)
    if capacity > 0 { values.deallocate() }
    values = grown
    capacity = max(4, capacity * 2)
  }

  /// Makes what is left of the values of a record; does nothing for any other map. Threads may then
  /// share it.
  final func makeValues() {
    guard isPending else { return }
    for i in 0..<count { _ = pendingPlace(at: i) }
    isPending = false
  }
}

/// A map whose keys are fixed and whose values are made when they are first asked for: a command can
/// give much of which a script reads little. To the script it is like any other map.
open class RecordObject: MapObject {
  /// - Parameter keys: a map with the keys; its values do not matter.
  public init(keys: OrderedMap) { super.init(pendingKeysOf: keys.object) }

  /// Whether it is as it was given out, so that its only holder may give it out again with other
  /// values: a script that changes a map has all values made first.
  public final var isUntouched: Bool { isPending }

  /// Puts a value where one was or will be made. For the only holder of an untouched record.
  public final func setValue(_ value: Value, at position: Int) {
    put(value, in: roomOfRecord() + position)
  }

  /// Takes a value out, so that it is made anew when it is asked for; nil where none was made. For
  /// the only holder of an untouched record.
  public final func takeValue(at position: Int) -> Value? {
    let place = roomOfRecord() + position
    if place.pointee.isUnset { return nil }
    defer { place.initialize(to: .unset) }
    return place.move()
  }

  /// Makes the value under the key at a position, once.
  open func makeValue(at position: Int) -> Value {
    preconditionFailure("a record of \(Self.self) makes no values")
  }
}

/// String keys with values, in the order in which the keys were first added. Small maps are searched
/// in line; from the ninth key on a table of hashes finds the place.
public struct OrderedMap: Sequence {
  /// In the order in which they were first added.
  public private(set) var keys: ContiguousArray<String> = []
  /// In the order of their keys.
  public private(set) var values: ContiguousArray<Value> = []
  /// Open addressing with steps of one, at most half full: the upper half of the hash and, in the
  /// lower 32 bits, the position plus one; 0 is free. Empty for small maps.
  private var table: ContiguousArray<UInt64> = []

  private static let indexedFrom = 9

  /// An empty map.
  public init() {}

  /// A map with the keys of another, which are neither compared nor copied.
  ///
  /// - Precondition: as many values as the other has keys.
  public init(keysOf other: OrderedMap, values: ContiguousArray<Value>) {
    precondition(values.count == other.count, "\(values.count) values for \(other.count) keys")
    keys = other.keys
    table = other.table
    self.values = values
  }

  /// How many keys there are.
  public var count: Int { keys.count }

  /// Where the key stands, or nil.
  public func position(of key: String) -> Int? {
    if keys.count < Self.indexedFrom {
      for i in 0..<keys.count where keys[i] == key { return i }
      return nil
    }
    let hash = Self.hash(of: key)
    let mask = table.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while table[slot] != 0 {
      let position = Int(table[slot] & 0xFFFF_FFFF) - 1
      if table[slot] >> 32 == hash >> 32, keys[position] == key { return position }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// The same where the key probably stands at a place that is known from an earlier search, which is
  /// then the only one looked at.
  @inline(__always)
  func position(of key: String, guess: Int) -> Int? {
    if guess < keys.count, keys[guess] == key { return guess }
    return position(of: key)
  }

  /// Reads nil for a missing key; assigning nil removes it.
  public subscript(key: String) -> Value? {
    get { position(of: key).map { values[$0] } }
    set {
      guard let newValue else {
        remove(key)
        return
      }
      set(key, newValue)
    }
  }

  /// Puts a value under a key, and gives its position.
  @discardableResult
  mutating func set(_ key: String, _ value: Value, guess: Int = 0) -> Int {
    if let i = position(of: key, guess: guess) {
      values[i] = value
      return i
    }
    append(key, value)
    return count - 1
  }

  /// Changes the value at a position in place.
  public subscript(position position: Int) -> Value {
    get { values[position] }
    _modify { yield &values[position] }
  }

  /// Where the key stands, made with null under it where it is new; its value is changed in place.
  mutating func change(
    _ key: String, _ body: (UnsafeMutablePointer<Value>) throws(RunError) -> Void
  ) throws(RunError) {
    var position = position(of: key)
    if position == nil {
      append(key, .null)
      position = keys.count - 1
    }
    try values.withUnsafeMutableBufferPointer { (values) throws(RunError) in
      try body(values.baseAddress! + position!)
    }
  }

  private mutating func append(_ key: String, _ value: Value) {
    if keys.isEmpty {
      keys.reserveCapacity(4)
      values.reserveCapacity(4)
    }
    keys.append(key)
    values.append(value)
    if keys.count < Self.indexedFrom { return }
    if keys.count * 2 > table.count {
      rebuildTable()
    } else {
      enter(position: keys.count - 1)
    }
  }

  private mutating func remove(_ key: String) {
    guard let i = position(of: key) else { return }
    keys.remove(at: i)
    values.remove(at: i)
    rebuildTable()
  }

  private mutating func rebuildTable() {
    table.removeAll()
    guard keys.count >= Self.indexedFrom else { return }
    var capacity = 32
    while capacity < keys.count * 4 { capacity *= 2 }
    table = ContiguousArray(repeating: 0, count: capacity)
    for i in 0..<keys.count { enter(position: i) }
  }

  private mutating func enter(position: Int) {
    let hash = Self.hash(of: keys[position])
    let mask = table.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while table[slot] != 0 { slot = (slot + 1) & mask }
    table[slot] = (hash >> 32) << 32 | UInt64(position + 1)
  }

  /// Equal strings have equal hashes: ASCII by its bytes, eight at a time; other text, which may
  /// write the same characters in several ways, as the standard library does.
  private static func hash(of key: String) -> UInt64 {
    let hash: UInt64?? = key.utf8.withContiguousStorageIfAvailable { bytes in
      var hash = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
      var highBits: UInt64 = 0
      func mix(_ word: UInt64) {
        highBits |= word
        hash = (hash ^ word) &* 0xD6E8_FEB8_6659_FD93
        hash ^= hash >> 32
      }
      let raw = UnsafeRawBufferPointer(bytes)
      var i = 0
      while i + 8 <= raw.count {
        mix(raw.loadUnaligned(fromByteOffset: i, as: UInt64.self))
        i += 8
      }
      var rest: UInt64 = 0
      while i < raw.count {
        rest = rest << 8 | UInt64(raw[i])
        i += 1
      }
      mix(rest)
      return highBits & 0x8080_8080_8080_8080 == 0 ? hash : nil
    }
    return (hash ?? nil) ?? UInt64(bitPattern: Int64(key.hashValue))
  }

  /// Goes over the map as it was when it began.
  public struct Iterator: IteratorProtocol {
    private let map: OrderedMap
    private var position = 0

    fileprivate init(_ map: OrderedMap) { self.map = map }

    /// The next key with its value, or nil at the end.
    public mutating func next() -> (key: String, value: Value)? {
      guard position < map.count else { return nil }
      defer { position += 1 }
      return (map.keys[position], map.values[position])
    }
  }

  /// Goes over keys and values in their order.
  public func makeIterator() -> Iterator { Iterator(self) }
}

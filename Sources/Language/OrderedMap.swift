/// String keys with values, in the order in which the keys were first added: a map as a value of
/// Swift. Copies share what they hold until one of them is changed.
public struct OrderedMap: Sequence {
  private(set) var object: MapObject

  /// An empty map.
  public init() { object = MapObject() }

  init(_ object: MapObject) { self.object = object }

  /// How many keys there are.
  public var count: Int { object.count }

  /// In the order in which they were first added.
  public var keys: Keys { Keys(object: object) }

  /// In the order of their keys.
  public var values: Values { Values(object: object) }

  /// Where the key stands, or nil.
  public func position(of key: String) -> Int? { object.position(of: key, hash: key.keyHash) }

  /// Reads nil for a missing key; assigning nil removes it.
  public subscript(key: String) -> Value? {
    get { position(of: key).map { object.value(at: $0) } }
    set {
      let hash = key.keyHash
      let position = object.position(of: key, hash: hash)
      if position == nil, newValue == nil { return }
      if !isKnownUniquelyReferenced(&object) { object = object.copy() }
      switch (position, newValue) {
      case (let position?, let value?): object.place(at: position).pointee = value
      case (let position?, nil): object.remove(at: position)
      case (nil, let value?): object.append(key, hash: hash, value)
      case (nil, nil): break
      }
    }
  }

  /// The keys of a map.
  public struct Keys: RandomAccessCollection {
    fileprivate let object: MapObject

    /// Of the first key.
    public var startIndex: Int { 0 }
    /// How many keys there are.
    public var endIndex: Int { object.count }
    /// The key at a position.
    public subscript(position: Int) -> String { object.key(at: position) }

    /// Whether they are the same in the same order.
    public static func == (a: Keys, b: Keys) -> Bool { a.object.hasKeys(of: b.object) }
  }

  /// The values of a map.
  public struct Values: RandomAccessCollection {
    fileprivate let object: MapObject

    /// Of the first value.
    public var startIndex: Int { 0 }
    /// How many values there are.
    public var endIndex: Int { object.count }
    /// The value at a position.
    public subscript(position: Int) -> Value {
      precondition(position >= 0 && position < endIndex, "there is no value \(position)")
      return object.value(at: position)
    }
  }

  /// Goes over the map as it was when it began.
  public struct Iterator: IteratorProtocol {
    private let object: MapObject
    private var position = 0

    fileprivate init(_ object: MapObject) { self.object = object }

    /// The next key with its value, or nil at the end.
    public mutating func next() -> (key: String, value: Value)? {
      guard position < object.count else { return nil }
      defer { position += 1 }
      return (object.key(at: position), object.value(at: position))
    }
  }

  /// Goes over keys and values in their order.
  public func makeIterator() -> Iterator { Iterator(object) }
}

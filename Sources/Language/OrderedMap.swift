/// String keys with values, in the order in which the keys were first added. Small maps are searched
/// in line; an index is made from the ninth key on.
public struct OrderedMap: Sequence {
  public private(set) var keys: ContiguousArray<String> = []
  public private(set) var values: ContiguousArray<Value> = []
  private var index: [String: Int] = [:]

  private static let indexedFrom = 9

  public init() {}

  public var count: Int { keys.count }

  /// Where the key stands, or nil.
  public func position(of key: String) -> Int? {
    if keys.count >= Self.indexedFrom { return index[key] }
    for i in 0..<keys.count where keys[i] == key { return i }
    return nil
  }

  /// Reads nil for a missing key; assigning nil removes it.
  public subscript(key: String) -> Value? {
    get { position(of: key).map { values[$0] } }
    set {
      guard let newValue else {
        remove(key)
        return
      }
      if let i = position(of: key) {
        values[i] = newValue
      } else {
        append(key, newValue)
      }
    }
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
    keys.append(key)
    values.append(value)
    if keys.count == Self.indexedFrom {
      for (i, key) in keys.enumerated() { index[key] = i }
    } else if keys.count > Self.indexedFrom {
      index[key] = keys.count - 1
    }
  }

  private mutating func remove(_ key: String) {
    guard let i = position(of: key) else { return }
    keys.remove(at: i)
    values.remove(at: i)
    index.removeAll()
    if keys.count >= Self.indexedFrom {
      for (i, key) in keys.enumerated() { index[key] = i }
    }
  }

  public func makeIterator() -> AnyIterator<(key: String, value: Value)> {
    var i = 0
    return AnyIterator {
      guard i < keys.count else { return nil }
      defer { i += 1 }
      return (keys[i], values[i])
    }
  }
}

/// The keys of maps, in the order in which they were added. Maps made by the same literal share
/// them until one of them gains or loses a key.
///
/// Few keys are searched one by one, by their hashes; from the ninth on a table finds the place.
final class MapKeys {
  /// How many there are.
  @exclusivity(unchecked) private(set) var count = 0
  private var capacity: Int
  @exclusivity(unchecked) private var texts: UnsafeMutablePointer<String>
  @exclusivity(unchecked) private var hashes: UnsafeMutablePointer<UInt64>
  /// Open addressing with steps of one, at most half full: the upper half of the hash and, in the
  /// lower 32 bits, the position plus one; 0 is free. Nil for few keys.
  @exclusivity(unchecked) private var table: UnsafeMutablePointer<UInt64>?
  /// One less than the table's size, which is a power of two.
  @exclusivity(unchecked) private var mask = 0

  private static let indexedFrom = 9

  /// No keys, shared by all empty maps.
  nonisolated(unsafe) static let none = MapKeys(capacity: 0)

  private init(capacity: Int) {
    self.capacity = capacity
    texts = .allocate(capacity: capacity)
    hashes = .allocate(capacity: capacity)
  }

  /// A copy with room for more, without the key at a position if one is named.
  convenience init(copying other: MapKeys, capacity: Int, without left: Int? = nil) {
    self.init(capacity: max(capacity, other.count))
    for i in 0..<other.count where i != left {
      (texts + count).initialize(to: other.texts[i])
      (hashes + count).initialize(to: other.hashes[i])
      count += 1
    }
    rebuildTable()
  }

  deinit {
    texts.deinitialize(count: count)
    texts.deallocate()
    hashes.deallocate()
    table?.deallocate()
  }

  /// The key at a position.
  subscript(position: Int) -> String {
    precondition(position >= 0 && position < count, "there is no key \(position) of \(count)")
    return texts[position]
  }

  /// What the key at a position is found by.
  func hash(at position: Int) -> UInt64 {
    precondition(position >= 0 && position < count, "there is no key \(position) of \(count)")
    return hashes[position]
  }

  /// Where a key stands, or nil.
  func position(of key: String, hash: UInt64) -> Int? {
    guard let table else {
      for i in 0..<count where hashes[i] == hash && texts[i] == key { return i }
      return nil
    }
    var slot = Int(truncatingIfNeeded: hash) & mask
    while table[slot] != 0 {
      let position = Int(table[slot] & 0xFFFF_FFFF) - 1
      if table[slot] >> 32 == hash >> 32, texts[position] == key { return position }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Whether the key at a position, if there is one, is written with these very bits; where it is
  /// not, it may still be the same key.
  @inline(__always)
  func hasKey(_ bits: KeyBits, at position: Int) -> Bool {
    guard position < count else { return false }
    let held = UnsafeRawPointer(texts + position).load(as: KeyBits.self)
    return held == bits
  }

  /// Adds a key that is not among them. For the only holder.
  func append(_ key: String, hash: UInt64) {
    if count == capacity { grow() }
    (texts + count).initialize(to: key)
    (hashes + count).initialize(to: hash)
    count += 1
    if count < Self.indexedFrom { return }
    if table == nil || count * 2 > mask {
      rebuildTable()
    } else {
      enter(position: count - 1)
    }
  }

  private func grow() {
    capacity = max(4, capacity * 2)
    let newTexts = UnsafeMutablePointer<String>.allocate(capacity: capacity)
    newTexts.moveInitialize(from: texts, count: count)
    texts.deallocate()
    texts = newTexts
    let newHashes = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
    newHashes.moveInitialize(from: hashes, count: count)
    hashes.deallocate()
    hashes = newHashes
  }

  private func rebuildTable() {
    table?.deallocate()
    table = nil
    guard count >= Self.indexedFrom else { return }
    var size = 32
    while size < count * 4 { size *= 2 }
    mask = size - 1
    table = .allocate(capacity: size)
    table!.initialize(repeating: 0, count: size)
    for i in 0..<count { enter(position: i) }
  }

  private func enter(position: Int) {
    let table = table!
    var slot = Int(truncatingIfNeeded: hashes[position]) & mask
    while table[slot] != 0 { slot = (slot + 1) & mask }
    table[slot] = (hashes[position] >> 32) << 32 | UInt64(position + 1)
  }
}

/// The words that a `String` consists of. The same words are the same text.
struct KeyBits: Equatable {
  let first: UInt64
  let second: UInt64

  init(_ key: String) {
    self = unsafeBitCast(key, to: KeyBits.self)
  }
}

extension String {
  /// Equal texts have equal hashes, never 0: plain text by its bytes, eight at a time; other text,
  /// which may write the same characters in several ways, as the standard library does.
  var keyHash: UInt64 {
    let hash: UInt64?? = utf8.withContiguousStorageIfAvailable(Self.plainHash)
    return (hash ?? nil) ?? otherHash
  }

  /// Nil for text that is not plain.
  private static func plainHash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64? {
    var hash = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
    var all: UInt64 = 0
    func mix(_ word: UInt64) {
      all |= word
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
    return all & 0x8080_8080_8080_8080 == 0 ? Swift.max(hash, 1) : nil
  }

  private var otherHash: UInt64 {
    // Three characters are, to Unicode, other ways to write a plain one.
    let plain = String(
      String.UnicodeScalarView(
        unicodeScalars.lazy.map { scalar in
          switch scalar {
          case "\u{212A}": "K"
          case "\u{037E}": ";"
          case "\u{1FEF}": "`"
          default: scalar
          }
        }))
    if plain.utf8.allSatisfy({ $0 < 0x80 }) { return plain.keyHash }
    return Swift.max(UInt64(truncatingIfNeeded: plain.hashValue), 1)
  }
}

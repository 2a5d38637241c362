/// Where the pieces of a string are put together before it is made, so that each of them costs no
/// string of its own. Strings within strings are put together behind what is already there.
struct TextBuffer {
  private var bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.usualCapacity)
  private var capacity = Self.usualCapacity
  /// How many bytes there are.
  private(set) var count = 0

  /// More is given back once it is no longer needed.
  private static let usualCapacity = 1 << 12

  /// Adds a text.
  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { piece in
      guard let start = piece.baseAddress else { return }
      makeRoom(piece.count)
      (bytes + count).update(from: start, count: piece.count)
      count += piece.count
    }
  }

  /// Adds a number as `print` writes it.
  mutating func append(_ number: Int) {
    let longest = 20
    makeRoom(longest)
    if number < 0 {
      bytes[count] = UInt8(ascii: "-")
      count += 1
    }
    var rest = number.magnitude
    var digits = 1
    var bound: UInt = 10
    while digits < 19, rest >= bound {
      digits += 1
      bound &*= 10
    }
    var place = count + digits
    count = place
    repeat {
      place -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
      rest = quotient
    } while rest > 0
  }

  /// Takes what was added behind the first `start` bytes.
  mutating func take(from start: Int) -> String {
    defer { cut(to: start) }
    return String(
      decoding: UnsafeBufferPointer(start: bytes + start, count: count - start), as: UTF8.self)
  }

  /// Forgets what was added behind the first `start` bytes.
  mutating func cut(to start: Int) {
    count = start
    if start == 0, capacity > Self.usualCapacity {
      bytes.deallocate()
      capacity = Self.usualCapacity
      bytes = .allocate(capacity: capacity)
    }
  }

  func deallocate() { bytes.deallocate() }

  private mutating func makeRoom(_ added: Int) {
    if count + added <= capacity { return }
    capacity = max(count + added, capacity * 2)
    let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    grown.update(from: bytes, count: count)
    bytes.deallocate()
    bytes = grown
  }
}

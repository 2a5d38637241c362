/// A message in the wire format of Protocol Buffers, written field by field in the order of calls.
///
/// Each field is a key, `number << 3 | type`, and its contents: type 0 a variable-length integer, 1
/// eight bytes, 2 a length and so many bytes, 5 four bytes, all little-endian.
/// See https://protobuf.dev/programming-guides/encoding/ for the format.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  private mutating func add(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func add(key field: Int, _ type: Int) {
    add(varint: UInt64(field << 3 | type))
  }

  mutating func add(_ field: Int, _ value: Int) {
    add(key: field, 0)
    add(varint: UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Double) {
    add(key: field, 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func add(_ field: Int, _ value: Float) {
    add(key: field, 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func add(_ field: Int, _ contents: [UInt8]) {
    add(key: field, 2)
    add(varint: UInt64(contents.count))
    bytes += contents
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }
}

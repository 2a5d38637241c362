/// The curves of one run as an event file that TensorBoard shows.
///
/// The file is a sequence of TFRecords: 8 bytes with the length of the contents (little-endian), 4
/// with the masked CRC-32C of these 8, the contents, and 4 with the contents' own. Each holds an
/// `Event` in Protocol Buffers, the first of them naming the version of the format.
/// Source of the facts: TensorFlow's `tensorflow/core/util/event.proto`,
/// `core/framework/summary.proto` and `core/lib/io/record_writer.h`.
///
/// TensorBoard finds files by their name (`fileName`) and shows a folder as a run, its curves by
/// their tags, such as `rollout/ep_rew_mean`.
package struct TensorBoardLog {
  /// What the file is to hold.
  package private(set) var bytes: [UInt8] = []

  /// A log without points.
  ///
  /// - Parameter wallTime: seconds since 1970 when the run began.
  package init(wallTime: Double) {
    var event = ProtobufMessage()
    event.add(1, wallTime)
    event.add(3, "brain.Event:2")
    append(event)
  }

  /// A name that TensorBoard takes for an event file.
  package static func fileName(wallTime: Double) -> String {
    "events.out.tfevents.\(Int(wallTime)).rlhs"
  }

  /// Adds a point to the curve `tag`.
  ///
  /// - Parameters:
  ///   - value: is kept in single precision; TensorBoard marks nan and infinities.
  ///   - wallTime: seconds since 1970.
  package mutating func add(_ tag: String, _ value: Double, step: Int, wallTime: Double) {
    var point = ProtobufMessage()
    point.add(1, tag)
    point.add(2, Float(value))
    var summary = ProtobufMessage()
    summary.add(1, point)
    var event = ProtobufMessage()
    event.add(1, wallTime)
    event.add(2, step)
    event.add(5, summary)
    append(event)
  }

  private mutating func append(_ event: ProtobufMessage) {
    let length = withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian, Array.init)
    for part in [length, event.bytes] {
      bytes += part
      withUnsafeBytes(of: Self.maskedChecksum(of: part).littleEndian) { bytes += $0 }
    }
  }

  /// Rotated and shifted, as a checksum of bytes that hold their own checksum is a weak one.
  private static func maskedChecksum(of bytes: [UInt8]) -> UInt32 {
    let checksum = CRC32.castagnoli.checksum(of: bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
  }
}

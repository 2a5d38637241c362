import Schema

/// Zip archives whose entries are not compressed, which is how PyTorch and Stable-Baselines3 write
/// theirs.
///
/// Each entry is a local header with its data; a central directory at the end says where they lie.
/// Numbers are little-endian. Limits: no compression, no encryption, and less than 4 GB.
/// Source of the facts: PKWARE's APPNOTE.TXT, sections 4.3 and 4.4.
enum Zip {
  struct Entry: Equatable {
    var name: String
    var data: [UInt8]
  }

  /// An archive of these entries, without dates. Data begin at multiples of 64 bytes, as PyTorch
  /// wants its tensors.
  static func encode(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let start = bytes.count
      let name = Array(entry.name.utf8)
      // A field of its own in the header pads it: an identifier, a length, and so many bytes.
      let padding = 63 - (start + 30 + name.count + 4 + 63) % 64
      let extra = little(UInt16(0x4246)) + little(UInt16(padding)) + zeros(padding)
      let facts =
        little(UInt16(20)) + zeros(2) + zeros(2) + zeros(2) + little(UInt16(0x21))
        + little(CRC32.zip.checksum(of: entry.data)) + little(UInt32(entry.data.count))
        + little(UInt32(entry.data.count)) + little(UInt16(name.count))
      bytes += little(UInt32(0x0403_4b50)) + facts + little(UInt16(extra.count)) + name + extra
      bytes += entry.data
      directory += little(UInt32(0x0201_4b50)) + little(UInt16(20)) + facts
      directory += zeros(12) + little(UInt32(start)) + name
    }
    let place = bytes.count
    bytes += directory
    bytes += little(UInt32(0x0605_4b50)) + zeros(4) + little(UInt16(entries.count))
    bytes += little(UInt16(entries.count)) + little(UInt32(directory.count))
    bytes += little(UInt32(place)) + zeros(2)
    return bytes
  }

  /// The entries of an archive; `name` is what an error calls it. Nothing in it is trusted.
  ///
  /// - Throws: `zip`.
  static func decode(_ bytes: [UInt8], name: String) throws(InterchangeError) -> [Entry] {
    func fault(_ reason: String) -> InterchangeError { .zip(name: name, reason: reason) }
    func number(_ offset: Int, _ size: Int) throws(InterchangeError) -> Int {
      guard offset >= 0, offset + size <= bytes.count else { throw fault("it is cut short") }
      return (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }
    func text(_ offset: Int, _ length: Int) throws(InterchangeError) -> String {
      guard offset + length <= bytes.count else { throw fault("it is cut short") }
      return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
    }

    // The end of the directory is followed by a comment of 65,535 bytes at most.
    var end = bytes.count - 22
    while end >= max(0, bytes.count - 22 - 65_535), try number(end, 4) != 0x0605_4b50 { end -= 1 }
    guard end >= 0, try number(end, 4) == 0x0605_4b50 else {
      throw fault("it has no directory at its end")
    }
    var entries: [Entry] = []
    var place = try number(end + 16, 4)
    for _ in 0..<(try number(end + 10, 2)) {
      guard try number(place, 4) == 0x0201_4b50 else { throw fault("its directory is damaged") }
      let nameLength = try number(place + 28, 2)
      let entryName = try text(place + 46, nameLength)
      guard try number(place + 10, 2) == 0 else {
        throw fault("\(quote(entryName)) is compressed, which is not read here")
      }
      let size = try number(place + 24, 4)
      let start = try number(place + 42, 4)
      guard try number(start, 4) == 0x0403_4b50 else {
        throw fault("\(quote(entryName)) is not where its directory says")
      }
      let first = start + 30 + (try number(start + 26, 2)) + (try number(start + 28, 2))
      guard first + size <= bytes.count else { throw fault("\(quote(entryName)) is cut short") }
      let data = Array(bytes[first..<first + size])
      guard Int(CRC32.zip.checksum(of: data)) == (try number(place + 16, 4)) else {
        throw fault("\(quote(entryName)) does not match its checksum")
      }
      entries.append(Entry(name: entryName, data: data))
      place += 46 + nameLength + (try number(place + 30, 2)) + (try number(place + 32, 2))
    }
    return entries
  }

  private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }

  private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
}

/// The Portable Network Graphics format, as much of it as writing a picture takes.
///
/// Source: W3C, "Portable Network Graphics (PNG) Specification", and RFC 1950 and 1951 for the
/// compressed data.
package enum PNG {
  /// An image of 8 bits a channel.
  ///
  /// - Parameter pixels: red, green and blue of each pixel, row by row: `[height, width, 3]`.
  package static func bytes(pixels: [UInt8], width: Int, height: Int) -> [UInt8] {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "\(pixels.count) bytes are no image of \(width) by \(height)")
    // Each row begins with its filter: none in the first, the row above subtracted in the others, which
    // makes most of a drawing zero.
    var rows: [UInt8] = []
    rows.reserveCapacity(height * (width * 3 + 1))
    for row in 0..<height {
      let start = row * width * 3
      rows.append(row == 0 ? 0 : 2)
      for place in start..<start + width * 3 {
        rows.append(row == 0 ? pixels[place] : pixels[place] &- pixels[place - width * 3])
      }
    }
    let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
      + chunk("IDAT", compressed(rows)) + chunk("IEND", [])
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    return bigEndian(UInt32(data.count)) + body + bigEndian(CRC32.zip.checksum(of: body))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// A zlib stream in one block of the fixed code, in which runs of one byte are shortened.
  private static func compressed(_ data: [UInt8]) -> [UInt8] {
    var bits = BitWriter(bytes: [0x78, 0x01])
    bits.append(0b011, count: 3)
    var place = 0
    while place < data.count {
      var run = 1
      while run < 259, place + run < data.count, data[place + run] == data[place] { run += 1 }
      bits.appendLiteral(Int(data[place]))
      // A run repeats the byte before it: a match at distance 1, of 3 to 258 bytes.
      if run >= 4 {
        bits.appendMatch(length: run - 1)
        place += run
      } else {
        place += 1
      }
    }
    bits.appendLiteral(256)
    return bits.finished + bigEndian(adler32(data))
  }

  private static func adler32(_ data: [UInt8]) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in data {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return b << 16 | a
  }
}

/// Bits from the lowest up, as deflate packs them.
private struct BitWriter {
  var bytes: [UInt8]
  private var pending = 0
  private var count = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func append(_ value: Int, count added: Int) {
    pending |= value << count
    count += added
    while count >= 8 {
      bytes.append(UInt8(pending & 255))
      pending >>= 8
      count -= 8
    }
  }

  /// A code of the fixed table: codes, unlike other numbers, go in from their highest bit.
  mutating func appendLiteral(_ symbol: Int) {
    switch symbol {
    case ..<144: appendReversed(0b0011_0000 + symbol, count: 8)
    case ..<256: appendReversed(0b1_1001_0000 + symbol - 144, count: 9)
    case ..<280: appendReversed(symbol - 256, count: 7)
    default: appendReversed(0b1100_0000 + symbol - 280, count: 8)
    }
  }

  /// A repetition of the byte before, 3 to 258 times.
  mutating func appendMatch(length: Int) {
    // Length symbols 257 to 285 with the extra bits of each: RFC 1951, 3.2.5.
    let bases = [
      3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
      163, 195, 227, 258,
    ]
    let index = bases.lastIndex { $0 <= length } ?? 0
    let extra = index < 8 || index == 28 ? 0 : (index - 4) / 4
    appendLiteral(257 + index)
    append(length - bases[index], count: extra)
    appendReversed(0, count: 5)
  }

  private mutating func appendReversed(_ code: Int, count: Int) {
    for bit in stride(from: count - 1, through: 0, by: -1) { append(code >> bit & 1, count: 1) }
  }

  var finished: [UInt8] { count > 0 ? bytes + [UInt8(pending & 255)] : bytes }
}

import Foundation
import Interchange
import Testing

struct PNGTests {
  /// Python's zlib is the judge of the compressed data: it checks the whole and its sum.
  @Test(
    "Python unpacks an image to the pixels that went in",
    .enabled(if: python("import zlib, struct") != nil, "there is no python3"))
  func roundTrip() throws {
    // Runs of every length up to beyond the longest match, and noise.
    var pixels: [UInt8] = []
    for length in 1...300 { pixels += Array(repeating: UInt8(length % 251), count: length) }
    pixels += (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let width = 50
    pixels = Array(pixels.prefix(pixels.count / (width * 3) * width * 3))
    let height = pixels.count / (width * 3)
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).png")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(PNG.bytes(pixels: pixels, width: width, height: height)).write(to: file)
    let unpacked = python(
      """
      import struct, sys, zlib
      data = open(sys.argv[1], "rb").read()
      assert data[:8] == bytes([137, 80, 78, 71, 13, 10, 26, 10])
      place, packed, size = 8, b"", None
      while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        body = data[place + 8:place + 8 + length]
        assert struct.unpack(">I", data[place + 8 + length:place + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR": size = struct.unpack(">IIBBBBB", body)
        if kind == b"IDAT": packed += body
        place += 12 + length
      width, height = size[:2]
      rows, above, out = zlib.decompress(packed), bytes(width * 3), b""
      for row in range(height):
        kind, line = rows[row * (width * 3 + 1)], rows[row * (width * 3 + 1) + 1:(row + 1) * (width * 3 + 1)]
        if kind == 2: line = bytes((a + b) % 256 for a, b in zip(line, above))
        above = line
        out += line
      print(width, height, out.hex())
      """, file.path)
    let hex = pixels.map { String(format: "%02x", $0) }.joined()
    #expect(unpacked == "\(width) \(height) \(hex)\n")
  }
}

/// What a program prints; nil where it fails.
private func python(_ code: String, _ arguments: String...) -> String? {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = ["python3", "-c", code] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return nil }
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
}

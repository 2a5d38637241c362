import Foundation
import Interchange
import RLCore
import Testing

extension StateArchive {
  /// One tensor of each type, one of them a scalar, one without elements, and awkward strings.
  static var sample: StateArchive {
    var archive = StateArchive()
    func add(_ name: String, _ type: ElementType, _ shape: [Int]) {
      let count = shape.reduce(1, *) * type.size
      archive.tensors.append(
        .init(
          name: name, elementType: type, shape: shape,
          bytes: (0..<count).map { UInt8(truncatingIfNeeded: 31 * $0 + name.count) }))
    }
    add("w", .float32, [2, 3])
    add("bias \"quoted\" \u{1F9E0}", .float64, [3])
    add("steps", .int64, [])
    add("empty", .float32, [0, 4])
    add("actions", .int32, [5])
    add("stream", .uint64, [4])
    add("flags", .uint8, [3])
    archive.metadata = ["format": "rlhs", "note": "a\nb\\\"\u{0}ü", "": "empty key"]
    return archive
  }
}

struct SafetensorsTests {
  @Test("An archive comes back as it was, order and all")
  func roundTrip() throws {
    let archive = StateArchive.sample
    #expect(try Safetensors.decode(Safetensors.encode(archive), name: "x") == archive)
    let empty = StateArchive()
    #expect(try Safetensors.decode(Safetensors.encode(empty), name: "x") == empty)
  }

  @Test("A file comes back as it was")
  func fileRoundTrip() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/sample.safetensors"
      try Data(Safetensors.encode(.sample)).write(to: URL(filePath: path))
      #expect(try Safetensors.read(path) == .sample)
    }
  }

  @Test("The data begins at a multiple of 8 bytes and the metadata is sorted by key")
  func form() throws {
    var archive = StateArchive()
    archive.tensors = [.init(name: "w", elementType: .uint8, shape: [3], bytes: [1, 2, 3])]
    archive.metadata = ["b": "2", "a": "1"]
    let bytes = Safetensors.encode(archive)
    let header =
      #"{"__metadata__":{"a":"1","b":"2"},"w":{"dtype":"U8","shape":[3],"#
      + #""data_offsets":[0,3]}}"#
    let padded = header + String(repeating: " ", count: 7 - (header.utf8.count + 7) % 8)
    #expect(bytes.prefix(8) == [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0])
    #expect(String(decoding: bytes[8...].dropLast(3), as: UTF8.self) == padded)
    #expect(padded.utf8.count % 8 == 0)
    #expect(bytes.suffix(3) == [1, 2, 3])
  }

  @Test("Tensors come in the order of their data, whatever the header's order")
  func order() throws {
    let archive = try Safetensors.decode(
      file(
        #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"#
          + #""a":{"shape":[1],"dtype":"U8","data_offsets":[0,1],"more":null}}"#, data: [7, 8]),
      name: "x")
    #expect(archive.tensors.map(\.name) == ["a", "b"])
    #expect(archive.tensors.map(\.bytes) == [[7], [8]])
  }

  @Test(
    "A lying header gives an error that names the file and the lie",
    arguments: [
      (tensor(), 3, "its tensors have 4 bytes, and 3 follow"),
      (tensor(), 5, "its tensors have 4 bytes, and 5 follow"),
      (tensor(shape: "[2]"), 4, "needs 8 bytes, not 4"),
      (tensor(offsets: "[4,0]"), 4, "no sound type, shape and place"),
      (tensor(offsets: "[-4,0]"), 4, "no sound type, shape and place"),
      (tensor(offsets: "[0]"), 4, "no sound type, shape and place"),
      (tensor(offsets: "[0,4,8]"), 4, "no sound type, shape and place"),
      (tensor(offsets: "[0.0,4.0]"), 4, "no sound type, shape and place"),
      (tensor(offsets: "[0,\"4\"]"), 4, "no sound type, shape and place"),
      (tensor(offsets: "[9223372036854775803,9223372036854775807]"), 4, "begins at byte"),
      (tensor(offsets: "[0,99999999999999999999]"), 4, "no sound type, shape and place"),
      (tensor(shape: "[4294967296,4294967296]"), 4, "is too large"),
      (tensor(shape: "[9223372036854775807,3,0]"), 4, "is too large"),
      (tensor(shape: "[-1]"), 4, "no sound type, shape and place"),
      (tensor(shape: "null"), 4, "no sound type, shape and place"),
      (tensor(type: "F31"), 4, "is of type \"F31\", which is not known here"),
      (tensor() + "," + tensor(), 4, "stands twice"),
      (tensor() + "," + tensor("v"), 4, "tensor \"v\" begins at byte 0, not 4"),
      (tensor() + "," + tensor("v", offsets: "[5,9]"), 9, "begins at byte 5, not 4"),
      (tensor() + "," + tensor("v", offsets: "[2,6]"), 6, "begins at byte 2, not 4"),
      (tensor(offsets: "[4,8]"), 8, "begins at byte 4, not 0"),
      ("\"w\":3", 0, "no sound type, shape and place"),
      ("\"w\":{}", 0, "no sound type, shape and place"),
      ("\"__metadata__\":[]", 0, "its metadata is no map"),
      ("\"__metadata__\":{\"a\":1}", 0, "its metadata \"a\" is no string"),
      ("\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}", 0, "stands twice"),
    ])
  func lies(header: String, dataSize: Int, reason: String) {
    let bytes = file("{" + header + "}", data: [UInt8](repeating: 0, count: dataSize))
    expectFault(bytes, reason)
  }

  @Test(
    "A header that is no JSON map gives an error",
    arguments: [
      ("", "no JSON at byte 8: it ends"), ("[]", "its header is no map"), ("{", "a key in quotes"),
      ("{}x", "something follows"), ("{\"a\"}", "`:` should"), ("{\"a\":}", "no value begins so"),
      ("{\"a\":\"\u{1}\"}", "control character"), ("{\"a", "not closed"),
      ("{\"\\ud800\":1}", "half of a character"), ("{\"\\x\":1}", "no escape begins so"),
      ("{\"a\":01}", "zero in front"), ("{\"a\":1,}", "a key in quotes"),
    ])
  func noJSON(header: String, reason: String) {
    expectFault(file(header, data: []), reason)
  }

  @Test("A header that nests without end gives an error", arguments: ["[", "{\"a\":"])
  func nesting(opening: String) {
    expectFault(file(String(repeating: opening, count: 100_000), data: []), "deeper than")
  }

  @Test("A header that is no UTF-8 gives an error")
  func invalidText() {
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] {
      let header = Array("{\"".utf8) + bytes + Array("\":1}".utf8)
      expectFault(length(header.count) + header, "no valid UTF-8")
    }
  }

  @Test("A false length of the header gives an error and takes no memory")
  func headerLength() {
    let sound = Safetensors.encode(.sample)
    for size in 0..<8 { expectFault(Array(sound.prefix(size)), "fewer than the shortest header") }
    for claim: UInt64 in [UInt64(sound.count - 7), 1 << 32, 1 << 62, 1 << 63, .max, .max - 7] {
      let prefix = withUnsafeBytes(of: claim.littleEndian, Array.init)
      expectFault(prefix + sound[8...], "its header would have \(claim) bytes")
    }
    expectFault(length(0) + sound[8...], "no JSON")
  }

  @Test("Every file cut short gives an error")
  func cuts() {
    let sound = Safetensors.encode(.sample)
    for size in 0..<sound.count {
      #expect(throws: InterchangeError.self) {
        try Safetensors.decode(Array(sound[..<size]), name: "x")
      }
    }
  }

  @Test("Bytes changed at random give an error or an archive, never a crash")
  func randomChanges() {
    let sound = Safetensors.encode(.sample)
    var random = SystemRandomNumberGenerator()
    var refused = 0
    for _ in 0..<2000 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Mostly the header: flips in the data cannot be seen without a checksum.
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      if (try? Safetensors.decode(bytes, name: "x")) == nil { refused += 1 }
    }
    #expect(refused > 500)
  }

  @Test("What is no plain file gives an error that says so")
  func noFile() throws {
    try withTemporaryFolder { folder in
      #expect(throws: InterchangeError.notAFile(path: folder)) { try Safetensors.read(folder) }
      let missing = folder + "/missing"
      #expect(throws: InterchangeError.file(path: missing, verb: "read", code: ENOENT)) {
        try Safetensors.read(missing)
      }
      let pipe = folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(throws: InterchangeError.notAFile(path: pipe)) { try Safetensors.read(pipe) }
    }
  }

  private func expectFault(_ bytes: [UInt8], _ reason: String) {
    do {
      _ = try Safetensors.decode(bytes, name: "m.safetensors")
      Issue.record("no error, where \(reason) was due")
    } catch {
      #expect(error.description.hasPrefix("m.safetensors is no sound safetensors file: "))
      #expect(error.description.contains(reason))
      #expect(error.hint != nil)
    }
  }
}

/// A header's entry for one tensor of 4 bytes, or a lie about it.
private func tensor(
  _ name: String = "w", type: String = "F32", shape: String = "[1]", offsets: String = "[0,4]"
) -> String {
  "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

private func file(_ header: String, data: [UInt8]) -> [UInt8] {
  length(header.utf8.count) + Array(header.utf8) + data
}

private func length(_ count: Int) -> [UInt8] {
  withUnsafeBytes(of: UInt64(count).littleEndian, Array.init)
}

/// Calls `body` with the path of a new folder, which is removed afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}

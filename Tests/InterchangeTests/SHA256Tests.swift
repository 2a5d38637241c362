import Interchange
import RLCore
import Testing

struct SHA256Tests {
  @Test(
    "The vectors of FIPS 180-4 and of NIST's examples come out",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
          + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
    ])
  func vectors(text: String, expected: String) {
    #expect(SHA256.hex(Array(text.utf8)) == expected)
  }

  @Test("The processor's instructions and the portable rounds give the same state")
  func portable() {
    let message = (0..<64 * 9).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
    var states: [[UInt32]] = [Array(1...8), Array(1...8)]
    message.withUnsafeBytes { blocks in
      states[0].withUnsafeMutableBufferPointer { SHA256.compress(blocks, into: $0) }
      states[1].withUnsafeMutableBufferPointer { SHA256.compressPortably(blocks, into: $0) }
    }
    #expect(states[0] == states[1])
    #expect(states[0] != Array(1...8))
  }

  @Test("A million letters a come out, given in uneven pieces")
  func longMessage() {
    var hash = SHA256()
    let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 997)
    for _ in 0..<1_000_000 / 997 { hash.update(letters) }
    hash.update([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000 % 997))
    #expect(
      hash.finish() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("Every length round a block hashes the same in one piece and byte by byte")
  func pieces() {
    for length in 0...130 {
      let message = (0..<length).map { UInt8($0) }
      var hash = SHA256()
      for byte in message { hash.update([byte]) }
      #expect(hash.finish() == SHA256.hex(message))
    }
  }
}

struct DigestTests {
  private let sample = StateArchive.sample

  @Test("Anything that differs gives another digest")
  func differences() {
    var seen: Set<String> = [digest(of: sample)]
    func expectNew(_ change: (inout StateArchive) -> Void) {
      var archive = sample
      change(&archive)
      #expect(seen.insert(digest(of: archive)).inserted)
    }
    expectNew { $0.tensors.swapAt(0, 1) }
    expectNew { $0.tensors[0].name = "v" }
    expectNew { $0.tensors[0].shape = [3, 2] }
    expectNew { $0.tensors[0].shape = [6] }
    expectNew { $0.tensors[0].elementType = .int32 }
    expectNew { $0.tensors[0].bytes[7] ^= 1 }
    expectNew { $0.metadata["format"] = "other" }
    expectNew { $0.metadata["more"] = "" }
    expectNew { $0.tensors.removeLast() }
  }

  @Test("Text moved from a key to its value gives another digest")
  func boundaries() {
    var one = StateArchive()
    one.metadata = ["ab": "c"]
    var other = StateArchive()
    other.metadata = ["a": "bc"]
    #expect(digest(of: one) != digest(of: other))
  }

  @Test("The digest of an archive stays what it was in earlier versions")
  func stability() {
    // Computed apart, in Python.
    #expect(
      digest(of: sample) == "d87ffb03b4c49601154f3a4fb05fb810f30b70b22747a640348c092e1f8f04c4")
  }
}

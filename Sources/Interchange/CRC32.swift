/// A cyclic redundancy check of 32 bits, low bits first, by one of two polynomials.
struct CRC32 {
  /// That of zip files.
  static let zip = CRC32(polynomial: 0xedb8_8320)
  /// CRC-32C, that of TFRecords.
  static let castagnoli = CRC32(polynomial: 0x82f6_3b78)

  /// What each byte does to an empty register.
  private let table: [UInt32]

  /// - Parameter polynomial: its coefficients, the lowest in the highest bit.
  private init(polynomial: UInt32) {
    table = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? polynomial : 0) }
    }
  }

  func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { value, byte in
      value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)]
    }
  }
}

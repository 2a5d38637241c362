/// A tokenizer inside a checkpoint.
extension Tokenizer {
  /// Adds everything needed to make it again, under names that begin with `tokenizer/`.
  package func save(to archive: inout StateArchive) {
    archive.metadata["tokenizer"] = kind.rawValue
    archive.add("tokenizer/pieces", .uint8, pieces.flatMap { $0 })
    archive.add("tokenizer/lengths", pieces.map(\.count))
    archive.add(
      "tokenizer/merges", merges.flatMap { [Int($0.left), Int($0.right), Int($0.result)] })
    archive.add("tokenizer/specials", specials.map(Int.init))
    archive.add("tokenizer/end", endToken.map { [Int($0)] } ?? [])
  }

  /// The tokenizer that `save` wrote.
  package init(from archive: StateArchive) throws(CoreError) {
    guard let kind = Kind(rawValue: try archive.text("tokenizer")) else {
      throw .damagedArchive(reason: "its tokenizer is of an unknown kind")
    }
    let bytes = try archive.bytes("tokenizer/pieces")
    var pieces: [[UInt8]] = []
    var end = 0
    for length in try archive.integers("tokenizer/lengths") {
      guard length >= 0, length <= bytes.count - end else {
        throw .damagedArchive(reason: "the tokenizer's pieces are longer than their text")
      }
      pieces.append(Array(bytes[end..<end + length]))
      end += length
    }
    func tokens(_ name: String) throws(CoreError) -> [Int32] {
      try archive.integers(name).map { Int32(clamping: $0) }
    }
    let merged = try tokens("tokenizer/merges")
    guard merged.count % 3 == 0 else {
      throw .damagedArchive(reason: "the tokenizer's merges are cut short")
    }
    try self.init(
      kind: kind, pieces: pieces,
      merges: stride(from: 0, to: merged.count, by: 3).map {
        Merge(left: merged[$0], right: merged[$0 + 1], result: merged[$0 + 2])
      },
      specials: try tokens("tokenizer/specials"), endToken: try tokens("tokenizer/end").first)
  }
}

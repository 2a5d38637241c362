/// Turns text into tokens and back: a character each, or pairs of bytes merged into longer pieces.
///
/// Decoding what was encoded gives the text again. A tokenizer belongs to the model that learned
/// with it, and so lies in the same checkpoint.
public struct Tokenizer: Sendable, Equatable {
  /// How text is cut into tokens.
  public enum Kind: String, Sendable, CaseIterable {
    /// A token for each Unicode scalar of the text it was made from.
    case character
    /// Byte-level byte-pair encoding, GPT-2's: it encodes every text.
    case bytePair = "byte_pair"
  }

  /// Two tokens that become one. The earlier merge goes first.
  package struct Merge: Sendable, Hashable {
    package let left: Int32
    package let right: Int32
    package let result: Int32

    package init(left: Int32, right: Int32, result: Int32) {
      self.left = left
      self.right = right
      self.result = result
    }
  }

  /// How text is cut.
  public let kind: Kind
  /// The bytes that each token stands for.
  package let pieces: [[UInt8]]
  /// In the order of their ranks.
  package let merges: [Merge]
  /// Tokens that stand for themselves wherever their text occurs, such as `<|endoftext|>`.
  package let specials: [Int32]
  /// The token at the end of a text, where there is one.
  public let endToken: Int32?

  /// For a scalar, by its value, or for a byte its token.
  private let atoms: [UInt32: Int32]
  /// For two tokens, left in the upper half, the rank of their merge and what it gives.
  private let ranks: [UInt64: (rank: Int, result: Int32)]

  /// A tokenizer of its parts.
  ///
  /// - Throws: `damagedArchive` where they contradict each other.
  package init(
    kind: Kind, pieces: [[UInt8]], merges: [Merge] = [], specials: [Int32] = [],
    endToken: Int32? = nil
  ) throws(CoreError) {
    let tokens = 0..<Int32(clamping: pieces.count)
    let used = merges.flatMap { [$0.left, $0.right, $0.result] } + specials
    guard !pieces.isEmpty, (used + (endToken.map { [$0] } ?? [])).allSatisfy(tokens.contains) else {
      throw .damagedArchive(reason: "the tokenizer names a token that it does not have")
    }
    var ranks: [UInt64: (rank: Int, result: Int32)] = [:]
    for (rank, merge) in merges.enumerated() {
      guard
        pieces[Int(merge.left)] + pieces[Int(merge.right)] == pieces[Int(merge.result)]
      else {
        throw .damagedArchive(reason: "merge \(rank) of the tokenizer does not join its two tokens")
      }
      let key = Self.pair(merge.left, merge.right)
      if ranks[key] == nil { ranks[key] = (rank, merge.result) }
    }
    var atoms: [UInt32: Int32] = [:]
    for (token, piece) in pieces.enumerated() where !specials.contains(Int32(token)) {
      switch kind {
      case .character:
        let scalars = Array(String(decoding: piece, as: UTF8.self).unicodeScalars)
        guard scalars.count == 1 else {
          throw .damagedArchive(reason: "token \(token) of the tokenizer is no single character")
        }
        atoms[scalars[0].value] = Int32(token)
      case .bytePair:
        if piece.count == 1 { atoms[UInt32(piece[0])] = Int32(token) }
      }
    }
    self.kind = kind
    self.pieces = pieces
    self.merges = merges
    self.specials = specials.filter { !pieces[Int($0)].isEmpty }
    self.endToken = endToken
    self.atoms = atoms
    self.ranks = ranks
  }

  /// One for the characters (Unicode scalars) of `text`, in the order of their code points.
  ///
  /// - Throws: `incompatible` for an empty text.
  public init(characters text: String) throws(CoreError) {
    let scalars = Set(text.unicodeScalars).sorted()
    guard !scalars.isEmpty else { throw .incompatible("a tokenizer needs a text, and it is empty") }
    try self.init(kind: .character, pieces: scalars.map { Array(String($0).utf8) })
  }

  /// Equal where they have the same tokens, made in the same way.
  public static func == (a: Tokenizer, b: Tokenizer) -> Bool {
    a.kind == b.kind && a.pieces == b.pieces && a.merges == b.merges && a.specials == b.specials
      && a.endToken == b.endToken
  }

  /// Number of tokens.
  public var vocabulary: Int { pieces.count }

  /// The tokens of `text`.
  ///
  /// - Throws: `incompatible` for a character that is not in the vocabulary.
  public func encode(_ text: String) throws(CoreError) -> [Int32] {
    var tokens: [Int32] = []
    tokens.reserveCapacity(kind == .character ? text.utf8.count : text.utf8.count / 2)
    var cache: [[UInt8]: [Int32]] = [:]
    for part in parts(of: text) {
      switch part {
      case .special(let token): tokens.append(token)
      case .text(let text):
        switch kind {
        case .character:
          for scalar in text.unicodeScalars { tokens.append(try token(of: scalar)) }
        case .bytePair:
          for word in WordSplitter(text) {
            if let known = cache[word] {
              tokens += known
            } else {
              let merged = try merge(word)
              cache[word] = merged
              tokens += merged
            }
          }
        }
      }
    }
    return tokens
  }

  /// The text of `tokens`; bytes that are no UTF-8 become replacement characters, and tokens outside
  /// the vocabulary nothing.
  public func decode(_ tokens: some Sequence<Int32>) -> String {
    String(decoding: tokens.flatMap { bytes(of: $0) }, as: UTF8.self)
  }

  /// The bytes of one token, which may be a part of a character.
  public func bytes(of token: Int32) -> [UInt8] {
    pieces.indices.contains(Int(token)) ? pieces[Int(token)] : []
  }

  private func token(of scalar: Unicode.Scalar) throws(CoreError) -> Int32 {
    guard let token = atoms[scalar.value] else {
      throw .incompatible(
        "the character `\(scalar)` (U+\(String(scalar.value, radix: 16, uppercase: true))) is not "
          + "in the tokenizer's vocabulary of \(vocabulary)")
    }
    return token
  }

  static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// A word's bytes, the pair with the lowest rank merged until none is left.
  private func merge(_ word: [UInt8]) throws(CoreError) -> [Int32] {
    var tokens: [Int32] = []
    for byte in word {
      guard let token = atoms[UInt32(byte)] else {
        throw .incompatible("the byte \(byte) is not in the tokenizer's vocabulary")
      }
      tokens.append(token)
    }
    while tokens.count > 1 {
      var best: (rank: Int, result: Int32)?
      for index in 1..<tokens.count {
        guard let found = ranks[Self.pair(tokens[index - 1], tokens[index])] else { continue }
        if found.rank < best?.rank ?? .max { best = found }
      }
      guard let best else { break }
      let merge = merges[best.rank]
      var joined: [Int32] = []
      var index = 0
      while index < tokens.count {
        let isPair =
          index + 1 < tokens.count && tokens[index] == merge.left
          && tokens[index + 1] == merge.right
        joined.append(isPair ? best.result : tokens[index])
        index += isPair ? 2 : 1
      }
      tokens = joined
    }
    return tokens
  }

  private enum Part {
    case special(Int32)
    case text(Substring)
  }

  /// Cut at the special tokens; of two that begin at the same place the longer.
  private func parts(of text: String) -> [Part] {
    let known = specials.map { ($0, pieces[Int($0)]) }.sorted { $0.1.count > $1.1.count }
    if known.isEmpty { return [.text(text[...])] }
    var parts: [Part] = []
    let bytes = text.utf8
    var (start, index) = (bytes.startIndex, bytes.startIndex)
    while index < bytes.endIndex {
      let rest = bytes[index...]
      if let (token, piece) = known.first(where: {
        rest.first == $0.1[0] && rest.starts(with: $0.1)
      }) {
        if start < index { parts.append(.text(text[start..<index])) }
        parts.append(.special(token))
        index = bytes.index(index, offsetBy: piece.count)
        start = index
      } else {
        index = bytes.index(after: index)
      }
    }
    if start < bytes.endIndex { parts.append(.text(text[start...])) }
    return parts
  }
}

/// Text from tokens as they come: a character is given once all its bytes are there.
public struct TextStream: Sendable {
  private let tokenizer: Tokenizer
  private var pending: [UInt8] = []

  /// A stream that has seen no token.
  public init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  /// What `token` completes: often its text, sometimes nothing.
  public mutating func append(_ token: Int32) -> String {
    pending += tokenizer.bytes(of: token)
    let whole = pending.count - unfinished
    defer { pending.removeFirst(whole) }
    return String(decoding: pending[..<whole], as: UTF8.self)
  }

  /// What is left of a character that never came to its end.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// Bytes at the end that begin a character without ending it.
  private var unfinished: Int {
    for count in 1...3 where count <= pending.count {
      let byte = pending[pending.count - count]
      if byte & 0xC0 == 0x80 { continue }
      let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return needed > count ? count : 0
    }
    return 0
  }
}

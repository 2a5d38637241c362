extension Tokenizer {
  /// The text of the token that ends a text.
  package static let endOfText = "<|endoftext|>"

  /// A byte-pair tokenizer learned from `text`: an end-of-text token, all bytes, and then the pair
  /// that stands side by side most often becomes one token, again and again.
  ///
  /// - Parameter vocabulary: most tokens; fewer where no pair is left that occurs twice.
  /// - Throws: `invalidSetting` for fewer than 257, and `incompatible` for an empty text.
  public init(learningFrom text: String, vocabulary: Int) throws(CoreError) {
    guard vocabulary >= 257 else {
      throw .invalidSetting(
        name: "vocab_size", value: .integer(vocabulary),
        expected: "257 or more: all bytes and the end of a text")
    }
    guard !text.isEmpty else { throw .incompatible("a tokenizer needs a text, and it is empty") }
    var pieces = [Array(Self.endOfText.utf8)] + (0...255).map { [UInt8($0)] }
    var merges: [Merge] = []
    var learner = PairLearner(text)
    while pieces.count < vocabulary, let (left, right) = learner.commonest {
      let result = Int32(pieces.count)
      pieces.append(pieces[Int(left)] + pieces[Int(right)])
      merges.append(Merge(left: left, right: right, result: result))
      learner.merge(left, right, into: result)
    }
    try self.init(
      kind: .bytePair, pieces: pieces, merges: merges, specials: [0], endToken: 0)
  }
}

/// Counts of the pairs in all distinct words of a text, kept up while pairs are merged.
private struct PairLearner {
  /// Each distinct word as tokens, and how often it occurs.
  private var words: [(tokens: [Int32], count: Int)]
  private var counts: [UInt64: Int] = [:]
  /// The words that a pair was ever in.
  private var places: [UInt64: [Int]] = [:]

  init(_ text: String) {
    var occurrences: [[UInt8]: Int] = [:]
    for word in WordSplitter(text[...]) { occurrences[word, default: 0] += 1 }
    words = occurrences.map { word, count in
      // Token 0 is the end of a text.
      (word.map { Int32($0) + 1 }, count)
    }
    // A dictionary's order changes from run to run.
    words.sort { $0.tokens.lexicographicallyPrecedes($1.tokens) }
    for index in words.indices { count(index, sign: 1) }
  }

  /// Of pairs that are as common, the one with the smaller tokens.
  var commonest: (Int32, Int32)? {
    var best: (key: UInt64, count: Int) = (0, 1)
    for (key, count) in counts where count > best.count || (count == best.count && key < best.key) {
      best = (key, count)
    }
    guard best.count > 1 else { return nil }
    return (Int32(best.key >> 32), Int32(best.key & 0xFFFF_FFFF))
  }

  mutating func merge(_ left: Int32, _ right: Int32, into result: Int32) {
    let key = Tokenizer.pair(left, right)
    for index in places[key] ?? [] {
      count(index, sign: -1)
      var joined: [Int32] = []
      for token in words[index].tokens {
        if token == right, joined.last == left {
          joined[joined.count - 1] = result
        } else {
          joined.append(token)
        }
      }
      words[index].tokens = joined
      count(index, sign: 1)
    }
    counts[key] = nil
    places[key] = nil
  }

  /// Adds or takes away the pairs of one word.
  private mutating func count(_ index: Int, sign: Int) {
    let (tokens, occurrences) = words[index]
    for (left, right) in zip(tokens, tokens.dropFirst()) {
      let key = Tokenizer.pair(left, right)
      let count = counts[key, default: 0] + sign * occurrences
      counts[key] = count == 0 ? nil : count
      // What was counted is merged at once, so a word listed twice would be merged twice: harmless,
      // but it is only listed when a pair comes to it anew.
      if sign > 0, places[key]?.last != index { places[key, default: []].append(index) }
    }
  }
}

/// A text as tokens, its end held out: windows to learn from, and others to measure by.
public struct Corpus: Sendable {
  /// What made the tokens.
  public let tokenizer: Tokenizer
  /// What is learned from.
  public let training: [Int32]
  /// The end of the text, which is only measured by; may be empty.
  public let heldOut: [Int32]
  /// Unicode scalars of the whole text.
  public let characters: Int
  /// Lines of the whole text.
  public let lines: Int

  /// - Parameter holdout: the share of the tokens, at the end, that is held out: from 0 up to 1,
  ///   that excluded.
  /// - Throws: `invalidSetting` for another share, `incompatible` for an empty text or one with
  ///   characters that the tokenizer does not know.
  public init(_ text: String, tokenizer: Tokenizer, holdout: Double = 0.1) throws(CoreError) {
    guard (0..<1).contains(holdout) else {
      throw .invalidSetting(
        name: "holdout", value: .real(holdout), expected: "a share from 0 up to 1")
    }
    let tokens = try tokenizer.encode(text)
    guard !tokens.isEmpty else { throw .incompatible("the text is empty") }
    let count = tokens.count - Int(Double(tokens.count) * holdout)
    self.tokenizer = tokenizer
    training = Array(tokens[..<count])
    heldOut = Array(tokens[count...])
    characters = text.unicodeScalars.count
    lines = text.utf8.reduce(text.utf8.last == 10 ? 0 : 1) { $0 + ($1 == 10 ? 1 : 0) }
  }

  /// How many different tokens occur in it.
  public var distinctTokens: Int { Set(training).union(heldOut).count }

  /// What keeps a model with this context from learning from it, or nil.
  public func obstacle(context: Int) -> CoreError? {
    if training.count <= context {
      return .incompatible(
        "the text has \(training.count) tokens to learn from, and a context of \(context) needs "
          + "\(context + 1) at least")
    }
    return nil
  }

  /// Windows of `length` tokens and their successors from random places.
  ///
  /// - Precondition: `obstacle(context: length)` is nil.
  public func batch(
    of count: Int, length: Int, using source: inout RandomSource
  ) -> TokenBatch {
    precondition(training.count > length, "\(training.count) tokens for windows of \(length)")
    return TokenBatch(
      windows: (0..<count).map { _ in
        let start = source.integer(below: training.count - length)
        return Array(training[start...start + length])
      })
  }

  /// The held-out text in windows one after the other, each of `length` tokens with their
  /// successors, the last one shorter; of a longer text `limit` windows, evenly spread.
  public func heldOutWindows(length: Int, limit: Int = .max) -> [[Int32]] {
    guard heldOut.count >= 2 else { return [] }
    let starts = Array(stride(from: 0, to: heldOut.count - 1, by: length))
    let chosen = min(limit, starts.count)
    return (0..<chosen).map { index in
      let start = starts[index * starts.count / chosen]
      return Array(heldOut[start...min(start + length, heldOut.count - 1)])
    }
  }
}

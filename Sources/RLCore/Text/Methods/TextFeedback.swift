/// A prompt and what was written after it: what a person judges, and what a method learns from.
public struct TextResponse: Sendable, Hashable {
  /// What came before.
  public let prompt: String
  /// What was written, without what ended it.
  public let text: String
  /// The prompt's tokens; never empty.
  public let promptTokens: [Int32]
  /// The response's tokens, those that ended it included; never empty.
  public let tokens: [Int32]
  /// Whether the end token or a stopping text ended it, and not the number of tokens.
  public let ended: Bool

  /// A response that a model wrote.
  ///
  /// - Throws: `incompatible` for a prompt or a response without tokens.
  public init(
    prompt: String, promptTokens: [Int32], completion: Generator.Completion
  ) throws(CoreError) {
    try self.init(
      prompt: prompt, text: completion.text, promptTokens: promptTokens,
      tokens: completion.tokens, ended: completion.ended)
  }

  /// A response that came as text, such as a correction or a line of a file: it counts as ended, by
  /// the tokenizer's end token where there is one, else by `stop`.
  ///
  /// - Throws: `incompatible` for characters that the tokenizer does not know, and for a prompt or a
  ///   response without tokens.
  public init(
    prompt: String, text: String, tokenizer: Tokenizer, stop: String = ""
  ) throws(CoreError) {
    let end: [Int32] =
      if let token = tokenizer.endToken { [token] } else { try tokenizer.encode(stop) }
    try self.init(
      prompt: prompt, text: text, promptTokens: try tokenizer.encode(prompt),
      tokens: try tokenizer.encode(text) + end, ended: true)
  }

  /// A response of its parts.
  ///
  /// - Throws: `incompatible` for a prompt or a response without tokens.
  package init(
    prompt: String, text: String, promptTokens: [Int32], tokens: [Int32], ended: Bool
  ) throws(CoreError) {
    guard !promptTokens.isEmpty else {
      throw .incompatible("a prompt needs one token at least, and one is empty")
    }
    guard !tokens.isEmpty else {
      throw .incompatible("a response needs one token at least, and one is empty")
    }
    self.prompt = prompt
    self.text = text
    self.promptTokens = promptTokens
    self.tokens = tokens
    self.ended = ended
  }

  /// Prompt and response.
  var sequence: [Int32] { promptTokens + tokens }

  /// The same response to another prompt.
  func following(_ other: TextResponse) -> TextResponse {
    // Both have tokens, so that this cannot fail.
    try! TextResponse(
      prompt: other.prompt, text: text, promptTokens: other.promptTokens, tokens: tokens,
      ended: ended)
  }
}

/// One thing said about texts. Its id is what it is taken back by.
public enum TextFeedback: Sendable, Hashable, Identifiable {
  /// How good a response is, from -1 to 1.
  case rating(id: Int, TextResponse, value: Double)
  /// Which of two responses is better.
  case comparison(id: Int, left: TextResponse, right: TextResponse, choice: Preference)
  /// A response as it should have been.
  case correction(id: Int, TextResponse, better: TextResponse)

  /// What it is taken back by; unique within a coaching.
  public var id: Int {
    switch self {
    case .rating(let id, _, _), .comparison(let id, _, _, _), .correction(let id, _, _): id
    }
  }

  /// What it is.
  public var kind: FeedbackKind {
    switch self {
    case .rating: .rating
    case .comparison: .comparison
    case .correction: .correction
    }
  }

  /// The responses that it is about.
  public var responses: [TextResponse] {
    switch self {
    case .rating(_, let response, _): [response]
    case .comparison(_, let left, let right, _): [left, right]
    case .correction(_, let response, let better): [better, response]
    }
  }

  /// The probability that it gives to the first of its two responses; nil where it compares none.
  var label: Double? {
    switch self {
    case .rating: nil
    case .correction: 1
    case .comparison(_, _, _, let choice):
      switch choice {
      case .left: 1
      case .right: 0
      case .equal: 0.5
      case .skip: nil
      }
    }
  }
}

/// A reward for each of some responses: a person's function, a teacher, or a learned model. It is
/// asked about a whole batch at once.
public typealias TextReward = (_ responses: [TextResponse]) throws -> [Double]

/// What fixes a language model's weights and what they compute: its family and its sizes.
public struct LanguageModelShape: Sendable, Hashable {
  /// The two families of decoders.
  public enum Family: String, Sendable, CaseIterable {
    /// Learned positions, layer norm, GELU, biases.
    case gpt2
    /// Rotary positions, norm by the root of the mean square, a gated feed-forward block.
    case llama
  }

  /// The family.
  public var family: Family
  /// Number of tokens.
  public var vocabulary: Int
  /// Number of blocks.
  public var layers: Int
  /// Heads of attention.
  public var heads: Int
  /// Heads of keys and values, each shared by `heads / keyValueHeads` heads.
  public var keyValueHeads: Int
  /// Features of a head; even for Llama.
  public var headWidth: Int
  /// Features of the residual stream.
  public var width: Int
  /// Features between the two layers of a feed-forward block.
  public var innerWidth: Int
  /// Most tokens that are attended to.
  public var context: Int
  /// Added to the variance before its root is taken.
  public var normEpsilon: Double
  /// Base of the rotary angles.
  public var ropeTheta: Double
  /// Whether the head's matrix is that of the embedding.
  public var isTied: Bool
  /// Whether the layers of Llama's attention have a bias; GPT-2's layers always do.
  public var hasAttentionBias: Bool
  /// Whether a second head says the value of each position.
  public var hasValueHead: Bool

  /// A shape; what is not given follows from the family.
  ///
  /// - Throws: `invalidSetting` for sizes that fit no model.
  public init(
    family: Family = .gpt2, vocabulary: Int, layers: Int, heads: Int, keyValueHeads: Int? = nil,
    headWidth: Int? = nil, width: Int, innerWidth: Int? = nil, context: Int,
    normEpsilon: Double = 1e-5, ropeTheta: Double = 10_000, isTied: Bool? = nil,
    hasAttentionBias: Bool = false, hasValueHead: Bool = false
  ) throws(CoreError) {
    self.family = family
    self.vocabulary = vocabulary
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.width = width
    self.headWidth = headWidth ?? (heads > 0 ? width / heads : 0)
    // Llama's two thirds of four times the width, in whole blocks of 16.
    self.innerWidth =
      innerWidth ?? (family == .gpt2 ? 4 * width : (width * 8 / 3 + 15) / 16 * 16)
    self.context = context
    self.normEpsilon = normEpsilon
    self.ropeTheta = ropeTheta
    self.isTied = isTied ?? (family == .gpt2)
    self.hasAttentionBias = hasAttentionBias
    self.hasValueHead = hasValueHead
    try check(dividesWidth: headWidth == nil)
  }

  private func check(dividesWidth: Bool) throws(CoreError) {
    let sizes = [
      ("vocab_size", vocabulary), ("layers", layers), ("heads", heads), ("width", width),
      ("context", context), ("key_value_heads", keyValueHeads), ("inner_width", innerWidth),
      ("head_width", headWidth),
    ]
    for (name, size) in sizes where !(1...1 << 24).contains(size) {
      throw .invalidSetting(
        name: name, value: .integer(size), expected: "an integer from 1 to \(1 << 24)")
    }
    if dividesWidth, width % heads != 0 {
      throw .invalidSetting(
        name: "heads", value: .integer(heads), expected: "a divisor of the width \(width)")
    }
    if heads % keyValueHeads != 0 {
      throw .invalidSetting(
        name: "key_value_heads", value: .integer(keyValueHeads),
        expected: "a divisor of the \(heads) heads")
    }
    if family == .llama, headWidth % 2 != 0 {
      throw .invalidSetting(
        name: "head_width", value: .integer(headWidth), expected: "even for rotary positions")
    }
    if !(normEpsilon > 0 && ropeTheta > 0) {
      throw .invalidSetting(
        name: "norm_epsilon", value: .real(normEpsilon), expected: "a number above 0")
    }
  }

  /// Features of all heads together.
  package var attendedWidth: Int { heads * headWidth }
  /// Features of queries, keys and values together.
  package var projectedWidth: Int { (heads + 2 * keyValueHeads) * headWidth }
  /// Features that the feed-forward block's first layer computes: with Llama gate and rest.
  package var feedWidth: Int { family == .gpt2 ? innerWidth : 2 * innerWidth }
}

/// How the next token is chosen, and when a text ends.
public struct Sampling: Sendable, Hashable {
  /// What logits are divided by; 0 takes the likeliest token.
  public var temperature: Double
  /// Chooses among so many of the likeliest alone; nil for all.
  public var topK: Int?
  /// Chooses among the likeliest that together have this probability at least; 1 for all.
  public var topP: Double
  /// Most tokens of a text.
  public var tokens: Int
  /// Texts that end it, and do not belong to it.
  public var stop: [String]

  /// - Throws: `invalidSetting` for values that mean nothing.
  public init(
    temperature: Double = 1, topK: Int? = nil, topP: Double = 1, tokens: Int = 200,
    stop: [String] = []
  ) throws(CoreError) {
    guard temperature >= 0, temperature.isFinite else {
      throw .invalidSetting(
        name: "temperature", value: .real(temperature), expected: "a number from 0 up")
    }
    if let topK, topK < 1 {
      throw .invalidSetting(name: "top_k", value: .integer(topK), expected: "an integer above 0")
    }
    guard topP > 0, topP <= 1 else {
      throw .invalidSetting(name: "top_p", value: .real(topP), expected: "a share above 0, up to 1")
    }
    guard tokens >= 0 else {
      throw .invalidSetting(
        name: "tokens", value: .integer(tokens), expected: "an integer from 0 up")
    }
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.tokens = tokens
    self.stop = stop.filter { !$0.isEmpty }
  }

  /// A token drawn by its logits; at a temperature of 0 nothing is drawn from the source. Of equals
  /// the first is the likelier.
  func choose(_ logits: Span<Float>, using source: inout RandomSource) -> Int32 {
    var best = 0
    for index in 1..<max(logits.count, 1) where logits[index] > logits[best] { best = index }
    if temperature == 0 || topK == 1 { return Int32(best) }
    let (scale, greatest) = (Float(1 / temperature), logits[best])
    var weights = [Float](unsafeUninitializedCapacity: logits.count) { buffer, count in
      for index in 0..<logits.count {
        buffer.initializeElement(at: index, to: (logits[index] - greatest) * scale)
      }
      count = logits.count
    }
    VectorMath.exp(&weights)
    guard topK != nil || topP < 1 else { return draw(weights, using: &source) }
    var order = Array(weights.indices)
    order.sort { (weights[$1], $0) < (weights[$0], $1) }
    if let topK { order = Array(order.prefix(topK)) }
    if topP < 1 {
      let total = order.reduce(0.0) { $0 + Double(weights[$1]) }
      var (sum, count) = (0.0, 0)
      while count < order.count, sum < topP * total {
        sum += Double(weights[order[count]])
        count += 1
      }
      order = Array(order.prefix(max(count, 1)))
    }
    return Int32(order[Int(draw(order.map { weights[$0] }, using: &source))])
  }

  /// An index, each as likely as its weight says.
  private func draw(_ weights: [Float], using source: inout RandomSource) -> Int32 {
    let total = weights.reduce(0.0) { $0 + Double($1) }
    var rest = source.uniform() * total
    for (index, weight) in weights.enumerated() {
      rest -= Double(weight)
      if rest < 0 { return Int32(index) }
    }
    // Rounding left a little: the last that can be chosen.
    return Int32(weights.lastIndex { $0 > 0 } ?? 0)
  }
}

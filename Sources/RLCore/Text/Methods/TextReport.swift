/// What one iteration of training from feedback showed, measured on responses of the policy before
/// the iteration changed it.
public struct TextReport: Sendable, Hashable {
  /// The iteration, counted from 1.
  public var iteration = 0
  /// Mean reward of a response; nil where nothing rewards it.
  public var reward: Double?
  /// Its standard deviation.
  public var rewardDeviation: Double?
  /// Mean of what judges beside the reward; nil without a judge.
  public var trueReward: Double?
  /// The mean divergence from the reference, nats a response: the sum over its tokens of
  /// log pi - log pi_ref (k1).
  public var kl = 0.0
  /// The standard error of `kl`.
  public var klError = 0.0
  /// Mean entropy of the policy, nats a token.
  public var entropy = 0.0
  /// Mean tokens of a response.
  public var length = 0.0
  /// Different pairs of neighbouring tokens, as a share of all pairs.
  public var distinct2 = 0.0
  /// The share of responses that came to an end of their own.
  public var ended = 0.0
  /// The coefficient of the divergence in force.
  public var klCoefficient = 0.0
  /// Mean loss of the iteration's gradient steps.
  public var loss = 0.0
  /// The share of tokens whose ratio was clipped.
  public var clipFraction = 0.0
  /// How far the ensemble's members disagree, in deviations of the reward; nil for a single one.
  public var spread: Double?
  /// The share of held-out answers that are agreed with; nil where answers were not learned from.
  public var accuracy: Double?
  /// How much likelier the policy finds preferred responses than the reference does, nats a
  /// response; for methods that learn from pairs directly.
  public var chosenLogRatio: Double?
  /// The same of rejected responses.
  public var rejectedLogRatio: Double?
  /// What `sample` follows.
  public var prompt = ""
  /// One response.
  public var sample = ""
  /// What should worry, a sentence each.
  public var alarms: [String] = []

  /// What `kl` lies below with 95 % probability.
  public var klUpperBound: Double { kl + 1.645 * klError }

  /// An empty report.
  init(iteration: Int) { self.iteration = iteration }

  /// What responses show by themselves.
  mutating func describe(_ batch: [Experience], chosen: [Int]) {
    let responses = chosen.map { batch[$0] }
    let kls = responses.map { $0.logRatios.reduce(0, +) }
    reward = mean(responses.map(\.reward))
    rewardDeviation = standardDeviation(responses.map(\.reward))
    kl = mean(kls)
    klError = standardDeviation(kls) / Double(kls.count).squareRoot()
    let entropies = responses.flatMap { $0.entropies.map(Double.init) }
    entropy = entropies.isEmpty ? 0 : mean(entropies)
    length = mean(responses.map { Double($0.response.tokens.count) })
    ended = mean(responses.map { $0.response.ended ? 1 : 0 })
    distinct2 = Self.distinct2(responses.map(\.response.tokens))
    if let first = responses.first?.response { (prompt, sample) = (first.prompt, first.text) }
  }

  /// Different pairs of neighbouring tokens over all pairs; 1 where there are none.
  ///
  /// - Source: Li et al., "A Diversity-Promoting Objective Function for Neural Conversation Models",
  ///   2016.
  public static func distinct2(_ responses: [[Int32]]) -> Double {
    var (seen, count) = (Set<UInt64>(), 0)
    for tokens in responses {
      for (left, right) in zip(tokens, tokens.dropFirst()) {
        seen.insert(Tokenizer.pair(left, right))
        count += 1
      }
    }
    return count == 0 ? 1 : Double(seen.count) / Double(count)
  }
}

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A method that samples responses, has them scored, and moves the policy towards the better ones.
///
/// What is common to them, from sampling to gradient steps, is in `PolicyIteration`; a method says
/// how scores become advantages and what the loss is.
protocol PolicyMethod: Sendable {
  /// The step size for a model of a million weights, where none is given.
  static var learningRate: Double { get }
  /// Responses to each prompt of an iteration, side by side in the batch.
  var responsesPerPrompt: Int { get }
  /// Whether it needs a value of every token's state.
  var needsValues: Bool { get }
  /// Passes over each batch; with none the policy stays as it is.
  var epochs: Int { get }

  /// Fills in advantages, and returns where there are values.
  func assignCredit(_ batch: inout [Experience], klCoefficient: Double)

  /// The loss of one response under the policy as it is now, and its gradient.
  ///
  /// - Parameter minibatch: what the loss is averaged over.
  func loss(
    _ experience: Experience, _ now: ResponseOutputs, _ minibatch: MinibatchSize,
    klCoefficient: Double
  ) -> PolicyLoss

  /// The responses that count where a method chooses among those it draws, and the divergence of
  /// choosing so, in nats a response; nil where all count.
  func choice(among batch: [Experience]) -> (chosen: [Int], divergence: Double)?
}

extension PolicyMethod {
  func choice(among batch: [Experience]) -> (chosen: [Int], divergence: Double)? { nil }
}

/// A response with what is known of it when the policy begins to learn from it. Lists have an
/// element a token.
struct Experience: Sendable {
  let response: TextResponse
  /// What the reward said, and what is learned from: a response without an end may lose some.
  let reward: Double
  let score: Double
  /// Log-probabilities by the policy that wrote it, nats.
  let logProbabilities: [Float]
  /// By the frozen reference.
  var referenceLogProbabilities: [Float] = []
  /// The entropy of the policy's distribution.
  var entropies: [Float] = []
  /// The value of the state before each token; empty without a value head.
  var values: [Float] = []
  var advantages: [Double] = []
  var returns: [Double] = []

  /// log pi - log pi_ref of each token.
  var logRatios: [Double] {
    zip(logProbabilities, referenceLogProbabilities).map { Double($0) - Double($1) }
  }
}

/// What the policy gives for a response's tokens at present.
struct ResponseOutputs {
  let logProbabilities: ArraySlice<Float>
  /// Empty without a value head.
  let values: ArraySlice<Float>
}

/// What a loss is averaged over.
struct MinibatchSize {
  let responses: Int
  let tokens: Int
}

/// One response's share in a minibatch's loss, and the gradient by what the policy gives.
struct PolicyLoss {
  var loss = 0.0
  var byLogProbabilities: [Float] = []
  var byValues: [Float] = []
  /// Tokens whose ratio lay outside the clipping range.
  var clipped = 0
}

/// The clipped surrogate -min(r A, clip(r, 1 - e, 1 + e) A) and its derivative by log pi.
///
/// - Source: Schulman et al., "Proximal Policy Optimization Algorithms", 2017.
func clippedSurrogate(
  logRatio: Double, advantage: Double, clip: Double
) -> (loss: Double, slope: Double, isClipped: Bool) {
  let ratio = exp(logRatio)
  let bounded = min(max(ratio, 1 - clip), 1 + clip)
  let (free, cut) = (-ratio * advantage, -bounded * advantage)
  // Where the cut one is the greater, the loss does not depend on the policy.
  return (max(free, cut), cut > free ? 0 : free, ratio != bounded)
}

/// Brings numbers to deviation 1, and to mean 0 unless the mean is to stay.
func whiten(_ values: [Double], keepingMean: Bool = false) -> [Double] {
  let center = mean(values)
  let variance = values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count)
  let scale = 1 / (variance + 1e-8).squareRoot()
  return values.map { ($0 - center) * scale + (keepingMean ? center : 0) }
}

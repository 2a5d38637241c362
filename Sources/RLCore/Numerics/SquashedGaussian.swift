/// Normal draws squashed by tanh, for a batch of rows: u = mean + deviation * noise, a = tanh(u).
///
/// Source: Haarnoja et al., "Soft Actor-Critic", 2018, appendix C.
struct SquashedGaussian: Sendable {
  let size: Int
  /// `[rows, size]`: the actions drawn.
  private(set) var actions: [Float] = []
  /// `[rows]`: log p of them.
  private(set) var logProbabilities: [Float] = []

  private var noise: [Float] = []
  private var logDeviations: [Float] = []
  private var deviations: [Float] = []
  /// log(1 - a^2 + epsilon)
  private var logSlopes: [Float] = []

  /// Logarithms of deviations are cut to these bounds.
  private static let bounds: (low: Float, high: Float) = (-20, 2)
  /// Keeps the logarithm finite where tanh has saturated.
  private static let epsilon: Float = 1e-6

  init(size: Int) { self.size = size }

  /// Draws an action for each row.
  ///
  /// - Parameter outputs: `[rows, 2 * size]`, at least: of each row the means, then the logarithms
  ///   of the deviations.
  mutating func sample(_ outputs: [Float], rows: Int, using random: inout RandomSource) {
    let noise = (0..<rows * size).map { _ in Float(random.normal()) }
    evaluate(outputs, noise: noise, rows: rows)
  }

  /// The same with noise of the caller's.
  mutating func evaluate(_ outputs: [Float], noise: [Float], rows: Int) {
    self.noise = noise
    if actions.count != rows * size {
      actions = Array(repeating: 0, count: rows * size)
      (logDeviations, deviations, logSlopes) = (actions, actions, actions)
      logProbabilities = Array(repeating: 0, count: rows)
    }
    for row in 0..<rows {
      for i in 0..<size {
        let raw = outputs[(2 * row + 1) * size + i]
        logDeviations[row * size + i] = min(max(raw, Self.bounds.low), Self.bounds.high)
        deviations[row * size + i] = logDeviations[row * size + i]
      }
    }
    VectorMath.exp(&deviations)
    for row in 0..<rows {
      for i in 0..<size {
        let place = row * size + i
        actions[place] = outputs[2 * row * size + i] + deviations[place] * noise[place]
      }
    }
    VectorMath.tanh(&actions)
    for place in actions.indices {
      logSlopes[place] = 1 - actions[place] * actions[place] + Self.epsilon
    }
    VectorMath.log(&logSlopes)
    for row in 0..<rows {
      var sum: Float = 0
      for place in (row * size)..<((row + 1) * size) {
        sum -= 0.5 * noise[place] * noise[place] + logDeviations[place]
        sum -= DiagonalGaussian.logNormalizer + logSlopes[place]
      }
      logProbabilities[row] = sum
    }
  }

  /// The gradient of a loss by the outputs, through the draw: the noise stays as it was.
  ///
  /// - Parameters:
  ///   - outputs: those that the actions were drawn from.
  ///   - actionGradient: `[rows, size]`, the loss's gradient by the actions.
  ///   - logProbabilityGradient: by each row's log p, the same for all.
  ///   - gradient: `[rows, 2 * size]`, overwritten.
  func backward(
    outputs: [Float], actionGradient: [Float], logProbabilityGradient weight: Float,
    gradient: inout [Float]
  ) {
    for row in logProbabilities.indices {
      for i in 0..<size {
        let place = row * size + i
        let action = actions[place]
        let slope = 1 - action * action
        let byMean =
          actionGradient[place] * slope + weight * 2 * action * slope / (slope + Self.epsilon)
        gradient[2 * row * size + i] = byMean
        let index = (2 * row + 1) * size + i
        let isCut = outputs[index] < Self.bounds.low || outputs[index] > Self.bounds.high
        gradient[index] = isCut ? 0 : byMean * deviations[place] * noise[place] - weight
      }
    }
  }
}

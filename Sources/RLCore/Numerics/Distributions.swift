/// Choices with unnormalised log-probabilities (logits), for a batch of rows.
struct Categorical: Sendable {
  let choices: Int
  /// `[rows, choices]`, normalised.
  private(set) var logProbabilities: [Float] = []
  /// `[rows, choices]`.
  private(set) var probabilities: [Float] = []
  /// Of each row, in nats.
  private(set) var entropies: [Float] = []
  private var sums: [Float] = []

  init(choices: Int) { self.choices = choices }

  /// - Parameter logits: `[rows, choices]`, at least.
  mutating func update(logits: [Float], rows: Int) {
    precondition(logits.count >= rows * choices)
    resize(rows)
    let choices = choices
    // By pointers here and below: rows are short, and bounds would be looked at for each number.
    logProbabilities.withUnsafeMutableBufferPointer { logs in
      probabilities.withUnsafeMutableBufferPointer { probabilities in
        logits.withUnsafeBufferPointer { logits in
          for first in stride(from: 0, to: rows * choices, by: choices) {
            var greatest = logits[first]
            for index in first..<(first + choices) { greatest = max(greatest, logits[index]) }
            for index in first..<(first + choices) {
              logs[index] = logits[index] - greatest
              probabilities[index] = logs[index]
            }
          }
        }
      }
    }
    VectorMath.exp(&probabilities)
    probabilities.withUnsafeBufferPointer { probabilities in
      for row in 0..<rows {
        var sum: Float = 0
        for index in (row * choices)..<((row + 1) * choices) { sum += probabilities[index] }
        sums[row] = sum
        entropies[row] = sum
      }
    }
    VectorMath.log(&entropies)
    logProbabilities.withUnsafeMutableBufferPointer { logs in
      probabilities.withUnsafeMutableBufferPointer { probabilities in
        for row in 0..<rows {
          let (share, logSum) = (1 / sums[row], entropies[row])
          var entropy: Float = 0
          for index in (row * choices)..<((row + 1) * choices) {
            probabilities[index] *= share
            logs[index] -= logSum
            entropy -= probabilities[index] * logs[index]
          }
          entropies[row] = entropy
        }
      }
    }
  }

  private mutating func resize(_ rows: Int) {
    guard entropies.count != rows else { return }
    logProbabilities = Array(repeating: 0, count: rows * choices)
    probabilities = logProbabilities
    entropies = Array(repeating: 0, count: rows)
    sums = entropies
  }

  /// A choice of one row, drawn by its probabilities.
  func sample(row: Int = 0, using random: inout RandomSource) -> Int {
    var rest = Float(random.uniform())
    for choice in 0..<(choices - 1) {
      rest -= probabilities[row * choices + choice]
      if rest < 0 { return choice }
    }
    return choices - 1
  }

  /// Writes the gradients by the logits of `weight * log p(choice) + entropyWeight * entropy`.
  ///
  /// - Parameters:
  ///   - actions: each row's choice.
  ///   - weights: of each row.
  ///   - gradient: `[rows, choices]`, overwritten.
  func setGradients(
    actions: [Float], weights: [Float], entropyWeight: Float, in gradient: inout [Float]
  ) {
    precondition(gradient.count == probabilities.count)
    let choices = choices
    gradient.withUnsafeMutableBufferPointer { gradient in
      probabilities.withUnsafeBufferPointer { probabilities in
        for row in entropies.indices {
          let (first, weight, entropy) = (row * choices, weights[row], entropies[row])
          for index in first..<(first + choices) {
            let p = probabilities[index]
            gradient[index] =
              -weight * p - entropyWeight * p * (logProbabilities[index] + entropy)
          }
          gradient[first + Int(actions[row])] += weight
        }
      }
    }
  }
}

/// Independent normal distributions of several numbers; the logarithms of the deviations are the
/// same in every row.
enum DiagonalGaussian {
  /// log(2 pi) / 2.
  static let logNormalizer: Float = 0.918_938_5

  /// log p(x) of one row.
  static func logProbability(
    _ x: UnsafePointer<Float>, mean: UnsafePointer<Float>, logDeviations: [Float],
    inverseDeviations: [Float]
  ) -> Float {
    var sum: Float = 0
    for index in logDeviations.indices {
      let z = (x[index] - mean[index]) * inverseDeviations[index]
      sum -= 0.5 * z * z + logDeviations[index] + logNormalizer
    }
    return sum
  }

  /// In nats.
  static func entropy(logDeviations: [Float]) -> Float {
    logDeviations.reduce(0) { $0 + $1 + 0.5 + logNormalizer }
  }
}

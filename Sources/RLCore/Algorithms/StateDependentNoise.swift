import Schema

/// Exploration that depends on the state: what is added to an action is a linear function of the
/// network's last hidden layer, whose coefficients are drawn anew only now and then. Actions then do
/// not jitter from step to step, and a state visited again brings the same one.
///
/// Of a single state the noise is normal, with a deviation sigma of each of the action's numbers,
/// sigma^2 = sum of h^2 s^2 over the layer's units h; the deviations s of the coefficients are
/// learned. Gradients do not go on into the hidden layer.
///
/// Source: Raffin et al., "Smooth Exploration for Robotic Reinforcement Learning", 2021.
package struct StateDependentNoise: Sendable {
  /// SAC's means stay within ± this, so that noise is not lost where tanh is flat.
  package static let meanBound: Float = 2

  private let latentCount: Int
  private let size: Int
  /// log s, `[latentCount, size]`.
  var logDeviations: [Float]
  /// `[environments, latentCount, size]`.
  private var coefficients: [Float]

  /// Of the rows that `evaluate` saw last: log sigma, `[rows, size]`.
  private(set) var logSigmas: [Float] = []
  /// 1 / sigma, `[rows, size]`.
  private(set) var inverseSigmas: [Float] = []

  private var squaredDeviations: [Float]

  /// Added to sigma^2, so that its logarithm is finite where no unit is active.
  private static let epsilon: Float = 1e-6

  init(latentCount: Int, size: Int, environments: Int, logDeviation: Double) {
    self.latentCount = latentCount
    self.size = size
    logDeviations = Array(repeating: Float(logDeviation), count: latentCount * size)
    coefficients = Array(repeating: 0, count: environments * latentCount * size)
    squaredDeviations = logDeviations
  }

  /// Draws the coefficients of an environment anew.
  mutating func draw(lane: Int, using random: inout RandomSource) {
    var deviations = logDeviations
    VectorMath.exp(&deviations)
    let start = lane * deviations.count
    for index in deviations.indices {
      coefficients[start + index] = deviations[index] * Float(random.normal())
    }
  }

  /// What is added to an action's number `index` in a state.
  ///
  /// - Parameter latents: of that state, `latentCount` numbers.
  func noise(_ latents: [Float], _ index: Int, lane: Int) -> Float {
    var sum: Float = 0
    for unit in 0..<latentCount {
      sum += latents[unit] * coefficients[(lane * latentCount + unit) * size + index]
    }
    return sum
  }

  /// Computes `logSigmas` of a batch, and leaves what `gradient` needs.
  ///
  /// - Parameter latents: `[rows, latentCount]`, at least.
  mutating func evaluate(_ latents: [Float], rows: Int) {
    for index in logDeviations.indices { squaredDeviations[index] = 2 * logDeviations[index] }
    VectorMath.exp(&squaredDeviations)
    if logSigmas.count != rows * size {
      logSigmas = Array(repeating: 0, count: rows * size)
      inverseSigmas = logSigmas
    }
    for row in 0..<rows {
      for index in 0..<size {
        var variance = Self.epsilon
        for unit in 0..<latentCount {
          let latent = latents[row * latentCount + unit]
          variance += latent * latent * squaredDeviations[unit * size + index]
        }
        logSigmas[row * size + index] = variance
        inverseSigmas[row * size + index] = 1 / variance.squareRoot()
      }
    }
    VectorMath.log(&logSigmas)
    for index in logSigmas.indices { logSigmas[index] *= 0.5 }
  }

  /// The gradient of a loss by `logDeviations`, for the batch that `evaluate` saw last.
  ///
  /// - Parameters:
  ///   - latents: those of `evaluate`.
  ///   - sigmaGradient: the loss's gradient by each log sigma, `[rows, size]`.
  ///   - gradient: `[latentCount, size]`, overwritten.
  func backward(_ latents: [Float], sigmaGradient: [Float], gradient: inout [Float]) {
    for index in gradient.indices { gradient[index] = 0 }
    for row in 0..<(logSigmas.count / size) {
      for unit in 0..<latentCount {
        let latent = latents[row * latentCount + unit]
        for index in 0..<size {
          let place = row * size + index
          gradient[unit * size + index] +=
            sigmaGradient[place] * inverseSigmas[place] * inverseSigmas[place] * latent * latent
        }
      }
    }
    for index in gradient.indices { gradient[index] *= squaredDeviations[index] }
  }
}

// MARK: - State

extension StateDependentNoise {
  /// Adds the coefficients in use; the deviations are weights of who owns it.
  func save(to archive: inout StateArchive, name: String) {
    archive.add("\(name)/noise_coefficients", coefficients)
  }

  mutating func restore(from archive: StateArchive, name: String) throws(CoreError) {
    coefficients = try archive.floats("\(name)/noise_coefficients", count: coefficients.count)
  }
}

extension Parameter {
  /// The parameters of algorithms that can explore by it.
  static let stateDependentNoise = [
    Parameter(
      "use_sde", .boolean, default: .setting(false),
      "Explore by noise that depends on the state, for continuous actions."),
    Parameter(
      "sde_sample_freq", .either([.integer(from: 1), .integer(-1 ... -1)]), default: .setting(-1),
      "Steps between two draws of that noise; -1 draws once for each round of collecting."),
  ]
}

import CKernels

/// The optimizer of Kingma and Ba (2015), with the gradient's clipping by its norm built in.
///
/// Moments below 1e-30 (first) and 1e-36 (second) become zero: they change no weight, and would
/// make some processors slow.
public struct Adam: Sendable, Equatable {
  /// Share of the first moment kept at each step.
  public var beta1: Double
  /// Share of the second moment kept at each step.
  public var beta2: Double
  /// Added to the root of the second moment before dividing by it.
  public var epsilon: Double
  /// Running mean of the gradient, laid out as the weights.
  public private(set) var firstMoment: [Float]
  /// Running mean of the gradient's square, laid out as the weights.
  public private(set) var secondMoment: [Float]
  /// Updates made so far.
  public private(set) var step: Int

  /// An optimizer that has seen no gradient yet.
  public init(
    parameterCount: Int, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    self.init(
      firstMoment: [Float](repeating: 0, count: parameterCount),
      secondMoment: [Float](repeating: 0, count: parameterCount), step: 0,
      beta1: beta1, beta2: beta2, epsilon: epsilon)
  }

  /// An optimizer that continues from a saved state.
  public init(
    firstMoment: [Float], secondMoment: [Float], step: Int,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    precondition(
      firstMoment.count == secondMoment.count && step >= 0,
      "moments of \(firstMoment.count) and \(secondMoment.count) weights after \(step) steps")
    precondition(
      (0..<1).contains(beta1) && (0..<1).contains(beta2), "decays of \(beta1) and \(beta2)")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.firstMoment = firstMoment
    self.secondMoment = secondMoment
    self.step = step
  }

  /// Takes one step down the gradient.
  ///
  /// - Parameters:
  ///   - weights: changed in place.
  ///   - gradient: laid out as the weights.
  ///   - maximumNorm: a longer gradient is scaled to this length, as PyTorch's `clip_grad_norm_`
  ///     does it.
  /// - Returns: the gradient's length before clipping: infinite or nan where training has diverged.
  @discardableResult
  public mutating func update(
    _ weights: inout [Float], gradient: [Float], learningRate: Double,
    maximumNorm: Double = .infinity
  ) -> Float {
    let norm = VectorMath.norm(gradient)
    let scale = maximumNorm.isFinite ? min(1, maximumNorm / (Double(norm) + 1e-6)) : 1
    update(&weights, gradient: gradient, learningRate: learningRate, gradientScale: Float(scale))
    return norm
  }

  /// Takes one step down the gradient times `gradientScale`.
  mutating func update(
    _ weights: inout [Float], gradient: [Float], learningRate: Double, gradientScale: Float
  ) {
    precondition(
      weights.count == firstMoment.count && gradient.count == firstMoment.count,
      "\(weights.count) weights, \(gradient.count) gradients, \(firstMoment.count) moments")
    step += 1
    let kernels = rlhs_kernels_in_use().pointee
    let settings = rlhs_adam(
      gradient_scale: gradientScale, beta1: Float(beta1), beta2: Float(beta2),
      complement1: Float(1 - beta1), complement2: Float(1 - beta2),
      step_size: Float(learningRate / (1 - power(beta1, step))),
      second_correction: Float(1 / (1 - power(beta2, step)).squareRoot()),
      epsilon: Float(epsilon))
    weights.withUnsafeMutableBufferPointer { weights in
      firstMoment.withUnsafeMutableBufferPointer { first in
        secondMoment.withUnsafeMutableBufferPointer { second in
          gradient.withUnsafeBufferPointer { gradient in
            kernels.adam(
              settings, weights.count, gradient.baseAddress, weights.baseAddress,
              first.baseAddress, second.baseAddress)
          }
        }
      }
    }
  }

  /// By squaring, so that it depends on the step alone and a restored optimizer continues exactly.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}

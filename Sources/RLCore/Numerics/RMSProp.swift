/// The optimizer of Tieleman and Hinton (2012): each weight's step is divided by the root of a
/// running mean of its squared gradient. Without momentum, as PyTorch's default.
struct RMSProp: Sendable, Equatable {
  /// Share of the mean kept at each step.
  let decay: Float
  /// Added to the root before dividing by it.
  let epsilon: Float
  /// Running mean of the gradient's square, laid out as the weights.
  var squareMean: [Float]

  init(parameterCount: Int, decay: Float = 0.99, epsilon: Float = 1e-8) {
    self.decay = decay
    self.epsilon = epsilon
    squareMean = Array(repeating: 0, count: parameterCount)
  }

  /// Takes one step down the gradient times `gradientScale`.
  mutating func update(
    _ weights: inout [Float], gradient: [Float], learningRate: Double, gradientScale: Float
  ) {
    precondition(weights.count == squareMean.count && gradient.count == squareMean.count)
    let (decay, epsilon, rate) = (decay, epsilon, Float(learningRate))
    weights.withUnsafeMutableBufferPointer { weights in
      squareMean.withUnsafeMutableBufferPointer { squares in
        gradient.withUnsafeBufferPointer { gradient in
          for index in 0..<weights.count {
            let g = gradient[index] * gradientScale
            let square = decay * squares[index] + (1 - decay) * g * g
            squares[index] = square
            weights[index] -= rate * g / (square.squareRoot() + epsilon)
          }
        }
      }
    }
  }
}

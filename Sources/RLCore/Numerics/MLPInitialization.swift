extension MLP.Initialization {
  /// Fresh weights in the layout of `MLP`.
  func weights(sizes: [Int], using source: inout RandomSource) -> [Float] {
    var weights: [Float] = []
    weights.reserveCapacity(MLP.parameterCount(sizes))
    for layer in 0..<sizes.count - 1 {
      let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
      switch self {
      case .uniform:
        let bound = 1 / Double(inputs).squareRoot()
        for _ in 0..<(inputs + 1) * outputs {
          weights.append(Float(source.uniform(in: -bound...bound)))
        }
      case .orthogonal(let hiddenGain, let outputGain):
        let gain = layer == sizes.count - 2 ? outputGain : hiddenGain
        weights += orthogonal(inputs, outputs, using: &source).map { Float($0 * gain) }
        weights += [Float](repeating: 0, count: outputs)
      }
    }
    return weights
  }

  /// Fresh weights of a convolution: as a hidden layer's that sees what a filter sees.
  func weights(_ convolution: Convolution, using source: inout RandomSource) -> [Float] {
    let layer: Self =
      switch self {
      case .uniform: self
      case .orthogonal(let gain, _): .orthogonal(hiddenGain: gain, outputGain: gain)
      }
    return layer.weights(sizes: [convolution.fanIn, convolution.filters], using: &source)
  }

  /// A random `[rows, columns]` matrix, in row-major order, whose rows or columns (whichever are
  /// fewer) have length 1 and are at right angles.
  private func orthogonal(_ rows: Int, _ columns: Int, using source: inout RandomSource) -> [Double]
  {
    let (count, length) = (min(rows, columns), max(rows, columns))
    var basis: [[Double]] = []
    while basis.count < count {
      var vector = (0..<length).map { _ in source.normal() }
      // Gram and Schmidt twice over: once leaves rounding errors that the second pass removes.
      for other in basis + basis {
        let projection = dot(vector, other)
        for i in 0..<length { vector[i] -= projection * other[i] }
      }
      let norm = dot(vector, vector).squareRoot()
      // All but impossible: a draw that lies in the span of the others.
      guard norm > 1e-9 else { continue }
      basis.append(vector.map { $0 / norm })
    }
    return (0..<rows).flatMap { row in
      (0..<columns).map { column in rows <= columns ? basis[row][column] : basis[column][row] }
    }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

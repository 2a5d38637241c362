import RLCore

/// A dense layer of a network, as the core and ONNX lay it out: outputs = inputs · weights + biases.
struct DenseLayer: Equatable {
  let inputs: Int
  let outputs: Int
  /// `[inputs, outputs]`, row-major.
  var weights: [Float]
  /// `[outputs]`.
  var biases: [Float]

  /// The layers of a network of these widths, from the core's flat buffer.
  ///
  /// - Returns: nil where the buffer is not that of such a network, as with a convolution.
  static func layers(_ sizes: [Int], _ flat: [Float]) -> [DenseLayer]? {
    guard flat.count == MLP.parameterCount(sizes) else { return nil }
    return MLP(sizes: sizes, activation: .relu, weights: flat).layers.map { layer in
      let end = layer.offset + layer.inputs * layer.outputs
      return DenseLayer(
        inputs: layer.inputs, outputs: layer.outputs, weights: Array(flat[layer.offset..<end]),
        biases: Array(flat[end..<end + layer.outputs]))
    }
  }

  /// As the core's flat buffer has it.
  var flat: [Float] { weights + biases }

  /// `[outputs, inputs]`, as PyTorch has it.
  var transposed: [Float] {
    (0..<outputs).flatMap { output in (0..<inputs).map { weights[$0 * outputs + output] } }
  }

  /// From PyTorch's `[outputs, inputs]`.
  init(inputs: Int, outputs: Int, transposed: [Float], biases: [Float]) {
    self.init(
      inputs: inputs, outputs: outputs,
      weights: (0..<inputs).flatMap { input in
        (0..<outputs).map { transposed[$0 * inputs + input] }
      }, biases: biases)
  }

  init(inputs: Int, outputs: Int, weights: [Float], biases: [Float]) {
    (self.inputs, self.outputs, self.weights, self.biases) = (inputs, outputs, weights, biases)
  }

  /// The outputs from `range` alone.
  func slice(_ range: Range<Int>) -> DenseLayer {
    DenseLayer(
      inputs: inputs, outputs: range.count,
      weights: (0..<inputs).flatMap { row in range.map { weights[row * outputs + $0] } },
      biases: Array(biases[range]))
  }

  /// Two layers with the same inputs side by side.
  func joined(with other: DenseLayer) -> DenseLayer {
    var joined: [Float] = []
    for row in 0..<inputs {
      joined += weights[row * outputs..<(row + 1) * outputs]
      joined += other.weights[row * other.outputs..<(row + 1) * other.outputs]
    }
    return DenseLayer(
      inputs: inputs, outputs: outputs + other.outputs, weights: joined,
      biases: biases + other.biases)
  }
}

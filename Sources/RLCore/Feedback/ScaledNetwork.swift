import Schema

/// A network over numbers that are shifted and scaled to mean 0 and deviation 1 over the data it
/// learns from, so that its settings need not know the environment.
struct ScaledNetwork: Sendable {
  private(set) var center: [Float]
  private(set) var scale: [Float]
  var network: MLP
  private(set) var workspace = MLP.Workspace()
  private var inputs: [Float] = []
  private var gradient: [Float]

  /// - Parameters:
  ///   - data: `[rows, width]`: what the scale is taken from; empty for none.
  ///   - width: numbers in a row.
  ///   - isScaled: false for numbers that have their scale already, such as one-hot ones.
  init(
    data: [Float], width: Int, isScaled: Bool, layers: [Int], outputs: Int,
    activation: MLP.Activation = .tanh, outputGain: Double = 0, using random: inout RandomSource
  ) {
    center = Array(repeating: 0, count: width)
    scale = Array(repeating: 1, count: width)
    network = MLP(
      sizes: [width] + layers + [outputs], activation: activation,
      initialization: .orthogonal(hiddenGain: 1, outputGain: outputGain), using: &random)
    gradient = Array(repeating: 0, count: network.parameterCount)
    if isScaled && !data.isEmpty { standardize(over: data) }
  }

  private mutating func standardize(over data: [Float]) {
    let width = center.count
    let rows = Double(data.count / width)
    for column in 0..<width {
      var (sum, squares) = (0.0, 0.0)
      for index in stride(from: column, to: data.count, by: width) { sum += Double(data[index]) }
      let mean = sum / rows
      for index in stride(from: column, to: data.count, by: width) {
        squares += (Double(data[index]) - mean) * (Double(data[index]) - mean)
      }
      center[column] = Float(mean)
      scale[column] = Float(1 / max((squares / rows).squareRoot(), 1e-6))
    }
  }

  var outputCount: Int { network.outputCount }
  /// `[rows, outputs]` of the latest pass, at least.
  var outputs: [Float] { workspace.outputs }

  /// Computes the outputs of rows of `width` numbers.
  mutating func predict(_ rows: [Float], count: Int) {
    load(rows, count: count)
    let inputs = inputs
    network.predict(inputs.span, rows: count, in: &workspace)
  }

  /// The same, for `step` to follow.
  mutating func forward(_ rows: [Float], count: Int) {
    load(rows, count: count)
    let inputs = inputs
    network.forward(inputs.span, rows: count, in: &workspace)
  }

  private mutating func load(_ rows: [Float], count: Int) {
    let width = center.count
    precondition(rows.count >= count * width, "\(rows.count) numbers in \(count) rows of \(width)")
    if inputs.count < count * width { inputs = Array(repeating: 0, count: count * width) }
    var index = 0
    for _ in 0..<count {
      for column in 0..<width {
        inputs[index] = (rows[index] - center[column]) * scale[column]
        index += 1
      }
    }
  }

  /// Goes down the gradient of a loss whose gradient by the outputs of the latest `forward` is given.
  mutating func step(_ outputGradient: [Float], optimizer: inout Optimizer, learningRate: Double) {
    network.backward(outputGradient.span, in: &workspace, gradient: &gradient)
    optimizer.update(&network.weights, gradient: gradient, learningRate: learningRate)
  }

  /// All that it has learned, flat.
  var state: [Float] { center + scale + network.weights }

  /// Takes back what `state` gave.
  ///
  /// - Throws: `damagedArchive` where it does not fit.
  mutating func restore(_ state: [Float]) throws(CoreError) {
    let width = center.count
    guard state.count == 2 * width + network.parameterCount else {
      throw .damagedArchive(reason: "what feedback taught does not fit its settings")
    }
    center = Array(state[..<width])
    scale = Array(state[width..<(2 * width)])
    network.weights = Array(state[(2 * width)...])
  }
}

extension Space {
  /// What networks see of `count` members, `[count, featureCount]`.
  func features(_ members: [Float], count: Int) -> [Float] {
    if isPlain { return members }
    var features = Array(repeating: Float(0), count: count * featureCount)
    encode(members, count: count, into: &features)
    return features
  }
}

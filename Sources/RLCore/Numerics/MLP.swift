import CKernels

/// A multilayer perceptron: dense layers, an activation after each but the last; before them a
/// convolution, where what it sees are images.
///
/// All weights are one flat buffer, layer after layer: the convolution's, then each dense layer's, a
/// matrix of `[inputs + 1, outputs]` in row-major order whose last row is the bias. A gradient and an
/// optimizer's moments share this layout. A copy of the struct is a target network.
///
/// Every number it computes is one chain of fused multiply-adds in a fixed order: the size of the
/// batch, the number of threads and the processor change no bit.
public struct MLP: Sendable, Equatable {
  /// The function after each hidden layer.
  public enum Activation: String, Sendable, CaseIterable {
    case relu
    case tanh

    var code: rlhs_activation { self == .relu ? rlhs_relu : rlhs_tanh }
  }

  /// How weights start.
  public enum Initialization: Sendable, Equatable {
    /// Weights and biases uniform within ±1/sqrt(inputs), as PyTorch's `Linear` has it.
    case uniform
    /// Orthogonal weights times a gain, one for hidden layers and one for the last; biases zero.
    case orthogonal(hiddenGain: Double, outputGain: Double)
  }

  /// Width of each dense layer: inputs (what comes of the convolution, where there is one), hidden
  /// layers, outputs.
  public let sizes: [Int]
  /// What goes before the dense layers.
  public let convolution: Convolution?
  /// What follows every layer but the last.
  public let activation: Activation
  /// `parameterCount` numbers, laid out as the type's description says.
  public var weights: [Float]

  /// A network with fresh weights drawn from `source`.
  ///
  /// - Parameter sizes: inputs, hidden layers, outputs: at least two positive numbers.
  public init(
    sizes: [Int], activation: Activation, initialization: Initialization = .uniform,
    using source: inout RandomSource
  ) {
    self.init(
      sizes: sizes, activation: activation,
      weights: initialization.weights(sizes: sizes, using: &source))
  }

  /// A network for `inputs` numbers with fresh weights drawn from `source`.
  ///
  /// - Parameters:
  ///   - convolution: of as many inputs; nil for dense layers alone.
  ///   - layers: widths of the dense layers, the outputs last.
  public init(
    inputs: Int, convolution: Convolution?, layers: [Int], activation: Activation,
    initialization: Initialization = .uniform, using source: inout RandomSource
  ) {
    precondition((convolution?.inputCount ?? inputs) == inputs, "images of other than \(inputs)")
    var weights: [Float] = []
    if let convolution { weights = initialization.weights(convolution, using: &source) }
    let sizes = [convolution?.outputCount ?? inputs] + layers
    weights += initialization.weights(sizes: sizes, using: &source)
    self.init(convolution: convolution, sizes: sizes, activation: activation, weights: weights)
  }

  /// A network with these weights.
  ///
  /// - Parameter weights: the convolution's and `MLP.parameterCount(sizes)` numbers.
  public init(
    convolution: Convolution? = nil, sizes: [Int], activation: Activation, weights: [Float]
  ) {
    precondition(
      sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "a network cannot have layers of \(sizes)")
    precondition(
      weights.count == Self.parameterCount(sizes) + (convolution?.parameterCount ?? 0),
      "\(weights.count) weights for \(sizes)")
    self.convolution = convolution
    self.sizes = sizes
    self.activation = activation
    self.weights = weights
    parameterCount = weights.count
  }

  /// Number of weights of a network with layers of these widths.
  public static func parameterCount(_ sizes: [Int]) -> Int {
    zip(sizes, sizes.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
  }

  /// Number of weights, biases included.
  public let parameterCount: Int
  /// Numbers that it sees.
  public var inputCount: Int { convolution?.inputCount ?? sizes[0] }
  /// Width of the last layer.
  public var outputCount: Int { sizes[sizes.count - 1] }

  /// Multiplications for one row of inputs.
  var multiplicationCount: Int {
    (convolution?.multiplicationCount ?? 0) + Self.parameterCount(sizes)
  }
  /// Whether the first layer looks for inputs that are zero. A network of one layer keeps its inputs
  /// for `copyLatents`.
  var mayHaveSetInputs: Bool {
    convolution == nil && sizes.count > 2 && sizes[0] >= Workspace.wideInputs
  }
  /// Where the dense layers' weights begin.
  private var denseStart: Int { convolution?.parameterCount ?? 0 }

  /// Where each dense layer's matrix of weights lies in the flat buffer, with its shape.
  public var layers: [Layer] {
    var offset = denseStart
    return zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      defer { offset += (inputs + 1) * outputs }
      return Layer(offset: offset, inputs: inputs, outputs: outputs)
    }
  }

  /// One dense layer's place in the flat buffer: `[inputs, outputs]` weights from `offset` on, then
  /// `outputs` biases.
  public struct Layer: Sendable, Equatable {
    /// Index of its first weight.
    public let offset: Int
    /// Rows of the matrix without the bias.
    public let inputs: Int
    /// Columns of the matrix.
    public let outputs: Int
  }
}

// MARK: - Forward

extension MLP {
  /// Computes the outputs of a batch, and leaves in the workspace what `backward` needs.
  ///
  /// - Parameters:
  ///   - inputs: `[rows, inputCount]` in row-major order, at least that many numbers.
  ///   - workspace: takes the result as `workspace.outputs`, `[rows, outputCount]`.
  public func forward(_ inputs: Span<Float>, rows: Int, in workspace: inout Workspace) {
    checkInputs(inputs, rows: rows)
    workspace.prepare(for: self, rows: rows, keepingContents: false)
    workspace.recordedRows = rows
    let kernels = rlhs_kernels_in_use().pointee
    workspace.hasSetInputs = inputs.withUnsafeBufferPointer { inputs in
      if mayHaveSetInputs,
        kernels.gather(inputs.baseAddress, rows, inputCount, workspace.setInputs) != 0
      {
        return true
      }
      kernels.pack(inputs.baseAddress, rows, inputCount, 1, workspace.inputs)
      return false
    }
    weights.withUnsafeBufferPointer { weights in
      if let convolution {
        kernels.convolve(
          convolution.shape, workspace.inputs, rows, weights.baseAddress, activation.code,
          workspace.activations(0))
      }
      var layerWeights = weights.baseAddress! + denseStart
      for layer in 0..<sizes.count - 1 {
        let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
        if layer == 0 && workspace.hasSetInputs {
          kernels.forward_set(
            workspace.setInputs, rows, inputs, outputs, layerWeights,
            activationCode(after: layer), workspace.strips, workspace.activations(1))
        } else {
          kernels.forward(
            workspace.activations(layer), rows, inputs, outputs, layerWeights,
            activationCode(after: layer), workspace.activations(layer + 1))
        }
        layerWeights += (inputs + 1) * outputs
      }
    }
    let last = workspace.activations(sizes.count - 1)
    workspace.outputs.withUnsafeMutableBufferPointer {
      kernels.unpack(last, outputCount + 1, rows, outputCount, $0.baseAddress)
    }
  }

  /// Computes the outputs of a batch for which no `backward` follows: the same bits as `forward`,
  /// and faster for a few rows.
  ///
  /// Up to four rows, what an earlier `forward` left for `backward` stays; beyond it is lost.
  ///
  /// - Parameters:
  ///   - inputs: `[rows, inputCount]` in row-major order, at least that many numbers.
  ///   - workspace: takes the result as `workspace.outputs`, `[rows, outputCount]`.
  public func predict(_ inputs: Span<Float>, rows: Int = 1, in workspace: inout Workspace) {
    guard rows <= Workspace.rowsAtOnce else {
      forward(inputs, rows: rows, in: &workspace)
      workspace.recordedRows = 0
      return
    }
    checkInputs(inputs, rows: rows)
    workspace.prepare(for: self, rows: rows, keepingContents: true)
    let kernels = rlhs_kernels_in_use().pointee
    let scratch = workspace.rowScratch
    inputs.withUnsafeBufferPointer { inputs in
      weights.withUnsafeBufferPointer { weights in
        workspace.outputs.withUnsafeMutableBufferPointer { results in
          var source = inputs.baseAddress!
          if let convolution {
            kernels.convolve_rows(
              convolution.shape, source, rows, weights.baseAddress, activation.code, scratch.1)
            source = UnsafePointer(scratch.1)
          }
          var layerWeights = weights.baseAddress! + denseStart
          for layer in 0..<sizes.count - 1 {
            let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
            let isLast = layer == sizes.count - 2
            let target = isLast ? results.baseAddress! : layer % 2 == 0 ? scratch.0 : scratch.1
            kernels.forward_rows(
              source, rows, inputs, outputs, layerWeights, activationCode(after: layer), target)
            source = UnsafePointer(target)
            layerWeights += (inputs + 1) * outputs
          }
        }
      }
    }
  }

  /// Writes what the last `forward` with this workspace brought to the last layer.
  ///
  /// - Parameter latents: resized and overwritten, `[rows, width of the last hidden layer]`.
  func copyLatents(rows: Int, from workspace: Workspace, into latents: inout [Float]) {
    precondition(workspace.recordedRows == rows, "latents of other rows than the last pass")
    let (layer, width) = (sizes.count - 2, sizes[sizes.count - 2])
    if latents.count != rows * width { latents = Array(repeating: 0, count: rows * width) }
    latents.withUnsafeMutableBufferPointer {
      rlhs_kernels_in_use().pointee.unpack(
        workspace.activations(layer), width + 1, rows, width, $0.baseAddress)
    }
  }

  /// Width of what `copyLatents` gives.
  var latentCount: Int { sizes[sizes.count - 2] }

  private func activationCode(after layer: Int) -> rlhs_activation {
    layer == sizes.count - 2 ? rlhs_linear : activation.code
  }

  private func checkInputs(_ inputs: Span<Float>, rows: Int) {
    precondition(
      weights.count == parameterCount, "\(weights.count) weights for a network of \(sizes)")
    precondition(
      rows > 0 && inputs.count >= rows * inputCount,
      "\(inputs.count) numbers for \(rows) rows of \(inputCount) inputs")
  }
}

// MARK: - Backward

extension MLP {
  /// Computes the gradient of a loss by the weights, from its gradient by the outputs of the batch
  /// that the last `forward` with this workspace and these weights computed.
  ///
  /// - Parameters:
  ///   - outputGradient: `[rows, outputCount]` in row-major order.
  ///   - gradient: takes the gradient, laid out as the weights.
  ///   - accumulating: adds to `gradient` instead of replacing it.
  ///   - inputGradient: also leaves the gradient by the inputs as `workspace.inputGradient`,
  ///     `[rows, inputCount]`.
  public func backward(
    _ outputGradient: Span<Float>, in workspace: inout Workspace, gradient: inout [Float],
    accumulating: Bool = false, inputGradient: Bool = false
  ) {
    let rows = workspace.recordedRows
    precondition(rows > 0 && workspace.isLaidOut(for: self), "backward without a forward")
    precondition(
      !inputGradient || convolution == nil, "no gradient goes back through a convolution")
    precondition(
      outputGradient.count >= rows * outputCount,
      "\(outputGradient.count) gradients for \(rows) rows of \(outputCount) outputs")
    precondition(
      gradient.count == parameterCount && weights.count == parameterCount,
      "\(gradient.count) gradients, \(weights.count) weights for a network of \(sizes)")
    workspace.prepare(for: self, rows: rows, keepingContents: true)
    let kernels = rlhs_kernels_in_use().pointee
    var (resultGradient, sourceGradient) = workspace.gradientPanels
    outputGradient.withUnsafeBufferPointer {
      kernels.pack($0.baseAddress, rows, outputCount, 0, resultGradient)
    }
    gradient.withUnsafeMutableBufferPointer { gradient in
      weights.withUnsafeBufferPointer { weights in
        var offset = weights.count
        for layer in stride(from: sizes.count - 2, through: 0, by: -1) {
          let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
          offset -= (inputs + 1) * outputs
          if layer == 0 && workspace.hasSetInputs {
            kernels.weight_gradient_set(
              workspace.setInputs, resultGradient, rows, inputs, outputs, accumulating ? 1 : 0,
              workspace.strips, gradient.baseAddress! + offset)
          } else {
            kernels.weight_gradient(
              workspace.activations(layer), resultGradient, rows, inputs, outputs,
              accumulating ? 1 : 0, workspace.strips, gradient.baseAddress! + offset)
          }
          guard layer > 0 || inputGradient || convolution != nil else { break }
          kernels.input_gradient(
            resultGradient, rows, inputs, outputs, weights.baseAddress! + offset,
            layer > 0 || convolution != nil ? activation.code : rlhs_linear,
            workspace.activations(layer), sourceGradient)
          swap(&resultGradient, &sourceGradient)
        }
        if let convolution {
          kernels.convolution_gradient(
            convolution.shape, workspace.inputs, resultGradient, rows, accumulating ? 1 : 0,
            workspace.strips, gradient.baseAddress!)
        }
      }
    }
    if inputGradient {
      workspace.inputGradient.withUnsafeMutableBufferPointer {
        kernels.unpack(resultGradient, inputCount, rows, inputCount, $0.baseAddress)
      }
    }
  }

  /// Computes the gradient of a loss by the inputs alone, as `backward` with `inputGradient` does:
  /// what is wanted of a network that another one is trained through.
  public func backwardToInputs(_ outputGradient: Span<Float>, in workspace: inout Workspace) {
    let rows = workspace.recordedRows
    precondition(rows > 0 && workspace.isLaidOut(for: self), "backward without a forward")
    precondition(convolution == nil, "no gradient goes back through a convolution")
    precondition(
      outputGradient.count >= rows * outputCount && weights.count == parameterCount,
      "\(outputGradient.count) gradients for \(rows) rows of \(outputCount) outputs")
    workspace.prepare(for: self, rows: rows, keepingContents: true)
    let kernels = rlhs_kernels_in_use().pointee
    var (resultGradient, sourceGradient) = workspace.gradientPanels
    outputGradient.withUnsafeBufferPointer {
      kernels.pack($0.baseAddress, rows, outputCount, 0, resultGradient)
    }
    weights.withUnsafeBufferPointer { weights in
      var offset = weights.count
      for layer in stride(from: sizes.count - 2, through: 0, by: -1) {
        let (inputs, outputs) = (sizes[layer], sizes[layer + 1])
        offset -= (inputs + 1) * outputs
        kernels.input_gradient(
          resultGradient, rows, inputs, outputs, weights.baseAddress! + offset,
          layer > 0 ? activation.code : rlhs_linear, workspace.activations(layer), sourceGradient)
        swap(&resultGradient, &sourceGradient)
      }
    }
    workspace.inputGradient.withUnsafeMutableBufferPointer {
      kernels.unpack(resultGradient, inputCount, rows, inputCount, $0.baseAddress)
    }
  }
}

import Schema

/// Networks as settings choose them.
extension MLP {
  /// The network for what an agent sees: dense layers, and before them a convolution where that is
  /// asked for, or where observations are images and nothing else is.
  ///
  /// - Throws: `incompatible` for a convolution over what is no image, or a smaller one than its
  ///   kernel.
  init(
    _ settings: Settings, seeing space: Space, outputs: Int,
    initialization: Initialization = .uniform, using random: inout RandomSource
  ) throws(CoreError) {
    let convolution = try Convolution(settings, seeing: space)
    let layers = settings.integers("layers") + [outputs]
    let weights = Double(
      Self.parameterCount([convolution?.outputCount ?? space.featureCount] + layers))
    guard weights <= Self.mostWeights else {
      throw .incompatible(
        "the network would have \(weights / 1e6) million weights, more than \(Self.mostWeights / 1e6) "
          + "million: make `layers` fewer or narrower")
    }
    self.init(
      inputs: space.featureCount, convolution: convolution, layers: layers,
      activation: Activation(rawValue: settings.string("activation")) ?? .relu,
      initialization: initialization, using: &random)
  }

  /// A gigabyte; training takes four times as much.
  private static let mostWeights = 250e6

  /// Settings by which a network's weights are laid out.
  static let fixedSettings = ["layers", "activation", "network", "filters", "kernel_size"]
}

extension Convolution {
  /// What the settings `network`, `filters` and `kernel_size` choose; nil for dense layers alone.
  ///
  /// - Throws: `incompatible`.
  fileprivate init?(_ settings: Settings, seeing space: Space) throws(CoreError) {
    let network = settings.string("network")
    guard network != "mlp" else { return nil }
    let kernel = settings.integer("kernel_size")
    guard case .box(let box) = space, box.shape.count == 3, box.shape[0] >= kernel,
      box.shape[1] >= kernel
    else {
      if network == "auto" { return nil }
      throw .incompatible(
        "network=cnn with kernel_size=\(kernel) needs observations of that many rows and columns "
          + "at least, with channels, and these are \(space)")
    }
    self.init(
      height: box.shape[0], width: box.shape[1], channels: box.shape[2],
      filters: settings.integer("filters"), kernel: kernel)
  }
}

extension Parameter {
  /// The parameters of algorithms that look at images by a convolution.
  static let image = [
    Parameter(
      "network",
      .words([
        Word("auto", "A convolution where observations are images."),
        Word("mlp", "Dense layers alone."),
        Word("cnn", "A convolution, then dense layers."),
      ]), default: .setting("auto"), "What stands before the dense layers."),
    Parameter(
      "filters", .integer(1...1024), default: .setting(16), "Filters of the convolution."),
    Parameter(
      "kernel_size", .integer(1...64), default: .setting(3),
      "Rows and columns that a filter sees at once."),
  ]
}

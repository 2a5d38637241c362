import RLCore
import Schema

/// Where the networks of an agent lie: in its archive, and among the tensors of Stable-Baselines3's
/// `MlpPolicy`.
///
/// Source of the facts: Stable-Baselines3's `common/policies.py`, `common/torch_layers.py` and the
/// `policies.py` of each algorithm.
struct StableBaselinesNetworks {
  /// A network: the tensor that holds it in the archive, and what its layers are called.
  struct Network {
    let tensor: String
    let sizes: [Int]
    /// The module of each layer; two where the outputs of one layer here are two layers there.
    let modules: [[String]]
  }

  let networks: [Network]
  /// Whether logarithms of deviations follow the weights of the first network.
  let hasDeviations: Bool
  /// The optimizers' files, and how many tensors each is about.
  let optimizers: [(file: String, count: Int)]

  /// - Parameters:
  ///   - layers: widths of the hidden layers.
  ///   - actions: how many there are, or numbers in one.
  /// - Returns: nil for an algorithm that Stable-Baselines3 has not.
  init?(algorithm: String, features: Int, layers: [Int], actions: Int, isContinuous: Bool) {
    let hidden = layers.indices.map { 2 * $0 }
    func network(
      _ tensor: String, _ inputs: Int, _ outputs: Int, _ prefix: String, ends: [String]? = nil
    ) -> Network {
      let last = ends ?? ["\(prefix).\(2 * layers.count)"]
      return Network(
        tensor: tensor, sizes: [inputs] + layers + [outputs],
        modules: hidden.map { ["\(prefix).\($0)"] } + [last])
    }
    func critics(_ name: String) -> [Network] {
      (0..<2).flatMap { index in
        [
          network("\(name)/critic \(index)/weights", features + actions, 1, "critic.qf\(index)"),
          network(
            "\(name)/critic \(index)/target", features + actions, 1, "critic_target.qf\(index)"),
        ]
      }
    }
    let depth = 2 * (layers.count + 1)
    switch algorithm {
    case "dqn":
      networks = [
        network("dqn/weights", features, actions, "q_net.q_net"),
        network("dqn/target", features, actions, "q_net_target.q_net"),
      ]
      optimizers = [("policy.optimizer", depth)]
      hasDeviations = false
    case "ppo", "a2c":
      networks = [
        network(
          "\(algorithm)/policy", features, actions, "mlp_extractor.policy_net",
          ends: ["action_net"]),
        network(
          "\(algorithm)/critic", features, 1, "mlp_extractor.value_net", ends: ["value_net"]),
      ]
      optimizers = [("policy.optimizer", 2 * depth + (isContinuous ? 1 : 0))]
      hasDeviations = isContinuous
    case "sac":
      networks =
        [
          network(
            "sac/actor", features, 2 * actions, "actor.latent_pi",
            ends: ["actor.mu", "actor.log_std"])
        ] + critics("sac")
      optimizers = [("actor.optimizer", depth + 2), ("critic.optimizer", 2 * depth)]
      hasDeviations = false
    case "td3":
      networks =
        [
          network("td3/actor", features, actions, "actor.mu"),
          network("td3/target_actor", features, actions, "actor_target.mu"),
        ] + critics("td3")
      optimizers = [("actor.optimizer", depth), ("critic.optimizer", 2 * depth)]
      hasDeviations = false
    default: return nil
    }
  }

  /// For an agent as it is.
  init?(_ agent: Agent) {
    let space = agent.environment.actionSpace
    let layers = agent.settings["layers"]?.list?.compactMap(\.integer) ?? []
    switch space {
    case .discrete(let count):
      self.init(
        algorithm: agent.algorithmName,
        features: agent.environment.observationSpace.featureCount, layers: layers, actions: count,
        isContinuous: false)
    case .box:
      self.init(
        algorithm: agent.algorithmName,
        features: agent.environment.observationSpace.featureCount, layers: layers,
        actions: space.size, isContinuous: true)
    default: return nil
    }
  }

  // MARK: The two ways

  /// The tensors that Stable-Baselines3 wants, by an agent's archive; nil where a network is not made
  /// of dense layers alone.
  func tensors(from archive: StateArchive) -> [(name: String, tensor: TorchFile.Tensor)]? {
    var tensors: [(name: String, tensor: TorchFile.Tensor)] = []
    for (index, network) in networks.enumerated() {
      guard var flat = archive.floats(network.tensor) else { return nil }
      if index == 0 && hasDeviations {
        let count = network.sizes[network.sizes.count - 1]
        guard flat.count >= count else { return nil }
        tensors.append(("log_std", .init(shape: [count], values: Array(flat.suffix(count)))))
        flat.removeLast(count)
      }
      guard let layers = DenseLayer.layers(network.sizes, flat) else { return nil }
      for (layer, modules) in zip(layers, network.modules) {
        let width = layer.outputs / modules.count
        for (part, module) in modules.enumerated() {
          let piece = layer.slice(part * width..<(part + 1) * width)
          tensors.append(
            ("\(module).weight", .init(shape: [width, layer.inputs], values: piece.transposed)))
          tensors.append(("\(module).bias", .init(shape: [width], values: piece.biases)))
        }
      }
    }
    return tensors
  }

  /// Puts tensors of Stable-Baselines3 into an agent's archive.
  ///
  /// - Returns: what is missing or of another shape; nil where all went well.
  func put(_ tensors: [String: TorchFile.Tensor], into archive: inout StateArchive) -> String? {
    for (index, network) in networks.enumerated() {
      var flat: [Float] = []
      for (place, modules) in network.modules.enumerated() {
        let inputs = network.sizes[place]
        let width = network.sizes[place + 1] / modules.count
        var layer: DenseLayer?
        for module in modules {
          guard let weights = tensors["\(module).weight"], weights.shape == [width, inputs],
            let biases = tensors["\(module).bias"], biases.shape == [width]
          else { return "\(module), \(width) by \(inputs)" }
          let piece = DenseLayer(
            inputs: inputs, outputs: width, transposed: weights.values, biases: biases.values)
          layer = layer?.joined(with: piece) ?? piece
        }
        flat += layer?.flat ?? []
      }
      if index == 0 && hasDeviations {
        let count = network.sizes[network.sizes.count - 1]
        guard let deviations = tensors["log_std"], deviations.shape == [count] else {
          return "log_std of \(count) numbers"
        }
        flat += deviations.values
      }
      guard archive.replace(network.tensor, with: flat) else { return network.tensor }
    }
    return nil
  }
}

extension StateArchive {
  /// The numbers of a tensor of single precision.
  func floats(_ name: String) -> [Float]? {
    guard let tensor = tensors.first(where: { $0.name == name }), tensor.elementType == .float32
    else { return nil }
    return tensor.bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map {
        Float(
          bitPattern: UInt32(
            littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }

  /// Puts other numbers into a tensor of as many.
  ///
  /// - Returns: whether there is such a tensor.
  mutating func replace(_ name: String, with values: [Float]) -> Bool {
    guard let index = tensors.firstIndex(where: { $0.name == name }),
      tensors[index].elementType == .float32, tensors[index].bytes.count == 4 * values.count
    else { return false }
    tensors[index].bytes = values.flatMap { value in
      withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    }
    return true
  }
}

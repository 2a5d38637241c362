import RLCore
import Schema

/// The greedy policy of an agent as an ONNX model, for other programs to run.
///
/// Its input `observation` is `[batch, numbers]`; of discrete observations it is what networks see of
/// them, one-hot. Its outputs are `action`, a choice or numbers within the environment's bounds, and
/// for discrete actions before it `values` (DQN) or `logits` (policies). What people said (`learn`)
/// is no part of it.
///
/// A model is a message of Protocol Buffers: a graph of nodes, the numbers they use, and the
/// version of the operators, here 13. Source of the facts: `onnx/onnx.proto` and `docs/Operators.md`
/// of https://github.com/onnx/onnx.
package enum ONNX {
  private static let format = "ONNX"

  /// The bytes of a file that holds `agent`'s policy.
  ///
  /// - Throws: `notExportable`.
  package static func encode(_ agent: Agent) throws(InterchangeError) -> [UInt8] {
    var graph = Graph()
    let environment = agent.environment
    let archive = agent.archive(includingReplay: false)
    guard let network = StableBaselinesNetworks(agent)?.networks.first else {
      throw .notExportable(
        format: format,
        reason: "\(agent.algorithmName) on \(environment.actionSpace) has no network that it knows")
    }
    let layers = try layers(of: network, in: archive, agent)

    var value = "observation"
    let features = network.sizes[0]
    graph.input = (value, features)
    if let statistics = archive.doubles("\(agent.algorithmName)/normalization/observations") {
      value = graph.normalize(value, statistics, width: features)
    }
    let activation = agent.settings["activation"] == "tanh" ? "Tanh" : "Relu"
    for (index, layer) in layers.enumerated() {
      let isLast = index == layers.count - 1
      value = graph.dense(value, layer, number: index, activation: isLast ? nil : activation)
    }
    switch environment.actionSpace {
    case .box(let box):
      let isSquashed = ["sac", "td3"].contains(agent.algorithmName)
      if agent.algorithmName == "sac" && agent.settings["use_sde"] == true {
        let bound = StateDependentNoise.meanBound
        value = graph.clip(value, low: [-bound], high: [bound], into: "bounded_mean")
      }
      graph.bound(value, box, isSquashed: isSquashed)
      graph.outputs = [("action", 1, layers[layers.count - 1].outputs)]
    default:
      let name = agent.algorithmName == "dqn" ? "values" : "logits"
      graph.add("Identity", [value], name)
      graph.add("ArgMax", [name], "action", integers: [("axis", 1), ("keepdims", 0)])
      graph.outputs = [(name, 1, layers[layers.count - 1].outputs), ("action", 7, nil)]
    }
    return graph.model(named: "\(agent.algorithmName) on \(environment.name)")
  }

  private static func layers(
    of network: StableBaselinesNetworks.Network, in archive: StateArchive, _ agent: Agent
  ) throws(InterchangeError) -> [DenseLayer] {
    var sizes = network.sizes
    let isDueling = agent.settings["dueling"] == true
    // Its deviations are then no outputs of the network.
    let isStateDependent = agent.settings["use_sde"] == true
    let givesDeviations = agent.algorithmName == "sac" && !isStateDependent
    if isDueling { sizes[sizes.count - 1] += 1 }
    if agent.algorithmName == "sac" && isStateDependent { sizes[sizes.count - 1] /= 2 }
    // Deviations of continuous actions may follow the weights.
    let flat = archive.floats(network.tensor).map { Array($0.prefix(MLP.parameterCount(sizes))) }
    let hasDeviations = StableBaselinesNetworks(agent)?.hasDeviations == true
    let deviations = sizes[sizes.count - 1] * (isStateDependent ? sizes[sizes.count - 2] : 1)
    let extra = hasDeviations ? deviations : 0
    guard let flat, archive.floats(network.tensor)?.count == flat.count + extra,
      var layers = DenseLayer.layers(sizes, flat), let last = layers.popLast()
    else {
      throw .notExportable(format: format, reason: "only networks of dense layers are known to it")
    }
    if isDueling {
      layers.append(last.combiningDuel)
    } else if givesDeviations {
      // The means; deviations are not needed to act greedily.
      layers.append(last.slice(0..<last.outputs / 2))
    } else {
      layers.append(last)
    }
    return layers
  }
}

extension DenseLayer {
  /// A value and advantages as one layer of values: V + A - mean A is linear.
  fileprivate var combiningDuel: DenseLayer {
    func combined(_ row: ArraySlice<Float>) -> [Float] {
      let advantages = row.dropFirst()
      let mean = advantages.reduce(0, +) / Float(advantages.count)
      return advantages.map { row.first! + $0 - mean }
    }
    return DenseLayer(
      inputs: inputs, outputs: outputs - 1,
      weights: (0..<inputs).flatMap { combined(weights[$0 * outputs..<($0 + 1) * outputs]) },
      biases: combined(biases[...]))
  }
}

extension StateArchive {
  /// The numbers of a tensor of double precision.
  fileprivate func doubles(_ name: String) -> [Double]? {
    guard let tensor = tensors.first(where: { $0.name == name }), tensor.elementType == .float64
    else { return nil }
    return tensor.bytes.withUnsafeBytes { raw in
      (0..<raw.count / 8).map {
        Double(
          bitPattern: UInt64(
            littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
      }
    }
  }
}

/// A graph of operators, put together one after the other.
private struct Graph {
  var input = (name: "", width: 0)
  /// Name, type by ONNX's number (1 single precision, 7 integers), and numbers a row; nil for none.
  var outputs: [(name: String, type: Int, width: Int?)] = []
  private var nodes: [ProtobufMessage] = []
  private var constants: [ProtobufMessage] = []

  /// An operator with one output.
  mutating func add(
    _ operation: String, _ inputs: [String], _ output: String,
    integers: [(name: String, value: Int)] = []
  ) {
    var node = ProtobufMessage()
    for name in inputs { node.add(1, name) }
    node.add(2, output)
    node.add(3, output)
    node.add(4, operation)
    for integer in integers {
      var attribute = ProtobufMessage()
      attribute.add(1, integer.name)
      attribute.add(3, integer.value)
      attribute.add(20, 2)
      node.add(5, attribute)
    }
    nodes.append(node)
  }

  /// Numbers by name.
  mutating func add(constant name: String, _ values: [Float], shape: [Int]) -> String {
    var tensor = ProtobufMessage()
    for extent in shape { tensor.add(1, extent) }
    tensor.add(2, 1)
    tensor.add(8, name)
    tensor.add(
      9, values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
    constants.append(tensor)
    return name
  }

  mutating func dense(
    _ value: String, _ layer: DenseLayer, number: Int, activation: String?
  ) -> String {
    let weights = add(
      constant: "weights_\(number)", layer.weights, shape: [layer.inputs, layer.outputs])
    let biases = add(constant: "biases_\(number)", layer.biases, shape: [layer.outputs])
    add("Gemm", [value, weights, biases], "dense_\(number)")
    guard let activation else { return "dense_\(number)" }
    add(activation, ["dense_\(number)"], "hidden_\(number)")
    return "hidden_\(number)"
  }

  /// Brings observations to mean 0 and deviation 1, cut to ±10, as the agent does.
  ///
  /// - Parameter statistics: how many were seen, their means, and the sums of squared deviations.
  mutating func normalize(_ value: String, _ statistics: [Double], width: Int) -> String {
    let means = statistics[1...width].map { Float($0) }
    let scales = statistics[(width + 1)...].map {
      Float(1 / ($0 / statistics[0] + 1e-8).squareRoot())
    }
    let mean = add(constant: "mean", means, shape: [width])
    let scale = add(constant: "scale", scales, shape: [width])
    add("Sub", [value, mean], "centered")
    add("Mul", ["centered", scale], "scaled")
    return clip("scaled", low: [-10], high: [10], into: "normalized")
  }

  /// The action within its bounds; squashed ones are brought from -1 … 1 to them.
  mutating func bound(_ value: String, _ box: Space.Box, isSquashed: Bool) {
    var value = value
    let width = box.low.count
    if isSquashed {
      let halves = zip(box.low, box.high).map { Float(($1 - $0) / 2) }
      let middles = zip(box.low, box.high).map { Float(($0 + $1) / 2) }
      let scale = add(constant: "action_scale", halves, shape: [width])
      let middle = add(constant: "action_middle", middles, shape: [width])
      add("Tanh", [value], "squashed")
      add("Mul", ["squashed", scale], "stretched")
      add("Add", ["stretched", middle], "moved")
      value = "moved"
    }
    _ = clip(
      value, low: box.low.map { Float($0) }, high: box.high.map { Float($0) }, into: "action")
  }

  mutating func clip(
    _ value: String, low: [Float], high: [Float], into output: String
  ) -> String {
    let low = add(constant: "\(output)_low", low, shape: [low.count])
    let high = add(constant: "\(output)_high", high, shape: [high.count])
    add("Max", [value, low], "\(output)_raised")
    add("Min", ["\(output)_raised", high], output)
    return output
  }

  /// The whole file.
  func model(named name: String) -> [UInt8] {
    var graph = ProtobufMessage()
    for node in nodes { graph.add(1, node) }
    graph.add(2, name)
    for constant in constants { graph.add(5, constant) }
    graph.add(11, Self.description(input.name, type: 1, width: input.width))
    for output in outputs {
      graph.add(12, Self.description(output.name, type: output.type, width: output.width))
    }
    var operators = ProtobufMessage()
    operators.add(1, "")
    operators.add(2, 13)
    var model = ProtobufMessage()
    model.add(1, 7)
    model.add(2, "rlhs")
    model.add(7, graph)
    model.add(8, operators)
    return model.bytes
  }

  /// Rows of `width` numbers, as many as there are.
  private static func description(_ name: String, type: Int, width: Int?) -> ProtobufMessage {
    var batch = ProtobufMessage()
    batch.add(2, "batch")
    var shape = ProtobufMessage()
    shape.add(1, batch)
    if let width {
      var extent = ProtobufMessage()
      extent.add(1, width)
      shape.add(1, extent)
    }
    var tensor = ProtobufMessage()
    tensor.add(1, type)
    tensor.add(2, shape)
    var kind = ProtobufMessage()
    kind.add(1, tensor)
    var description = ProtobufMessage()
    description.add(1, name)
    description.add(2, kind)
    return description
  }
}

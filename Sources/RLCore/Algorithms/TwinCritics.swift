import Schema

/// Two networks that value an action in a state, with a slowly following target of each. The
/// smaller of the two answers is believed, which keeps values from running away upwards.
///
/// Source: Fujimoto et al., "Addressing Function Approximation Error in Actor-Critic Methods",
/// 2018.
struct TwinCritics: Sendable {
  private var online: [MLP]
  private var target: [MLP]
  private var optimizers: [Optimizer]
  private let featureCount: Int
  private let actionSize: Int

  /// Memory that is used again and again, and no part of the state. A workspace for each network,
  /// as what a forward pass left must outlast the other's.
  private var workspaces = [MLP.Workspace(), MLP.Workspace()]
  private var inputs: [Float] = []
  private var gradient: [Float]
  private var outputGradient: [Float] = []
  /// The smaller answers to the last question.
  private(set) var values: [Float] = []
  /// The gradient by the actions that `actionGradient` found.
  private(set) var actionGradients: [Float] = []

  init(
    _ settings: Settings, featureCount: Int, actionSize: Int, using random: inout RandomSource
  ) {
    self.featureCount = featureCount
    self.actionSize = actionSize
    online = []
    for _ in 0..<2 {
      online.append(
        MLP(
          sizes: [featureCount + actionSize] + settings.integers("layers") + [1],
          activation: MLP.Activation(rawValue: settings.string("activation")) ?? .relu,
          using: &random)
      )
    }
    target = online
    optimizers = online.map { Optimizer(settings, parameterCount: $0.parameterCount) }
    gradient = Array(repeating: 0, count: online[0].parameterCount)
  }

  /// Of one network.
  var parameterCount: Int { online[0].parameterCount }

  var weights: [Float] {
    get { online[0].weights + online[1].weights }
    set {
      online[0].weights = Array(newValue[..<parameterCount])
      online[1].weights = Array(newValue[parameterCount...])
    }
  }

  /// What the networks see: features and action side by side.
  private mutating func join(_ features: [Float], _ actions: [Float], rows: Int) {
    let width = featureCount + actionSize
    if inputs.count != rows * width {
      inputs = Array(repeating: 0, count: rows * width)
      values = Array(repeating: 0, count: rows)
      outputGradient = values
      actionGradients = Array(repeating: 0, count: rows * actionSize)
    }
    for row in 0..<rows {
      for i in 0..<featureCount { inputs[row * width + i] = features[row * featureCount + i] }
      for i in 0..<actionSize {
        inputs[row * width + featureCount + i] = actions[row * actionSize + i]
      }
    }
  }

  private mutating func takeSmaller(rows: Int) {
    for row in 0..<rows {
      values[row] = min(workspaces[0].outputs[row], workspaces[1].outputs[row])
    }
  }

  /// The smaller value of the targets, in `values`.
  mutating func evaluateTargets(_ features: [Float], _ actions: [Float], rows: Int) {
    join(features, actions, rows: rows)
    let inputs = inputs
    for i in 0..<2 { target[i].predict(inputs.span, rows: rows, in: &workspaces[i]) }
    takeSmaller(rows: rows)
  }

  /// The smaller value, in `values`.
  mutating func evaluate(_ features: [Float], _ actions: [Float], rows: Int) {
    join(features, actions, rows: rows)
    let inputs = inputs
    for i in 0..<2 { online[i].predict(inputs.span, rows: rows, in: &workspaces[i]) }
    takeSmaller(rows: rows)
  }

  /// One step of both down the mean squared error to `targets`.
  ///
  /// - Returns: the mean of the two errors, and the longer gradient.
  mutating func learn(
    _ features: [Float], _ actions: [Float], targets: [Float], rows: Int, learningRate: Double
  ) -> (loss: Float, norm: Float) {
    join(features, actions, rows: rows)
    let inputs = inputs
    var (loss, longest): (Float, Float) = (0, 0)
    for i in 0..<2 {
      online[i].forward(inputs.span, rows: rows, in: &workspaces[i])
      for row in 0..<rows {
        let error = workspaces[i].outputs[row] - targets[row]
        loss += error * error
        outputGradient[row] = 2 * error / Float(rows)
      }
      let outputGradient = outputGradient
      online[i].backward(outputGradient.span, in: &workspaces[i], gradient: &gradient)
      let norm = optimizers[i].update(
        &online[i].weights, gradient: gradient, learningRate: learningRate)
      // Not `max`, which would lose nan.
      if !(norm <= longest) { longest = norm }
    }
    return (loss / Float(2 * rows), longest)
  }

  /// The smaller value of each action in `values`, and its gradient by the action in
  /// `actionGradients`.
  ///
  /// - Parameter onlyFirst: asks the first network alone.
  mutating func actionGradient(
    _ features: [Float], _ actions: [Float], rows: Int, onlyFirst: Bool = false
  ) {
    join(features, actions, rows: rows)
    let inputs = inputs
    let asked = onlyFirst ? 1 : 2
    for i in 0..<asked { online[i].forward(inputs.span, rows: rows, in: &workspaces[i]) }
    for index in actionGradients.indices { actionGradients[index] = 0 }
    for i in 0..<asked {
      for row in 0..<rows {
        let isSmaller =
          onlyFirst
          || (i == 0) == (workspaces[0].outputs[row] <= workspaces[1].outputs[row])
        outputGradient[row] = isSmaller ? 1 : 0
        if isSmaller { values[row] = workspaces[i].outputs[row] }
      }
      let outputGradient = outputGradient
      online[i].backwardToInputs(outputGradient.span, in: &workspaces[i])
      let width = featureCount + actionSize
      for row in 0..<rows {
        for k in 0..<actionSize {
          actionGradients[row * actionSize + k] +=
            workspaces[i].inputGradient[row * width + featureCount + k]
        }
      }
    }
  }

  /// Moves the targets a share `tau` of the way.
  mutating func updateTargets(tau: Float) {
    for i in 0..<2 { follow(&target[i].weights, online[i].weights, share: tau) }
  }

  func save(to archive: inout StateArchive, name: String) {
    for i in 0..<2 {
      archive.add("\(name) \(i)/weights", online[i].weights)
      archive.add("\(name) \(i)/target", target[i].weights)
      optimizers[i].save(to: &archive, name: "\(name) \(i)")
    }
  }

  mutating func restore(from archive: StateArchive, name: String) throws(CoreError) {
    for i in 0..<2 {
      online[i].weights = try archive.floats("\(name) \(i)/weights", count: parameterCount)
      target[i].weights = try archive.floats("\(name) \(i)/target", count: parameterCount)
      try optimizers[i].restore(from: archive, name: "\(name) \(i)")
    }
  }
}

/// Moves `weights` a share of the way to `goal` (Polyak averaging).
func follow(_ weights: inout [Float], _ goal: [Float], share: Float) {
  weights.withUnsafeMutableBufferPointer { weights in
    goal.withUnsafeBufferPointer { goal in
      for index in 0..<weights.count { weights[index] += share * (goal[index] - weights[index]) }
    }
  }
}

import Schema

/// A stochastic policy: a network that gives unnormalised log-probabilities of discrete actions, or
/// the means of normal distributions of continuous ones, whose deviations are weights of their own
/// and the same in every state, unless `use_sde` makes them depend on it.
///
/// An action is kept as `actionSize` numbers as they were drawn; what the environment is given is
/// cut to its bounds. It learns from gradients by log-probabilities, so that an algorithm's loss
/// need not know the distribution.
struct Policy: Sendable {
  var network: MLP
  /// Logarithms of the deviations, a number each; empty for discrete actions. Where noise depends on
  /// the state, those of its coefficients.
  var logDeviations: [Float] {
    didSet { noise?.logDeviations = logDeviations }
  }
  let actionSpace: Space
  /// Numbers an action is kept as.
  let actionSize: Int
  /// Where it depends on the state.
  private(set) var noise: StateDependentNoise?

  /// Of the rows that `evaluate` saw last: log p(action), and the entropy in nats.
  private(set) var logProbabilities: [Float] = []
  private(set) var entropies: [Float] = []
  /// The gradient by the log-deviations, left by `backward`.
  private(set) var deviationGradient: [Float]

  private var categorical: Categorical
  private var inverseDeviations: [Float]
  private var outputGradient: [Float] = []
  private var latents: [Float] = []
  private var sigmaGradient: [Float] = []
  private var workspace = MLP.Workspace()

  /// - Throws: `incompatible` for actions that are neither discrete nor in a box.
  init(
    _ settings: Settings, algorithm: String, observationSpace: Space, actionSpace: Space,
    using random: inout RandomSource
  ) throws(CoreError) {
    self.actionSpace = actionSpace
    let outputs: Int
    switch actionSpace {
    case .discrete(let count):
      outputs = count
      actionSize = 1
      logDeviations = []
    case .box:
      outputs = actionSpace.size
      actionSize = outputs
      logDeviations = Array(repeating: Float(settings.real("log_std_init")), count: outputs)
    default:
      throw .incompatible(
        "\(algorithm) needs discrete actions or actions in a box, and these are \(actionSpace)")
    }
    network = try MLP(
      settings, seeing: observationSpace, outputs: outputs,
      initialization: settings.boolean("ortho_init")
        ? .orthogonal(hiddenGain: 2.0.squareRoot(), outputGain: 0.01) : .uniform,
      using: &random)
    if settings["use_sde"] == true, case .box = actionSpace {
      let noise = StateDependentNoise(
        latentCount: network.latentCount, size: outputs,
        environments: settings.integer("n_envs"), logDeviation: settings.real("log_std_init"))
      logDeviations = noise.logDeviations
      self.noise = noise
    }
    categorical = Categorical(choices: outputs)
    deviationGradient = Array(repeating: 0, count: logDeviations.count)
    inverseDeviations = Array(repeating: 0, count: actionSize)
  }

  /// Everything that is learned, flat.
  var weights: [Float] {
    get { network.weights + logDeviations }
    set {
      network.weights = Array(newValue[..<network.parameterCount])
      logDeviations = Array(newValue[network.parameterCount...])
    }
  }
  var parameterCount: Int { network.parameterCount + logDeviations.count }

  private var isDiscrete: Bool { logDeviations.isEmpty }

  // MARK: Acting

  /// Draws the noise of an environment anew, where it depends on the state.
  mutating func drawNoise(lane: Int, using random: inout RandomSource) {
    noise?.draw(lane: lane, using: &random)
  }

  /// Draws an action.
  ///
  /// - Parameters:
  ///   - lane: the environment it is for.
  ///   - action: `actionSize` numbers, overwritten.
  mutating func sample(
    _ features: [Float], lane: Int = 0, into action: inout [Float],
    using random: inout RandomSource
  ) {
    if let noise {
      network.forward(features.span, rows: 1, in: &workspace)
      network.copyLatents(rows: 1, from: workspace, into: &latents)
      for index in action.indices {
        action[index] = workspace.outputs[index] + noise.noise(latents, index, lane: lane)
      }
      return
    }
    network.predict(features.span, in: &workspace)
    if isDiscrete {
      categorical.update(logits: workspace.outputs, rows: 1)
      action[0] = Float(categorical.sample(using: &random))
    } else {
      var deviations = logDeviations
      VectorMath.exp(&deviations)
      for index in action.indices {
        action[index] = workspace.outputs[index] + deviations[index] * Float(random.normal())
      }
    }
  }

  /// What the environment is given for an action as it is kept.
  func action(_ kept: [Float]) -> Action {
    guard case .box(let box) = actionSpace else { return .discrete(Int(kept[0])) }
    return .continuous(
      kept.indices.map { min(max(Double(kept[$0]), box.low[$0]), box.high[$0]) })
  }

  /// What the greedy actions are chosen by, as `Algorithm.actionValues` gives it.
  mutating func greedyOutputs(_ features: [Float], count: Int, into outputs: inout [Float]) {
    network.predict(features.span, rows: count, in: &workspace)
    let width = network.outputCount
    if outputs.count != count * width { outputs = Array(repeating: 0, count: count * width) }
    for index in outputs.indices { outputs[index] = workspace.outputs[index] }
    guard case .box(let box) = actionSpace else { return }
    for index in outputs.indices {
      let (low, high) = (box.low[index % width], box.high[index % width])
      outputs[index] = Float(min(max(Double(outputs[index]), low), high))
    }
  }

  /// The probability of each discrete action by its logits; empty for continuous actions.
  mutating func probabilities(logits: [Float]) -> [Float] {
    guard isDiscrete else { return [] }
    categorical.update(logits: logits, rows: 1)
    return categorical.probabilities
  }

  // MARK: Learning

  /// Computes `logProbabilities` and `entropies` of a batch, and leaves what `backward` needs.
  ///
  /// - Parameters:
  ///   - features: `[rows, inputs]`, at least.
  ///   - actions: `[rows, actionSize]`, at least.
  mutating func evaluate(_ features: [Float], actions: [Float], rows: Int) {
    network.forward(features.span, rows: rows, in: &workspace)
    if logProbabilities.count != rows {
      logProbabilities = Array(repeating: 0, count: rows)
      entropies = logProbabilities
    }
    if isDiscrete {
      categorical.update(logits: workspace.outputs, rows: rows)
      for row in 0..<rows {
        let choice = row * categorical.choices + Int(actions[row])
        logProbabilities[row] = categorical.logProbabilities[choice]
        entropies[row] = categorical.entropies[row]
      }
    } else if noise != nil {
      network.copyLatents(rows: rows, from: workspace, into: &latents)
      noise!.evaluate(latents, rows: rows)
      evaluateByState(actions, rows: rows)
    } else {
      updateInverseDeviations()
      let entropy = DiagonalGaussian.entropy(logDeviations: logDeviations)
      let size = actionSize
      actions.withUnsafeBufferPointer { actions in
        workspace.outputs.withUnsafeBufferPointer { means in
          for row in 0..<rows {
            logProbabilities[row] = DiagonalGaussian.logProbability(
              actions.baseAddress! + row * size, mean: means.baseAddress! + row * size,
              logDeviations: logDeviations, inverseDeviations: inverseDeviations)
            entropies[row] = entropy
          }
        }
      }
    }
  }

  private mutating func evaluateByState(_ actions: [Float], rows: Int) {
    guard let noise else { return }
    let logSigmas = noise.logSigmas
    for row in 0..<rows {
      (logProbabilities[row], entropies[row]) = (0, 0)
      for place in (row * actionSize)..<((row + 1) * actionSize) {
        let z = (actions[place] - workspace.outputs[place]) * noise.inverseSigmas[place]
        logProbabilities[row] -= 0.5 * z * z + logSigmas[place] + DiagonalGaussian.logNormalizer
        entropies[row] += logSigmas[place] + 0.5 + DiagonalGaussian.logNormalizer
      }
    }
  }

  private mutating func updateInverseDeviations() {
    for index in logDeviations.indices { inverseDeviations[index] = -logDeviations[index] }
    VectorMath.exp(&inverseDeviations)
  }

  /// The gradient of a loss by the weights, for the batch that `evaluate` saw last.
  ///
  /// - Parameters:
  ///   - logProbabilityGradient: the loss's gradient by each row's log p(action).
  ///   - entropyGradient: its gradient by each row's entropy, the same for all.
  ///   - gradient: takes the network's; that of the deviations is in `deviationGradient`.
  mutating func backward(
    actions: [Float], logProbabilityGradient: [Float], entropyGradient: Float,
    gradient: inout [Float]
  ) {
    let rows = logProbabilities.count
    let size = rows * network.outputCount
    if outputGradient.count != size { outputGradient = Array(repeating: 0, count: size) }
    if isDiscrete {
      categorical.setGradients(
        actions: actions, weights: logProbabilityGradient, entropyWeight: entropyGradient,
        in: &outputGradient)
    } else if let noise {
      if sigmaGradient.count != size { sigmaGradient = Array(repeating: 0, count: size) }
      for place in 0..<size {
        let weight = logProbabilityGradient[place / actionSize]
        let inverseSigma = noise.inverseSigmas[place]
        let z = (actions[place] - workspace.outputs[place]) * inverseSigma
        outputGradient[place] = weight * z * inverseSigma
        sigmaGradient[place] = weight * (z * z - 1) + entropyGradient
      }
      noise.backward(latents, sigmaGradient: sigmaGradient, gradient: &deviationGradient)
    } else {
      let width = actionSize
      for index in 0..<width { deviationGradient[index] = entropyGradient * Float(rows) }
      for row in 0..<rows {
        let weight = logProbabilityGradient[row]
        for index in 0..<width {
          let place = row * width + index
          let z = (actions[place] - workspace.outputs[place]) * inverseDeviations[index]
          outputGradient[place] = weight * z * inverseDeviations[index]
          deviationGradient[index] += weight * (z * z - 1)
        }
      }
    }
    let outputGradient = outputGradient
    network.backward(outputGradient.span, in: &workspace, gradient: &gradient)
  }
}

// MARK: - State

extension Policy {
  /// Adds what is not among the weights.
  func saveNoise(to archive: inout StateArchive, name: String) {
    noise?.save(to: &archive, name: name)
  }

  mutating func restoreNoise(from archive: StateArchive, name: String) throws(CoreError) {
    try noise?.restore(from: archive, name: name)
  }
}

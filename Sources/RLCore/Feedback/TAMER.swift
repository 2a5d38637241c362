import Schema

/// TAMER with action biasing: a network H(s, a) is fitted to what people said of actions, and its
/// values are added to the algorithm's when an action is chosen.
///
/// Each rated step has a weight, and H minimises the weighted squared error to the rating. Feedback
/// is turn by turn here, so a rating of an episode is spread evenly over its steps, and a rating of
/// a step belongs to it and to up to `window - 1` steps before it. Every rating weighs the same.
///
/// Sources: Knox and Stone, "Interactively Shaping Agents via Human Reinforcement", 2009, and
/// "Combining Manual Feedback with Subsequent MDP Reward Signals", 2010; Warnell et al., "Deep
/// TAMER", 2018.
struct TAMER: FeedbackHead {
  private let space: Space
  private let window: Int
  /// Observations are shifted and scaled to mean 0 and deviation 1 over the rated steps.
  private var center: [Float]
  private var scale: [Float]
  private var network: MLP
  private var workspace = MLP.Workspace()
  private var features: [Float] = []

  /// Learns from all ratings, from nothing.
  init(
    _ settings: Settings, _ ratings: [Rating], _ space: Space, _ actions: Int,
    _ random: RandomSource
  ) {
    var weights = random.split("weights")
    var draws = random.split("replay")
    self.space = space
    window = settings.integer("window")
    (center, scale) = Self.standardization(of: ratings, in: space)
    network = MLP(
      sizes: Self.sizes(settings, space, actions), activation: .tanh,
      initialization: .orthogonal(hiddenGain: 1, outputGain: 0), using: &weights)
    fit(ratings, settings, using: &draws)
  }

  /// The head that `state` gave; nil where it does not fit.
  init?(_ settings: Settings, state: [Float], _ space: Space, _ actions: Int) {
    let sizes = Self.sizes(settings, space, actions)
    let features = space.featureCount
    guard state.count == MLP.parameterCount(sizes) + 2 * features else { return nil }
    self.space = space
    window = settings.integer("window")
    center = Array(state[..<features])
    scale = Array(state[features..<(2 * features)])
    network = MLP(sizes: sizes, activation: .tanh, weights: Array(state[(2 * features)...]))
  }

  var state: [Float] { center + scale + network.weights }

  private static func sizes(_ settings: Settings, _ space: Space, _ actions: Int) -> [Int] {
    [space.featureCount] + settings.integers("layers") + [actions]
  }

  private static func standardization(
    of ratings: [Rating], in space: Space
  ) -> (center: [Float], scale: [Float]) {
    let width = space.featureCount
    // One-hot features have their scale already.
    guard space.isPlain else {
      return (Array(repeating: 0, count: width), Array(repeating: 1, count: width))
    }
    let observations = ratings.flatMap(\.observations)
    let columns = (0..<width).map { column in
      stride(from: column, to: observations.count, by: width).map { Double(observations[$0]) }
    }
    return (
      columns.map { Float(mean($0)) },
      columns.map { Float(1 / max(standardDeviation($0), 1e-6)) }
    )
  }

  /// What the network sees of observations.
  private mutating func encode(_ observations: [Float], count: Int) -> [Float] {
    let width = space.featureCount
    if features.count != count * width { features = Array(repeating: 0, count: count * width) }
    space.encode(observations, count: count, into: &features)
    for row in 0..<count {
      for column in 0..<width {
        let index = row * width + column
        features[index] = (features[index] - center[column]) * scale[column]
      }
    }
    return features
  }

  mutating func approval(_ observations: [Float], count: Int, into approval: inout [Float]) {
    let features = encode(observations, count: count)
    network.predict(features.span, rows: count, in: &workspace)
    let size = count * network.outputCount
    if approval.count != size { approval = Array(repeating: 0, count: size) }
    for index in 0..<size { approval[index] = workspace.outputs[index] }
  }

  /// The steps that a rating is about.
  private func credited(_ rating: Rating) -> Range<Int> {
    guard let focus = rating.focus else { return 0..<rating.actions.count }
    return max(0, focus + 1 - window)..<(focus + 1)
  }

  private mutating func fit(
    _ ratings: [Rating], _ settings: Settings, using random: inout RandomSource
  ) {
    let rows = settings.integer("batch_size")
    let size = space.size
    let actions = network.outputCount
    var optimizer = Adam(parameterCount: network.parameterCount)
    var gradient = Array(repeating: Float(0), count: network.parameterCount)
    var outputGradient = Array(repeating: Float(0), count: rows * actions)
    var observations = Array(repeating: Float(0), count: rows * size)
    var taken = Array(repeating: 0, count: rows)
    var targets = Array(repeating: Float(0), count: rows)

    for _ in 0..<settings.integer("updates") {
      for row in 0..<rows {
        // A rating first and then one of its steps: a long episode counts no more than a short one.
        let rating = ratings[random.integer(below: ratings.count)]
        let credited = credited(rating)
        let step = credited.lowerBound + random.integer(below: credited.count)
        for i in 0..<size { observations[row * size + i] = rating.observations[step * size + i] }
        taken[row] = Int(rating.actions[step])
        targets[row] = Float(rating.value)
      }
      let features = encode(observations, count: rows)
      network.forward(features.span, rows: rows, in: &workspace)
      for index in outputGradient.indices { outputGradient[index] = 0 }
      for row in 0..<rows {
        let index = row * actions + taken[row]
        outputGradient[index] = 2 * (workspace.outputs[index] - targets[row]) / Float(rows)
      }
      network.backward(outputGradient.span, in: &workspace, gradient: &gradient)
      optimizer.update(
        &network.weights, gradient: gradient, learningRate: settings.real("learning_rate"))
    }
  }

  mutating func loss(_ ratings: [Rating]) -> Double {
    var values: [Float] = []
    let losses = ratings.map { rating in
      approval(rating.observations, count: rating.actions.count, into: &values)
      return mean(
        credited(rating).map { step in
          let value = values[step * network.outputCount + Int(rating.actions[step])]
          return (Double(value) - rating.value) * (Double(value) - rating.value)
        })
    }
    return losses.isEmpty ? 0 : mean(losses)
  }
}

extension FeedbackMethodKind {
  static let tamer = FeedbackMethodKind(
    declaration: Declaration(
      name: "tamer",
      summary: "Fit H(s, a) to ratings and add it to the action values.",
      parameters: [
        Parameter(
          "beta", .real(from: 0), default: .setting(1.0),
          "Weight of feedback beside the algorithm's values."),
        Parameter(
          "fade", .real(0...1), default: .setting(0.999),
          "What beta is multiplied by for each episode trained since."),
        Parameter(
          "window", .integer(1...Rating.longestReach), default: .setting(1),
          "Steps that a rating of one step is about."),
        Parameter(
          "layers", .list(of: .integer(1...4096)), default: .setting([32, 32]),
          "Widths of the hidden layers."),
        Parameter(
          "learning_rate", .positiveReal, default: .setting(3e-3), "Step size of Adam."),
        Parameter(
          "updates", .integer(from: 1), default: .setting(500), "Gradient steps in a fit."),
        Parameter(
          "batch_size", .integer(1...65_536), default: .setting(32),
          "Rated steps in a gradient step."),
      ],
      examples: [Example("coach a method=tamer beta=2")],
      details: """
        Actions are chosen by argmax Q(s, a) + beta H(s, a); Q itself stays untouched, and beta \
        fades with each episode trained. H is fitted anew from all ratings each time, so that a \
        rating taken back leaves nothing behind.
        """,
      source: "Knox and Stone 2009, 2010; Warnell et al. 2018"),
    algorithms: ["dqn"], kinds: [.rating],
    fit: { settings, ratings, observations, actions, random in
      TAMER(settings, ratings, observations, choices(actions), random)
    },
    restore: { settings, state, observations, actions in
      TAMER(settings, state: state, observations, choices(actions))
    })

  /// The methods' algorithms have discrete actions only.
  private static func choices(_ space: Space) -> Int {
    guard case .discrete(let count) = space else {
      preconditionFailure("feedback on actions of \(space)")
    }
    return count
  }
}

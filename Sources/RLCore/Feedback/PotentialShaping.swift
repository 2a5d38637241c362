import Schema

/// Ratings say how good it is to be somewhere: a potential fitted to them shapes the reward by
/// F = gamma Phi(s') - Phi(s), which changes no best policy. Phi is 0 where the task ends, and not
/// where the time limit cuts.
///
/// Sources: Ng et al., "Policy Invariance under Reward Transformations", 1999; with ratings: Knox and
/// Stone, "Combining Manual Feedback with Subsequent MDP Reward Signals", 2010.
struct PotentialShaping: FeedbackModel {
  private let settings: Settings
  private let space: Space
  private let credit: Credit
  private var network: ScaledNetwork
  private var gamma = 1.0

  init(_ settings: Settings, _ space: Space) {
    self.settings = settings
    self.space = space
    credit = Credit(
      window: settings.integer("window"),
      delay: settings.real(
        "delay_min")...max(
          settings.real("delay_min"), settings.real("delay_max")))
    var random = RandomSource(seed: 0)
    network = Self.network(settings, space, data: [], using: &random)
  }

  private static func network(
    _ settings: Settings, _ space: Space, data: [Float], using random: inout RandomSource
  ) -> ScaledNetwork {
    ScaledNetwork(
      data: data, width: space.featureCount, isScaled: space.isPlain,
      layers: settings.integers("layers"), outputs: 1, using: &random)
  }

  /// Rated states: features, what was said, and how much of it was about this state.
  private func lesson(
    _ feedback: [Feedback]
  ) -> (features: [Float], targets: [Float], weights: [Float]) {
    var (observations, targets, weights): ([Float], [Float], [Float]) = ([], [], [])
    for rating in feedback.compactMap(\.asRating) {
      for (step, share) in credit.shares(rating) {
        // Where an action led is what it is rated for.
        observations += rating.fragment.observation(step + 1)
        targets.append(Float(rating.value))
        weights.append(Float(share))
      }
    }
    return (space.features(observations, count: targets.count), targets, weights)
  }

  /// How a rating is shared among its steps.
  func shares(_ rating: Rating) -> [(step: Int, share: Double)] { credit.shares(rating) }

  mutating func learn(_ lessons: Lessons, with pupil: inout Pupil) throws(CoreError) {
    let lesson = lesson(lessons.all)
    let count = lesson.targets.count
    guard count > 0 else { return }
    gamma = pupil.algorithm.settings.real("gamma")
    var random = pupil.random.split("potential")
    network = Self.network(settings, space, data: lesson.features, using: &random)
    var optimizer = Optimizer(.adam, parameterCount: network.network.parameterCount)
    let size = settings.integer("batch_size")
    let width = space.featureCount
    for _ in 0..<settings.integer("updates") {
      let rows = (0..<size).map { _ in random.integer(below: count) }
      network.forward(
        rows.flatMap { lesson.features[($0 * width)..<(($0 + 1) * width)] }, count: size)
      let outputs = network.outputs
      let gradient = rows.indices.map { place in
        2 * lesson.weights[rows[place]] * (outputs[place] - lesson.targets[rows[place]])
          / Float(size)
      }
      network.step(
        gradient, optimizer: &optimizer, learningRate: settings.real("learning_rate"))
    }
  }

  /// How good it is to be where these numbers are seen.
  mutating func potential(_ observation: [Float]) -> Double {
    network.predict(space.features(observation, count: 1), count: 1)
    return Double(network.outputs[0])
  }

  var givesReward: Bool { true }

  mutating func reward(_ transition: borrowing Transition) -> Double {
    let next = transition.terminated ? 0 : potential(transition.next)
    return transition.reward
      + settings.real("beta") * (gamma * next - potential(transition.observation))
  }

  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double {
    let lesson = lesson(feedback)
    guard !lesson.targets.isEmpty else { return 0 }
    network.predict(lesson.features, count: lesson.targets.count)
    let errors = lesson.targets.indices.map { Double(network.outputs[$0] - lesson.targets[$0]) }
    return mean(errors.map { $0 * $0 })
  }

  func save(to archive: inout StateArchive) {
    archive.add("feedback/potential", network.state)
    archive.add("feedback/potential/gamma", [gamma])
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try network.restore(archive.floats("feedback/potential"))
    gamma = try archive.doubles("feedback/potential/gamma", count: 1)[0]
  }
}

extension FeedbackMethodKind {
  static let potentialShaping = FeedbackMethodKind(
    declaration: Declaration(
      name: "potential_shaping",
      summary: "Reward the way from badly to well rated states; best policies stay best.",
      parameters: [
        .beta("What a rating of 1 is worth in reward.")
      ] + Parameter.approval(delay: 0.2...0.6),
      examples: [Example("coach a method=potential_shaping beta=10")],
      details: """
        Training learns from r + beta (gamma Phi(s') - Phi(s)), Phi fitted to what was said of \
        states. Phi is 0 where the task ends, and stays where the time limit cuts.
        """,
      source: "Ng et al. 1999; Knox and Stone 2010"),
    algorithms: ["dqn", "ppo", "a2c", "sac", "td3", "reinforce", "q_learning", "sarsa"],
    kinds: [.rating, .question], rule: .refits,
    make: { settings, space, _ in PotentialShaping(settings, space) })
}

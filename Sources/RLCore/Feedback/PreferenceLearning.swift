import Schema

/// Learning from comparisons: an ensemble of reward models explains which pieces were preferred, and
/// the algorithm learns from its reward instead of the environment's. What it collected with an
/// older reward is given the new one (replay) or dropped (rollouts).
///
/// Source: Christiano et al., "Deep Reinforcement Learning from Human Preferences", 2017; relabelling
/// and exploration before the first answers: Lee et al., "PEBBLE", 2021.
struct PreferenceLearning: RewardModelling {
  var ensemble: RewardEnsemble
  private var novelty: Novelty?

  init(_ settings: Settings, _ space: Space, _ actions: Space) {
    ensemble = RewardEnsemble(settings, space, actions)
    if settings.boolean("explore") { novelty = Novelty(size: space.size) }
  }

  mutating func learn(_ lessons: Lessons, with pupil: inout Pupil) throws(CoreError) {
    ensemble.fit(
      pairs(lessons.all, in: pupil.environment), random: pupil.random, threads: pupil.threads)
    try pupil.relabel(by: &ensemble)
  }

  var givesReward: Bool { true }

  /// Before anything is known of what people want: nothing, or what is new.
  mutating func reward(_ transition: borrowing Transition) -> Double {
    if ensemble.isFitted { return ensemble.reward(transition) }
    return novelty?.reward(transition.next) ?? 0
  }

  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double {
    ensemble.loss(pairs(feedback, in: pupil.environment))
  }

  func save(to archive: inout StateArchive) {
    ensemble.save(to: &archive)
    novelty?.save(to: &archive)
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try ensemble.restore(from: archive)
    try novelty?.restore(from: archive)
  }
}

/// A method that has a reward model, which can be judged and asked for queries.
protocol RewardModelling: FeedbackModel {
  var ensemble: RewardEnsemble { get set }
}

extension RewardModelling {
  /// What comparisons and corrections say: that an action should have been another is the
  /// preference of that step with the better action.
  func pairs(
    _ feedback: [Feedback], in environment: EnvironmentInstance
  ) -> [RewardEnsemble.Pair] {
    feedback.compactMap { one in
      switch one {
      case .comparison(let comparison):
        comparison.label.map { ensemble.pair(comparison.left, comparison.right, label: $0) }
      case .correction(let correction):
        ensemble.pair(correction.mended, correction.fragment, label: 1)
      default: nil
      }
    }
  }
}

extension Correction {
  /// The step with the action that should have been.
  var mended: Fragment {
    Fragment(
      observations: fragment.observations, actions: preferred, rewards: fragment.rewards,
      terminated: fragment.terminated, truncated: fragment.truncated)
  }
}

extension RewardEnsemble {
  mutating func reward(_ transition: borrowing Transition) -> Double {
    let row = rows(
      observations: transition.observation, actions: transition.action.values.map { Float($0) },
      count: 1)
    return rewards(row, count: 1)[0]
  }

  /// The mean cross-entropy in nats; half a bit's where nothing is known.
  mutating func loss(_ pairs: [Pair]) -> Double {
    if pairs.isEmpty { return 0 }
    return mean(
      pairs.map { pair in
        let probability = mean(probabilities(pair))
        return -pair.label * logarithm(probability)
          - (1 - pair.label) * logarithm(1 - probability)
      })
  }
}

/// Reward for seeing what was not seen lately: the distance to the nearest states before.
///
/// Source: the particle entropy of Lee et al., "PEBBLE", 2021.
struct Novelty: Sendable {
  private let size: Int
  private var seen: [Float] = []
  private var cursor = 0

  private static let capacity = 256
  private static let neighbour = 5

  init(size: Int) { self.size = size }

  mutating func reward(_ observation: [Float]) -> Double {
    var distances: [Float] = []
    for start in stride(from: 0, to: seen.count, by: size) {
      var distance: Float = 0
      for column in 0..<size {
        let gap = seen[start + column] - observation[column]
        distance += gap * gap
      }
      distances.append(distance)
    }
    if seen.count < Self.capacity * size {
      seen += observation
    } else {
      seen.replaceSubrange((cursor * size)..<((cursor + 1) * size), with: observation)
      cursor = (cursor + 1) % Self.capacity
    }
    guard distances.count > Self.neighbour else { return 0 }
    distances.sort()
    return logarithm(1 + Double(distances[Self.neighbour].squareRoot()))
  }

  func save(to archive: inout StateArchive) {
    archive.add("feedback/novelty", seen)
    archive.add("feedback/novelty/cursor", [cursor])
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    seen = try archive.floats("feedback/novelty")
    cursor = try archive.integers("feedback/novelty/cursor", count: 1)[0]
    guard seen.count.isMultiple(of: size), (0..<Self.capacity).contains(cursor) else {
      throw .damagedArchive(reason: "what was seen lately does not fit")
    }
  }
}

extension FeedbackMethodKind {
  static let preferences = FeedbackMethodKind(
    declaration: Declaration(
      name: "preferences",
      summary: "Fit rewards to comparisons of pieces, and learn from them instead of the reward.",
      parameters: [
        Parameter(
          "comparisons", .integer(from: 0), default: .setting(200),
          "Comparisons asked for within training, in all."),
        Parameter(
          "sessions", .integer(1...1000), default: .setting(10),
          "Sessions that they are asked in, evenly over the first half of total_steps."),
        Parameter(
          "random_queries", .real(0.2...1), default: .setting(0.2),
          "Share of queries drawn evenly; the others are those that members disagree about."),
        Parameter(
          "repeats", .real(0...0.5), default: .setting(0.0),
          "Share of queries asked again with sides swapped, to see whether answers hold."),
        Parameter(
          "explore", .boolean, default: .setting(false),
          "Look for new states before the first answers."),
      ] + Parameter.rewardModel,
      examples: [
        Example("env Pendulum-v1\na = agent ppo\ncoach a method=preferences comparisons=50")
      ],
      details: """
        `train a steps=n` asks within the training, `from=` a teacher or a person. Answers that \
        neither piece is better count half for each; skipped ones teach nothing. After each session \
        the ensemble is fitted anew from all answers, each member from all but a part that is held \
        out from it and judges it; the replay buffer gets the new rewards, \
        rollouts collected under the old ones are dropped. A correction counts as the preference of \
        the same step with the better action.
        """,
      source: "Christiano et al. 2017; Lee et al. 2021 (PEBBLE)"),
    algorithms: ["dqn", "ppo", "a2c", "sac", "td3"], kinds: [.comparison, .correction],
    rule: .refits, queries: { QueryPlan($0) },
    make: { PreferenceLearning($0, $1, $2) })
}

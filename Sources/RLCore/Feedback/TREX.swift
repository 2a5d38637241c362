import Schema

/// The indirect signal: what an expert did is better than what the agent does. Pieces of
/// demonstrations go above pieces of the agent's own training in a preference model, beside the
/// comparisons that were given; the algorithm then learns from its reward.
///
/// Source: Brown et al., "Extrapolating Beyond Suboptimal Demonstrations via Inverse Reinforcement
/// Learning from Observations" (T-REX), 2019.
struct ExpertComparison: RewardModelling {
  var ensemble: RewardEnsemble
  private let settings: Settings

  init(_ settings: Settings, _ space: Space, _ actions: Space) {
    ensemble = RewardEnsemble(settings, space, actions)
    self.settings = settings
  }

  mutating func learn(_ lessons: Lessons, with pupil: inout Pupil) throws(CoreError) {
    var all = pairs(lessons.all, in: pupil.environment)
    let demonstrations = lessons.all.compactMap { one -> Fragment? in
      if case .demonstration(let demonstration) = one { demonstration.fragment } else { nil }
    }
    if !demonstrations.isEmpty {
      guard !pupil.clips.isEmpty else {
        throw .incompatible(
          "there is nothing of the agent's own to compare with demonstrations: train it first")
      }
      var random = pupil.random.split("pairs")
      let own = pupil.clips.map { Fragment($0) }
      for _ in 0..<settings.integer("pairs") {
        let expert = demonstrations[random.integer(below: demonstrations.count)]
        let piece = own[random.integer(below: own.count)]
        let length = min(expert.length, piece.length)
        let start = random.integer(below: expert.length - length + 1)
        all.append(
          ensemble.pair(
            expert.steps(start..<(start + length)), piece.steps(0..<length), label: 1))
      }
    }
    ensemble.fit(all, random: pupil.random, threads: pupil.threads)
    try pupil.relabel(by: &ensemble)
  }

  var givesReward: Bool { ensemble.isFitted }

  mutating func reward(_ transition: borrowing Transition) -> Double {
    ensemble.reward(transition)
  }

  /// The cross-entropy of the comparisons that were given.
  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double {
    ensemble.loss(pairs(feedback, in: pupil.environment))
  }

  func save(to archive: inout StateArchive) { ensemble.save(to: &archive) }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try ensemble.restore(from: archive)
  }
}

extension Fragment {
  /// A piece of it.
  func steps(_ range: Range<Int>) -> Fragment {
    let (seen, done) = (observations.count / (length + 1), actions.count / length)
    let isEnd = range.upperBound == length
    return Fragment(
      observations: Array(
        observations[(range.lowerBound * seen)..<((range.upperBound + 1) * seen)]),
      actions: Array(actions[(range.lowerBound * done)..<(range.upperBound * done)]),
      rewards: Array(rewards[range]), terminated: isEnd && terminated,
      truncated: isEnd && truncated)
  }
}

extension FeedbackMethodKind {
  static let trex = FeedbackMethodKind(
    declaration: Declaration(
      name: "trex",
      summary: "Fit rewards by which an expert's pieces are better than the agent's own.",
      parameters: [
        Parameter(
          "pairs", .integer(from: 1), default: .setting(200),
          "Pairs of a demonstrated and an own piece.")
      ] + Parameter.rewardModel,
      examples: [Example("coach a method=trex pairs=100")],
      details: """
        `demonstrate` gives the expert's episodes, training the agent's own; comparisons, such as \
        an expert's episode against the agent's, count too. It teaches likeness to the expert.
        """,
      source: "Brown et al. 2019"),
    algorithms: ["dqn", "ppo", "a2c", "sac", "td3"], kinds: [.demonstration, .comparison],
    rule: .refits, collects: { $0.integer("fragment") },
    make: { ExpertComparison($0, $1, $2) })
}

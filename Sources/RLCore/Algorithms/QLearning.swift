import Schema

/// One-step Q-learning with a table.
///
/// Source: Watkins, "Learning from Delayed Rewards", 1989; Sutton and Barto, section 6.5. Epsilon
/// falls over a share of the steps, as DQN's does.
struct QLearning: TabularAlgorithm {
  var table: TabularValues

  init(_ settings: Settings, observationSpace: Space, actionSpace: Space) throws(CoreError) {
    table = try TabularValues(
      settings, algorithm: "q_learning", observationSpace: observationSpace,
      actionSpace: actionSpace)
  }

  mutating func explore(
    _ observation: [Float], bias: [Float], using policy: inout RandomSource
  ) -> Action {
    .discrete(table.explore(table.state(observation[...]), bias: bias, using: &policy))
  }

  /// Q(s, a) moves towards r + gamma max Q(s', a').
  mutating func update(using random: inout RandomSource) throws(CoreError) -> UpdateMetrics? {
    guard let step = table.pending else { return nil }
    var best = -Float.infinity
    for value in table.row(step.next) { best = max(best, value) }
    return try table.learn(following: best)
  }

  func save(to archive: inout StateArchive, includingReplay: Bool) {
    table.save(to: &archive, name: "q_learning")
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try table.restore(from: archive, name: "q_learning")
  }
}

extension AlgorithmKind {
  static let qLearning = AlgorithmKind(
    declaration: Declaration(
      name: "q_learning",
      summary: "Q-learning with a table, for discrete observations and actions.",
      parameters: tabularParameters,
      examples: [Example("env CliffWalking-v1\na = agent q_learning learning_rate=0.5")],
      details: """
        Q(s, a) moves by learning_rate towards r + gamma max Q(s', a'), whatever is done next. \
        Only `terminated` has no future.
        """,
      source: "Watkins 1989; Sutton and Barto, section 6.5"),
    make: { (settings, observations, actions, _) throws(CoreError) in
      try QLearning(settings, observationSpace: observations, actionSpace: actions)
    },
    warnings: { settings, _ in explorationWarnings(settings) })
}

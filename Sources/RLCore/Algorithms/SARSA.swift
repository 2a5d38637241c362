import Schema

/// One-step SARSA with a table: learns the values of what it does, exploration included.
///
/// Source: Rummery and Niranjan, "On-line Q-learning Using Connectionist Systems", 1994; Sutton and
/// Barto, section 6.4.
struct SARSA: TabularAlgorithm {
  var table: TabularValues
  /// The action that the last update chose for the next step.
  private var chosen: Int?

  init(_ settings: Settings, observationSpace: Space, actionSpace: Space) throws(CoreError) {
    table = try TabularValues(
      settings, algorithm: "sarsa", observationSpace: observationSpace, actionSpace: actionSpace)
  }

  mutating func explore(
    _ observation: [Float], bias: [Float], using policy: inout RandomSource
  ) -> Action {
    defer { chosen = nil }
    return .discrete(
      chosen ?? table.explore(table.state(observation[...]), bias: bias, using: &policy))
  }

  /// Q(s, a) moves towards r + gamma Q(s', a') with the a' that comes next.
  mutating func update(using random: inout RandomSource) throws(CoreError) -> UpdateMetrics? {
    guard let step = table.pending else { return nil }
    let action = table.explore(step.next, using: &random)
    chosen = step.terminated || step.truncated ? nil : action
    return try table.learn(following: table.values[step.next * table.actionCount + action])
  }

  func save(to archive: inout StateArchive, includingReplay: Bool) {
    table.save(to: &archive, name: "sarsa")
    archive.add("sarsa/chosen", [chosen ?? -1])
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try table.restore(from: archive, name: "sarsa")
    let choice = try archive.integers("sarsa/chosen", count: 1)[0]
    guard (-1..<table.actionCount).contains(choice) else {
      throw .damagedArchive(reason: "sarsa chose an action that there is not")
    }
    chosen = choice < 0 ? nil : choice
  }
}

extension AlgorithmKind {
  static let sarsa = AlgorithmKind(
    declaration: Declaration(
      name: "sarsa",
      summary: "SARSA with a table, for discrete observations and actions.",
      parameters: tabularParameters,
      examples: [Example("env CliffWalking-v1\na = agent sarsa learning_rate=0.5")],
      details: """
        Q(s, a) moves by learning_rate towards r + gamma Q(s', a') with the a' that is done next, \
        so that it values its own exploration: it walks further from a cliff than Q-learning.
        """,
      source: "Rummery and Niranjan 1994; Sutton and Barto, section 6.4"),
    make: { (settings, observations, actions, _) throws(CoreError) in
      try SARSA(settings, observationSpace: observations, actionSpace: actions)
    },
    warnings: { settings, _ in explorationWarnings(settings) })
}

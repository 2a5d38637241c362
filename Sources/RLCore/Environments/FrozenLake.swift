import Schema

/// Cross a frozen lake from start to goal without falling into a hole, as a table.
///
/// - Observation: the cell, row times columns plus column.
/// - Actions: 0 left, 1 down, 2 right, 3 up; a step off the map stays. On slippery ice the step
///   goes as intended with `success_rate`, else to either side.
/// - Reward: 1 at the goal, else 0 (`reward_schedule`).
/// - Start: a cell `S`. End: the goal `G` or a hole `H`.
/// - Source: Gymnasium's FrozenLake.
private func frozenLake(_ settings: Settings, threshold: Double) throws(CoreError) -> FiniteMDP {
  let lines =
    settings["desc"]?.mapRows ?? frozenLakeMaps[settings.string("map_name")]!
  let map = try TextMap(
    lines,
    letters: ["S": "the start", "F": "frozen", "H": "a hole", "G": "the goal"],
    required: ["S", "G"], setting: "desc")
  let schedule = (settings["reward_schedule"]?.list ?? []).compactMap(\.real)
  guard schedule.count == 3 else {
    throw .invalidSetting(
      name: "reward_schedule", value: settings["reward_schedule"] ?? .null,
      expected: "three numbers: at the goal, in a hole, on ice")
  }
  let success = settings.real("success_rate")
  let isSlippery = settings.boolean("is_slippery")
  let actions: [Direction] = [.left, .down, .right, .up]

  return FiniteMDP(
    stateCount: map.grid.count, actionNames: actions.map(\.name), observationName: "cell",
    starts: map.cells("S"), rewardThreshold: threshold,
    draw: map.picture
  ) { cell, action in
    if "GH".contains(map.letters[cell]) {
      return [FiniteMDP.Outcome(probability: 1, next: cell, reward: 0, terminated: true)]
    }
    func outcome(_ direction: Direction, _ probability: Double) -> FiniteMDP.Outcome {
      let next = map.grid.neighbor(of: cell, direction) ?? cell
      let letter = map.letters[next]
      return FiniteMDP.Outcome(
        probability: probability, next: next,
        reward: letter == "G" ? schedule[0] : letter == "H" ? schedule[1] : schedule[2],
        terminated: letter == "G" || letter == "H")
    }
    let direction = actions[action]
    if !isSlippery { return [outcome(direction, 1)] }
    // In Gymnasium's order, which is that of the actions' numbers.
    return [
      outcome(actions[(action + 3) % 4], (1 - success) / 2), outcome(direction, success),
      outcome(actions[(action + 1) % 4], (1 - success) / 2),
    ]
  }
}

private let frozenLakeMaps = [
  "4x4": ["SFFF", "FHFH", "FFFH", "HFFG"],
  "8x8": [
    "SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG",
  ],
]

extension EnvironmentKind {
  static let frozenLake = frozenLake("FrozenLake-v1", map: "4x4", timeLimit: 100, threshold: 0.7)
  static let frozenLake8x8 = frozenLake(
    "FrozenLake8x8-v1", map: "8x8", timeLimit: 200, threshold: 0.85)

  private static func frozenLake(
    _ name: String, map: String, timeLimit: Int, threshold: Double
  ) -> EnvironmentKind {
    let declaration = Declaration(
      name: name,
      summary: "Cross a slippery lake with holes, \(map) cells, \(timeLimit) steps at most.",
      parameters: [
        Parameter(
          "map_name",
          .words([Word("4x4", "Four holes on 16 cells."), Word("8x8", "Ten holes on 64 cells.")]),
          default: .setting(.string(map)), "Which of the two lakes."),
        Parameter(
          "desc", .either([.list(of: .string), .string]),
          default: .described("the map of `map_name`"),
          "An own lake: its rows, or a text of lines: S start, F frozen, H hole, G goal."),
        Parameter(
          "is_slippery", .boolean, default: .setting(true), "Whether steps can slide sideways."),
        Parameter(
          "success_rate", .real(0...1), default: .setting(.real(1.0 / 3)),
          "How often a step on slippery ice goes as intended."),
        Parameter(
          "reward_schedule", .list(of: .real), default: .setting([1.0, 0.0, 0.0]),
          "Rewards at the goal, in a hole, on ice."),
      ],
      examples: [
        Example("env \(name)"), Example("env \(name) is_slippery=false"),
        Example("env \(name) desc=[\"SFF\", \"FHF\", \"FFG\"]"),
      ],
      details: """
        Observation: the cell, row times columns plus column. Actions: 0 left, 1 down, 2 right, \
        3 up. On slippery ice a step goes as intended with `success_rate`, else to either side. \
        Reward 1 at the goal. Starts at S; ends at the goal or in a hole.
        """,
      source: "Gymnasium FrozenLake")
    return EnvironmentKind(declaration, timeLimit: timeLimit) {
      (settings) throws(CoreError) in try RLCore.frozenLake(settings, threshold: threshold)
    }
  }
}

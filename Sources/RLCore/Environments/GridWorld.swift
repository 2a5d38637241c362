import Schema

/// A grid world drawn as text, as a table.
///
/// - Observation: the cell, row times columns plus column, walls counted too.
/// - Actions: 0 up, 1 right, 2 down, 3 left; walls and edges stop. With probability `slip` the step
///   goes to one of the two sides instead.
/// - Reward: `goal_reward`, `pit_reward` or `step_reward`, by the cell entered.
/// - Start: a cell `S`, each equally likely. End: a goal `G` or a pit `X`.
/// - Source: the grid of Russell and Norvig, "Artificial Intelligence: A Modern Approach", ch. 17,
///   is the default map.
private func gridWorld(_ settings: Settings) throws(CoreError) -> FiniteMDP {
  let map = try TextMap(
    settings["map"]?.mapRows ?? [],
    letters: [".": "floor", "#": "wall", "S": "start", "G": "goal", "X": "pit"],
    required: ["S", "G"], setting: "map")
  let slip = settings.real("slip")
  let stepReward = settings.real("step_reward")
  let rewards: [Character: Double] = [
    "G": settings.real("goal_reward"), "X": settings.real("pit_reward"),
  ]

  return FiniteMDP(
    stateCount: map.grid.count, actionNames: Direction.allCases.map(\.name),
    observationName: "cell", starts: map.cells("S"), draw: map.picture
  ) { cell, action in
    if "GX".contains(map.letters[cell]) {
      return [FiniteMDP.Outcome(probability: 1, next: cell, reward: 0, terminated: true)]
    }
    func outcome(_ direction: Direction, _ probability: Double) -> FiniteMDP.Outcome {
      var next = map.grid.neighbor(of: cell, direction) ?? cell
      if map.letters[next] == "#" { next = cell }
      let end = rewards[map.letters[next]]
      return FiniteMDP.Outcome(
        probability: probability, next: next, reward: end ?? stepReward, terminated: end != nil)
    }
    let intended = Direction.allCases[action]
    if slip == 0 { return [outcome(intended, 1)] }
    return [
      outcome(intended, 1 - slip), outcome(intended.turnedLeft, slip / 2),
      outcome(intended.turnedRight, slip / 2),
    ]
  }
}

extension EnvironmentKind {
  static let gridWorld = EnvironmentKind(
    Declaration(
      name: "gridworld",
      summary: "Walk a grid drawn as text, from S to G, 100 steps at most.",
      parameters: [
        Parameter(
          "map", .either([.list(of: .string), .string]),
          default: .setting(["...G", ".#.X", "S..."]),
          "Its rows, or a text of lines: . floor, # wall, S start, G goal, X pit."),
        Parameter(
          "slip", .real(0...1), default: .setting(0.0),
          "Probability that a step goes to either side."),
        Parameter(
          "step_reward", .real, default: .setting(-0.04), "Reward of a step onto the floor."),
        Parameter("goal_reward", .real, default: .setting(1.0), "Reward at a goal."),
        Parameter("pit_reward", .real, default: .setting(-1.0), "Reward in a pit."),
      ],
      examples: [
        Example("env gridworld"),
        Example("env gridworld map=\"S.#\\n..G\""),
        Example("env gridworld slip=0.2 map=[\"S.X.\", \"..#.\", \"...G\"]"),
      ],
      details: """
        Observation: the cell, row times columns plus column. Actions: 0 up, 1 right, 2 down, \
        3 left. Starts at a cell S, each equally likely; ends at a goal G or in a pit X. A map kept in a \
        file is `map=read_text("maze.txt")`.
        """,
      source: "The default map: Russell and Norvig, chapter 17"),
    timeLimit: 100
  ) { (settings) throws(CoreError) in try RLCore.gridWorld(settings) }
}

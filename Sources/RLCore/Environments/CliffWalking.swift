import Schema

/// A grid of 4 rows and 12 columns with a cliff along its lower edge, as a table.
///
/// - Observation: the cell, row times 12 plus column.
/// - Actions: 0 up, 1 right, 2 down, 3 left; a step off the grid stays. Where it is slippery, the
///   step goes as intended or to either side, a third each.
/// - Reward: -1 a step, -100 for stepping into the cliff, which puts one back at the start.
/// - Start: the lower left corner. End: the lower right corner.
/// - Source: Sutton and Barto, "Reinforcement Learning: An Introduction", example 6.6.
private func cliffWalking(_ settings: Settings) -> FiniteMDP {
  let map = TextMap(
    ["............", "............", "............", "SCCCCCCCCCCG"])
  let grid = map.grid
  let start = map.cells("S")[0]
  let isSlippery = settings.boolean("is_slippery")
  return FiniteMDP(
    stateCount: grid.count, actionNames: Direction.allCases.map(\.name), observationName: "cell",
    starts: [start], draw: map.picture
  ) { cell, action in
    let intended = Direction.allCases[action]
    let directions =
      isSlippery ? [intended.turnedLeft, intended, intended.turnedRight] : [intended]
    return directions.map { direction in
      let next = grid.neighbor(of: cell, direction) ?? cell
      let isCliff = map.letters[next] == "C"
      return FiniteMDP.Outcome(
        probability: 1 / Double(directions.count), next: isCliff ? start : next,
        reward: isCliff ? -100 : -1, terminated: map.letters[next] == "G")
    }
  }
}

extension EnvironmentKind {
  static let cliffWalking = EnvironmentKind(
    Declaration(
      name: "CliffWalking-v1",
      summary: "Walk along a cliff to the goal in a grid of 4 by 12.",
      parameters: [
        Parameter(
          "is_slippery", .boolean, default: .setting(false), "Whether steps can slide sideways.")
      ],
      examples: [Example("env CliffWalking-v1")],
      details: """
        Observation: the cell, row times 12 plus column. Actions: 0 up, 1 right, 2 down, 3 left. \
        Reward -1 a step, -100 into the cliff and back to the start. Starts in the lower left \
        corner; ends in the lower right one.
        """,
      source: "Sutton and Barto, example 6.6; Gymnasium CliffWalking"),
    timeLimit: nil
  ) { RLCore.cliffWalking($0) }
}

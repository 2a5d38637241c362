import Schema

/// A grid of 4 rows and 12 columns with a cliff along its lower edge.
///
/// - Observation: the cell, row times 12 plus column.
/// - Actions: 0 up, 1 right, 2 down, 3 left; a step off the grid stays.
/// - Reward: -1 a step, -100 for stepping into the cliff, which puts one back at the start.
/// - Start: the lower left corner. End: the lower right corner.
/// - Source: Sutton and Barto, "Reinforcement Learning: An Introduction", example 6.6.
struct CliffWalking: Environment {
  static let rows = 4
  static let columns = 12
  static let start = 36
  static let goal = 47

  var cell = start

  var observationSpace: Space { .discrete(Self.rows * Self.columns) }
  var actionSpace: Space { .discrete(4) }
  var actionNames: [String] { ["up", "right", "down", "left"] }
  var observationNames: [String] { ["cell"] }

  var state: [Double] { [Double(cell)] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 1, let cell = Int(exactly: state[0]), (0..<48).contains(cell) else {
      throw CoreError.invalidState(expected: "one integer from 0 to 47: the cell")
    }
    self.cell = cell
  }

  mutating func reset(using random: inout RandomSource) { cell = Self.start }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    var (row, column) = cell.quotientAndRemainder(dividingBy: Self.columns)
    switch action.choice {
    case 0: row = max(row - 1, 0)
    case 1: column = min(column + 1, Self.columns - 1)
    case 2: row = min(row + 1, Self.rows - 1)
    default: column = max(column - 1, 0)
    }
    cell = row * Self.columns + column
    if cell > Self.start && cell < Self.goal {
      cell = Self.start
      return (-100, false)
    }
    return (-1, cell == Self.goal)
  }

  func observe(into observation: inout [Float]) { observation[0] = Float(cell) }
}

extension EnvironmentKind {
  static let cliffWalking = EnvironmentKind(
    Declaration(
      name: "CliffWalking-v1",
      summary: "Walk along a cliff to the goal in a grid of 4 by 12.",
      examples: [Example("env CliffWalking-v1")],
      details: """
        Observation: the cell, row times 12 plus column. Actions: 0 up, 1 right, 2 down, 3 left. \
        Reward -1 a step, -100 into the cliff and back to the start. Ends in the lower right corner.
        """,
      source: "Sutton and Barto, example 6.6; Gymnasium CliffWalking"),
    timeLimit: nil
  ) { _ in CliffWalking() }
}

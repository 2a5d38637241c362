import Schema

/// A taxi fetches a passenger at one of four stands and takes them to another, as a table.
///
/// - Observation: ((row times 5 plus column) times 5 plus passenger) times 4 plus destination; the
///   passenger waits at stand 0 to 3 or (4) rides; stands are red, green, yellow, blue.
/// - Actions: 0 south, 1 north, 2 east, 3 west, 4 pick up, 5 drop off; walls and edges stop. In
///   rain a move goes as intended with 0.8, else to either side.
/// - Reward: -1 a step, 20 for the delivery, -10 for picking up or dropping off where it cannot be.
/// - Start: any cell, the passenger at a stand that is not the destination. End: the delivery.
/// - Source: Dietterich, "Hierarchical Reinforcement Learning with the MAXQ Value Function
///   Decomposition", 2000; Gymnasium's Taxi.
private struct TaxiTable {
  static let grid = Grid(rows: 5, columns: 5)
  /// Red, green, yellow, blue.
  static let stands = [0, 4, 20, 23]
  static let riding = 4
  /// Cells with a wall on their right side.
  static let walled: Set = [1, 6, 15, 17, 20, 22]

  struct State {
    var cell: Int
    var passenger: Int
    var destination: Int

    init(_ index: Int) {
      destination = index % 4
      passenger = index / 4 % 5
      cell = index / 20
    }

    var index: Int { (cell * 5 + passenger) * 4 + destination }

    var isStart: Bool { passenger != riding && passenger != destination }
  }

  static func moved(_ cell: Int, _ direction: Direction) -> Int {
    let isWalled =
      direction == .right && walled.contains(cell)
      || direction == .left && walled.contains(cell - 1)
    return isWalled ? cell : grid.neighbor(of: cell, direction) ?? cell
  }

  /// The town with walls, the taxi (`&` with the passenger, `@` without), and who goes where.
  static func picture(_ index: Int) -> [String] {
    let state = State(index)
    let names: [Character] = ["R", "G", "Y", "B"]
    let town = (0..<grid.rows).map { row in
      var line = "|"
      for cell in row * grid.columns..<(row + 1) * grid.columns {
        let letter = stands.firstIndex(of: cell).map { names[$0] } ?? " "
        line.append(cell != state.cell ? letter : state.passenger == riding ? "&" : "@")
        line.append((cell + 1) % grid.columns == 0 || walled.contains(cell) ? "|" : ":")
      }
      return line
    }
    let passenger =
      state.passenger == riding ? "passenger aboard" : "passenger at \(names[state.passenger])"
    return town + ["\(passenger), to \(names[state.destination])"]
  }

  let isRainy: Bool

  func outcomes(_ index: Int, _ action: Int) -> [FiniteMDP.Outcome] {
    let state = State(index)
    switch action {
    case 4: return [pickUp(state)]
    case 5: return [dropOff(state)]
    default:
      let intended: Direction = [.down, .up, .right, .left][action]
      if !isRainy { return [move(state, intended, 1)] }
      return [
        move(state, intended, 0.8), move(state, intended.turnedLeft, 0.1),
        move(state, intended.turnedRight, 0.1),
      ]
    }
  }

  private func move(
    _ state: State, _ direction: Direction, _ probability: Double
  ) -> FiniteMDP.Outcome {
    var next = state
    next.cell = Self.moved(state.cell, direction)
    return FiniteMDP.Outcome(
      probability: probability, next: next.index, reward: -1, terminated: false)
  }

  private func pickUp(_ state: State) -> FiniteMDP.Outcome {
    let isHere = state.passenger != Self.riding && Self.stands[state.passenger] == state.cell
    var next = state
    if isHere { next.passenger = Self.riding }
    return FiniteMDP.Outcome(
      probability: 1, next: next.index, reward: isHere ? -1 : -10, terminated: false)
  }

  private func dropOff(_ state: State) -> FiniteMDP.Outcome {
    guard state.passenger == Self.riding, let stand = Self.stands.firstIndex(of: state.cell) else {
      return FiniteMDP.Outcome(probability: 1, next: state.index, reward: -10, terminated: false)
    }
    var next = state
    next.passenger = stand
    let isDelivered = stand == state.destination
    return FiniteMDP.Outcome(
      probability: 1, next: next.index, reward: isDelivered ? 20 : -1, terminated: isDelivered)
  }
}

extension EnvironmentKind {
  static let taxi = EnvironmentKind(
    Declaration(
      name: "Taxi-v3",
      summary: "Fetch a passenger and take them to a stand, 200 steps at most.",
      parameters: [
        Parameter(
          "is_rainy", .boolean, default: .setting(false),
          "Whether one move in five goes sideways.")
      ],
      examples: [Example("env Taxi-v3")],
      details: """
        Observation: ((row times 5 plus column) times 5 plus passenger) times 4 plus destination; \
        the passenger waits at stand 0 red, 1 green, 2 yellow, 3 blue or (4) rides. Actions: \
        0 south, 1 north, 2 east, 3 west, 4 pick up, 5 drop off. Reward -1 a step, 20 for the \
        delivery, -10 for a wrong pick-up or drop-off. Starts in any cell, the passenger at a \
        stand that is not the destination; ends with the delivery. `info` has `action_mask`, the \
        actions that change something, and `prob`.
        """,
      source: "Dietterich 2000; Gymnasium Taxi"),
    timeLimit: 200
  ) { settings in
    let table = TaxiTable(isRainy: settings.boolean("is_rainy"))
    return FiniteMDP(
      stateCount: 500,
      actionNames: ["south", "north", "east", "west", "pick up", "drop off"],
      observationName: "state", starts: (0..<500).filter { TaxiTable.State($0).isStart },
      rewardThreshold: 8, tellsMask: true, draw: TaxiTable.picture, outcomes: table.outcomes)
  }
}

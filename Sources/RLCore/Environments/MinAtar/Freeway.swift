/// A chicken crosses a road of eight lanes.
///
/// - Actions with an effect: up and down, each third step at most.
/// - Reward: 1 for each crossing; the cars then get other speeds and the chicken starts again. A
///   car that hits the chicken puts it back to the start.
/// - Start: the chicken below the road, each car at the left edge with a speed and direction of
///   its own: a cell in one to five steps.
/// - End: after 2,500 steps.
struct Freeway: MinAtarGame {
  static let planes = ["chicken", "car", "speed 1", "speed 2", "speed 3", "speed 4", "speed 5"]
  static let symbols = Array("@#:::::")
  static let minimalActions: [MinAtarAction] = [.none, .up, .down]
  static let stateDescription = """
    chicken row, steps until it can move, steps left, then for each of the rows 1 to 8 the car's \
    column, steps until it moves, and speed (-5 to 5, negative to the left)
    """
  static let chickenColumn: Int8 = 4
  static let start = 9
  static let restingSteps = 3
  static let duration = 2500
  static let slowest = 5

  /// Of the cars, one in each of the rows from 1: numbers that a copy of the game takes along without
  /// memory of their own.
  typealias Lanes = SIMD8<Int8>

  var chicken = Self.start
  var restTimer = Self.restingSteps
  var remaining = Self.duration
  var columns = Lanes(repeating: 0)
  /// Steps until each moves.
  var timers = Lanes(repeating: 1)
  /// Steps that a move takes; negative to the left.
  var speeds = Lanes(repeating: 1)
  /// All cells of the rows in which the car goes right, and of those with each speed.
  private var rightward = Board()
  private var rows = InlineArray<5, Board>(repeating: Board())

  /// Freeway knows no ramping.
  init(isRamping: Bool) { sortRows() }

  mutating func begin(drawing draws: inout some DrawSource) {
    columns = Lanes(repeating: 0)
    drawSpeeds(from: &draws)
    (chicken, restTimer, remaining) = (Self.start, Self.restingSteps, Self.duration)
  }

  private mutating func drawSpeeds(from draws: inout some DrawSource) {
    for lane in speeds.indices { speeds[lane] = Int8(1 + draws.integer(below: Self.slowest)) }
    timers = speeds
    for lane in speeds.indices where draws.uniform() < 0.5 { speeds[lane].negate() }
    sortRows()
  }

  mutating func play(
    _ action: MinAtarAction, drawing draws: inout some DrawSource
  ) -> (reward: Double, terminated: Bool) {
    if restTimer == 0 && (action == .up || action == .down) {
      restTimer = Self.restingSteps
      chicken = action == .up ? max(chicken - 1, 0) : min(chicken + 1, Self.start)
    }
    var reward = 0.0
    if chicken == 0 {
      reward = 1
      drawSpeeds(from: &draws)
      chicken = Self.start
    }
    moveCars()
    if restTimer > 0 { restTimer -= 1 }
    remaining -= 1
    return (reward, remaining < 0)
  }

  private mutating func moveCars() {
    let before = columns
    // All lanes at once: ones in all bits of a number stand for yes, zeros for no.
    let isLeft = speeds &>> 7
    let moves = (timers &- 1) &>> 7
    let interval = (speeds ^ isLeft) &- isLeft
    timers = timers &- 1 &+ (moves & (interval &+ 1))
    columns = columns &+ (moves & (isLeft | 1))
    columns = columns &+ (columns &>> 7 & 10)
    columns = columns &- ((9 &- columns) &>> 7 & 10)
    // The chicken can walk into a car as well as be hit by one that moves.
    let lane = chicken - 1
    guard columns.indices.contains(lane) else { return }
    let isHit = before[lane] == Self.chickenColumn || columns[lane] == Self.chickenColumn
    if isHit { chicken = Self.start }
  }

  /// Takes note of the rows by what their cars do.
  private mutating func sortRows() {
    rightward = Board()
    rows = InlineArray(repeating: Board())
    for lane in speeds.indices {
      let row = Board.row(lane + 1)
      if speeds[lane] > 0 { rightward.insert(row) }
      rows[Int(abs(speeds[lane])) - 1].insert(row)
    }
  }

  @inline(__always)
  func paint(on screen: Screen) {
    screen.show(one: Board(row: chicken, column: Int(Self.chickenColumn)), on: 0)
    var cars = Board()
    for lane in columns.indices { cars.insert(Board(row: lane + 1, column: Int(columns[lane]))) }
    screen.show(cars, on: 1)
    // The speed is shown by the plane of the cell behind the car.
    let behind = cars.intersection(rightward).wrappedLeft
      .union(cars.subtracting(rightward).wrappedRight)
    for speed in rows.indices { screen.show(behind.intersection(rows[speed]), on: 2 + speed) }
  }

  var state: [Double] {
    let cars = columns.indices.flatMap { [columns[$0], timers[$0], speeds[$0]] }
    return [chicken, restTimer, remaining].map(Double.init) + cars.map(Double.init)
  }

  mutating func read(_ numbers: inout StateReader) throws(CoreError) {
    chicken = try numbers.integer(in: 0...Self.start)
    restTimer = try numbers.integer(in: 0...Self.restingSteps)
    remaining = try numbers.integer(in: -1...Self.duration)
    for lane in columns.indices {
      columns[lane] = Int8(try numbers.integer(in: 0...9))
      timers[lane] = Int8(try numbers.integer(in: 0...Self.slowest))
      speeds[lane] = Int8(try numbers.integer(in: -Self.slowest...Self.slowest))
      if speeds[lane] == 0 { throw numbers.invalid }
    }
    sortRows()
  }
}

extension EnvironmentKind {
  static let freeway = minAtar(
    "Freeway", Freeway.self, summary: "Cross a road of eight lanes, on 10 by 10 cells.",
    details: """
      Reward 1 for each crossing, after which the cars get other speeds. A car puts the chicken \
      back to the start, below the road. Ends after 2,500 steps.
      """)
}

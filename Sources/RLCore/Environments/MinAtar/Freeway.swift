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
  static let chickenColumn = 4
  static let start = 9
  static let restingSteps = 3
  static let duration = 2500
  static let slowest = 5

  struct Car: Sendable, Hashable {
    var column = 0
    var timer = 1
    /// Steps that a move takes; negative to the left.
    var speed = 1
  }

  var chicken = Self.start
  var restTimer = Self.restingSteps
  var remaining = Self.duration
  /// One in each of the rows from 1.
  var cars: [Car] = Array(repeating: Car(), count: 8)

  /// Freeway knows no ramping.
  init(isRamping: Bool) {}

  mutating func begin(drawing draws: inout some DrawSource) {
    for lane in cars.indices { cars[lane].column = 0 }
    drawSpeeds(from: &draws)
    (chicken, restTimer, remaining) = (Self.start, Self.restingSteps, Self.duration)
  }

  private mutating func drawSpeeds(from draws: inout some DrawSource) {
    for lane in cars.indices { cars[lane].speed = 1 + draws.integer(below: Self.slowest) }
    for lane in cars.indices {
      cars[lane].timer = cars[lane].speed
      if draws.uniform() < 0.5 { cars[lane].speed.negate() }
    }
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
    for lane in cars.indices {
      var car = cars[lane]
      let row = lane + 1
      // The chicken can walk into a car as well as be hit by one.
      if car.column == Self.chickenColumn && row == chicken { chicken = Self.start }
      if car.timer == 0 {
        car.timer = abs(car.speed)
        car.column = Self.wrapped(car.column + car.speed.signum())
        if car.column == Self.chickenColumn && row == chicken { chicken = Self.start }
      } else {
        car.timer -= 1
      }
      cars[lane] = car
    }
  }

  private static func wrapped(_ column: Int) -> Int {
    column < 0 ? 9 : column > 9 ? 0 : column
  }

  func paint(_ observation: inout [Float]) {
    observation[Self.index(chicken, Self.chickenColumn, 0)] = 1
    for lane in cars.indices {
      let car = cars[lane]
      let row = lane + 1
      observation[Self.index(row, car.column, 1)] = 1
      // The speed is shown by the plane of the cell behind the car.
      let behind = Self.wrapped(car.column - car.speed.signum())
      observation[Self.index(row, behind, 1 + abs(car.speed))] = 1
    }
  }

  var state: [Double] {
    ([chicken, restTimer, remaining] + cars.flatMap { [$0.column, $0.timer, $0.speed] })
      .map(Double.init)
  }

  mutating func read(_ numbers: inout StateReader) throws(CoreError) {
    chicken = try numbers.integer(in: 0...Self.start)
    restTimer = try numbers.integer(in: 0...Self.restingSteps)
    remaining = try numbers.integer(in: -1...Self.duration)
    for lane in cars.indices {
      cars[lane] = Car(
        column: try numbers.integer(in: 0...9), timer: try numbers.integer(in: 0...Self.slowest),
        speed: try numbers.integer(in: -Self.slowest...Self.slowest))
      if cars[lane].speed == 0 { throw numbers.invalid }
    }
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

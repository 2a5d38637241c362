/// Gold and enemies run across eight rows: touch the gold and avoid the enemies.
///
/// - Actions with an effect: left, up, right and down move the player by a cell.
/// - Reward: 1 for each gold.
/// - Start: the player in the middle of an empty board.
/// - End: an enemy touches the player. With ramping, things come faster and more often.
struct Asterix: MinAtarGame {
  static let planes = ["player", "enemy", "trail", "gold"]
  static let symbols = Array("@x:$")
  static let minimalActions: [MinAtarAction] = [.none, .left, .up, .right, .down]
  static let stateDescription = """
    player row and column, spawn interval and timer, move interval and timer, ramp timer and \
    level, then for each of the rows 1 to 8 whether something runs there, its column, whether \
    it runs right and whether it is gold
    """
  static let rows = 1...8
  static let slowestSpawn = 10
  static let slowestMove = 5
  static let rampInterval = 100

  let isRamping: Bool
  var playerRow = 5
  var playerColumn = 5
  /// What runs: one of both at most in each of the rows.
  var enemies = Board()
  var golds = Board()
  /// All cells of the rows in which it runs right.
  var rightward = Board()
  var spawnInterval = Self.slowestSpawn
  var spawnTimer = Self.slowestSpawn
  var moveInterval = Self.slowestMove
  var moveTimer = Self.slowestMove
  var rampTimer = Self.rampInterval
  var rampLevel = 0

  init(isRamping: Bool) { self.isRamping = isRamping }

  mutating func begin(drawing draws: inout some DrawSource) {
    (playerRow, playerColumn) = (5, 5)
    (enemies, golds) = (Board(), Board())
    (spawnInterval, spawnTimer) = (Self.slowestSpawn, Self.slowestSpawn)
    (moveInterval, moveTimer) = (Self.slowestMove, Self.slowestMove)
    (rampTimer, rampLevel) = (Self.rampInterval, 0)
  }

  mutating func play(
    _ action: MinAtarAction, drawing draws: inout some DrawSource
  ) -> (reward: Double, terminated: Bool) {
    if spawnTimer == 0 {
      spawn(drawing: &draws)
      spawnTimer = spawnInterval
    }
    playerColumn = min(max(playerColumn + action.right, 0), 9)
    playerRow = min(max(playerRow + action.down, Self.rows.lowerBound), Self.rows.upperBound)

    var reward = 0.0
    var terminated = false
    touch(&reward, &terminated)
    if moveTimer == 0 {
      moveTimer = moveInterval
      moveRunners()
      touch(&reward, &terminated)
    }
    spawnTimer -= 1
    moveTimer -= 1
    if isRamping { ramp() }
    return (reward, terminated)
  }

  private mutating func spawn(drawing draws: inout some DrawSource) {
    let runsRight = draws.uniform() < 0.5
    let isGold = draws.uniform() < 1.0 / 3
    let runners = enemies.union(golds)
    func isFree(_ row: Int) -> Bool { !runners.intersects(.row(row)) }
    let free = Self.rows.count(where: isFree)
    if free == 0 { return }
    var skipped = draws.integer(below: free)
    for row in Self.rows where isFree(row) {
      if skipped == 0 {
        put(isGold: isGold, row: row, column: runsRight ? 0 : 9, runsRight: runsRight)
        return
      }
      skipped -= 1
    }
  }

  private mutating func put(isGold: Bool, row: Int, column: Int, runsRight: Bool) {
    let cell = Board(row: row, column: column)
    if isGold { golds.insert(cell) } else { enemies.insert(cell) }
    let lane = Board.row(row)
    rightward = runsRight ? rightward.union(lane) : rightward.subtracting(lane)
  }

  /// What is where the player is: gold is taken, an enemy ends the game.
  private mutating func touch(_ reward: inout Double, _ terminated: inout Bool) {
    let player = Board(row: playerRow, column: playerColumn)
    if enemies.intersects(player) { terminated = true }
    if golds.intersects(player) {
      golds = golds.subtracting(player)
      reward += 1
    }
  }

  private mutating func moveRunners() {
    func moved(_ runners: Board) -> Board {
      runners.intersection(rightward).movedRight.union(runners.subtracting(rightward).movedLeft)
    }
    (enemies, golds) = (moved(enemies), moved(golds))
  }

  /// The cells behind the runners.
  private var trail: Board {
    let runners = enemies.union(golds)
    return runners.intersection(rightward).movedLeft
      .union(runners.subtracting(rightward).movedRight)
  }

  /// At each level things spawn faster, at every second one they also move faster.
  private mutating func ramp() {
    if spawnInterval == 1 && moveInterval == 1 { return }
    if rampTimer >= 0 {
      rampTimer -= 1
      return
    }
    if moveInterval > 1 && rampLevel % 2 == 1 { moveInterval -= 1 }
    if spawnInterval > 1 { spawnInterval -= 1 }
    rampLevel += 1
    rampTimer = Self.rampInterval
  }

  @inline(__always)
  func paint(on screen: Screen) {
    screen.show(one: Board(row: playerRow, column: playerColumn), on: 0)
    screen.show(enemies, on: 1)
    screen.show(trail, on: 2)
    screen.show(golds, on: 3)
  }

  var state: [Double] {
    let numbers = [
      playerRow, playerColumn, spawnInterval, spawnTimer, moveInterval, moveTimer, rampTimer,
      rampLevel,
    ]
    let lanes = Self.rows.flatMap { row -> [Int] in
      let lane = Board.row(row)
      guard let runner = enemies.union(golds).intersection(lane).places.first else {
        return [0, 0, 0, 0]
      }
      return [
        1, runner.column, rightward.intersects(lane) ? 1 : 0, golds.intersects(lane) ? 1 : 0,
      ]
    }
    return (numbers + lanes).map(Double.init)
  }

  mutating func read(_ numbers: inout StateReader) throws(CoreError) {
    playerRow = try numbers.integer(in: Self.rows)
    playerColumn = try numbers.integer(in: 0...9)
    spawnInterval = try numbers.integer(in: 1...Self.slowestSpawn)
    spawnTimer = try numbers.integer(in: 0...Self.slowestSpawn)
    moveInterval = try numbers.integer(in: 1...Self.slowestMove)
    moveTimer = try numbers.integer(in: 0...Self.slowestMove)
    rampTimer = try numbers.integer(in: -1...Self.rampInterval)
    rampLevel = try numbers.integer(in: 0...Int(Int32.max))
    (enemies, golds) = (Board(), Board())
    for row in Self.rows {
      let isThere = try numbers.boolean()
      let column = try numbers.integer(in: 0...9)
      let runsRight = try numbers.boolean()
      let isGold = try numbers.boolean()
      if isThere { put(isGold: isGold, row: row, column: column, runsRight: runsRight) }
    }
  }
}

extension EnvironmentKind {
  static let asterix = minAtar(
    "Asterix", Asterix.self, summary: "Catch gold and avoid enemies, on 10 by 10 cells.",
    details: """
      Reward 1 for each gold touched. Starts in the middle of an empty board; ends when an enemy \
      touches the player. With ramping, things come faster and more often with time.
      """)
}

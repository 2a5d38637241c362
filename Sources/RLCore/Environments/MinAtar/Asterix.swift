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

  /// What runs along a row.
  struct Runner: Sendable, Hashable {
    var column: Int
    var runsRight: Bool
    var isGold: Bool
  }

  let isRamping: Bool
  var playerRow = 5
  var playerColumn = 5
  /// One at most in each of the rows from 1.
  var runners: [Runner?] = Array(repeating: nil, count: 8)
  var spawnInterval = Self.slowestSpawn
  var spawnTimer = Self.slowestSpawn
  var moveInterval = Self.slowestMove
  var moveTimer = Self.slowestMove
  var rampTimer = Self.rampInterval
  var rampLevel = 0

  init(isRamping: Bool) { self.isRamping = isRamping }

  mutating func begin(drawing draws: inout some DrawSource) {
    (playerRow, playerColumn) = (5, 5)
    for lane in runners.indices { runners[lane] = nil }
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
    switch action {
    case .left: playerColumn = max(playerColumn - 1, 0)
    case .right: playerColumn = min(playerColumn + 1, 9)
    case .up: playerRow = max(playerRow - 1, Self.rows.lowerBound)
    case .down: playerRow = min(playerRow + 1, Self.rows.upperBound)
    case .none, .fire: break
    }

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
    let free = runners.count { $0 == nil }
    if free == 0 { return }
    var skipped = draws.integer(below: free)
    for lane in runners.indices where runners[lane] == nil {
      if skipped == 0 {
        runners[lane] = Runner(column: runsRight ? 0 : 9, runsRight: runsRight, isGold: isGold)
        return
      }
      skipped -= 1
    }
  }

  /// What is where the player is: gold is taken, an enemy ends the game.
  private mutating func touch(_ reward: inout Double, _ terminated: inout Bool) {
    let lane = playerRow - Self.rows.lowerBound
    guard let runner = runners[lane], runner.column == playerColumn else { return }
    if runner.isGold {
      runners[lane] = nil
      reward += 1
    } else {
      terminated = true
    }
  }

  private mutating func moveRunners() {
    for lane in runners.indices {
      guard var runner = runners[lane] else { continue }
      runner.column += runner.runsRight ? 1 : -1
      runners[lane] = (0...9).contains(runner.column) ? runner : nil
    }
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

  func paint(_ planes: inout [Board]) {
    planes[0][playerRow, playerColumn] = true
    for lane in runners.indices {
      guard let runner = runners[lane] else { continue }
      let row = lane + Self.rows.lowerBound
      planes[runner.isGold ? 3 : 1][row, runner.column] = true
      let behind = runner.column + (runner.runsRight ? -1 : 1)
      if (0...9).contains(behind) { planes[2][row, behind] = true }
    }
  }

  var state: [Double] {
    let numbers = [
      playerRow, playerColumn, spawnInterval, spawnTimer, moveInterval, moveTimer, rampTimer,
      rampLevel,
    ]
    let lanes = runners.flatMap { runner -> [Int] in
      guard let runner else { return [0, 0, 0, 0] }
      return [1, runner.column, runner.runsRight ? 1 : 0, runner.isGold ? 1 : 0]
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
    for lane in runners.indices {
      let isThere = try numbers.boolean()
      let runner = Runner(
        column: try numbers.integer(in: 0...9), runsRight: try numbers.boolean(),
        isGold: try numbers.boolean())
      runners[lane] = isThere ? runner : nil
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

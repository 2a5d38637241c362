/// A submarine fights enemies, rescues divers and comes up for air.
///
/// - Actions: left, up, right and down move, fire shoots where it faces, each fifth step at most.
/// - Reward: 1 for each enemy shot; surfacing with six divers gives up to 10, by the oxygen left.
/// - Start: at the surface, with full oxygen and no diver.
/// - End: an enemy or its bullet touches the submarine, the oxygen is used up, or it surfaces with
///   no diver aboard. Surfacing costs one diver, or all six; with ramping it makes enemies faster
///   and more frequent.
struct Seaquest: MinAtarGame {
  static let planes = [
    "submarine front", "submarine back", "friendly bullet", "trail", "enemy bullet", "enemy fish",
    "enemy submarine", "oxygen gauge", "diver gauge", "diver",
  ]
  static let symbols = Array("@&-:~fx%dd")
  static let minimalActions = MinAtarAction.allCases
  static let stateDescription = """
    oxygen, divers aboard, submarine row and column, whether it faces right, whether it is \
    surfaced, shot timer, enemy spawn interval and timer, diver spawn timer, enemy move interval, \
    ramp level; then for friendly bullets, enemy bullets, fish, submarines and divers each their \
    number and row, column, whether it goes right, move timer and shot timer of each
    """
  static let waters = 1...8
  static let gaugeRow = 9
  static let fullOxygen = 200
  static let berths = 6
  static let reloadingSteps = 5
  static let enemyReloadingSteps = 10
  static let slowestSpawn = 20
  static let diverInterval = 30
  static let diverMoveInterval = 5
  static let slowestMove = 5
  static let fastestMove = 2

  let isRamping: Bool
  var oxygen = Self.fullOxygen
  var diversAboard = 0
  var row = 0
  var column = 5
  /// 1 where it faces right, else -1.
  var heading = -1
  var isSurfaced = true
  var shotTimer = 0
  var enemyInterval = Self.slowestSpawn
  var enemyTimer = Self.slowestSpawn
  var diverTimer = Self.diverInterval
  var moveInterval = Self.slowestMove
  var rampLevel = 0
  var friendlyBullets = Bullets()
  var enemyBullets = Bullets()
  var fish = Swimmers()
  var submarines = Swimmers(areArmed: true)
  var divers = Swimmers()

  init(isRamping: Bool) { self.isRamping = isRamping }

  mutating func begin(drawing draws: inout some DrawSource) {
    (oxygen, diversAboard) = (Self.fullOxygen, 0)
    (row, column, heading, isSurfaced) = (0, 5, -1, true)
    (shotTimer, diverTimer) = (0, Self.diverInterval)
    (enemyInterval, enemyTimer) = (Self.slowestSpawn, Self.slowestSpawn)
    (moveInterval, rampLevel) = (Self.slowestMove, 0)
    (friendlyBullets, enemyBullets) = (Bullets(), Bullets())
    fish.removeAll()
    submarines.removeAll()
    divers.removeAll()
  }

  mutating func play(
    _ action: MinAtarAction, drawing draws: inout some DrawSource
  ) -> (reward: Double, terminated: Bool) {
    if enemyTimer == 0 {
      spawnEnemy(drawing: &draws)
      enemyTimer = enemyInterval
    }
    if diverTimer == 0 {
      spawnDiver(drawing: &draws)
      diverTimer = Self.diverInterval
    }
    steer(action)

    let boat = boat
    var reward = moveFriendlyBullets()
    if divers.cells.intersects(boat) || !divers.letWait() { moveDivers() }
    // Touched before or after they move.
    var isHit = dangers.intersects(boat)
    if !submarines.letWait() { moveSubmarines() }
    enemyBullets.fly()
    if !fish.letWait() { moveFish() }
    isHit = isHit || dangers.intersects(boat)

    enemyTimer = max(enemyTimer - 1, 0)
    diverTimer = max(diverTimer - 1, 0)
    shotTimer = max(shotTimer - 1, 0)
    let (bonus, isLost) = breathe()
    reward += bonus
    return (reward, isHit || isLost)
  }

  @inline(__always)
  private var boat: Board { Board(row: row, column: column) }

  private mutating func steer(_ action: MinAtarAction) {
    let fires = action == .fire && shotTimer == 0
    friendlyBullets.add(fires ? boat : Board(), goesRight: heading > 0)
    shotTimer = fires ? Self.reloadingSteps : shotTimer
    column = min(max(column + action.right, 0), 9)
    row = min(max(row + action.down, 0), Self.waters.upperBound)
    heading = action.right == 0 ? heading : action.right
  }

  // What is rare or long is kept apart, so that the usual step is short.

  /// No enemy enters a row in which another one comes from the other side.
  @inline(never)
  private mutating func spawnEnemy(drawing draws: inout some DrawSource) {
    let goesRight = draws.uniform() < 0.5
    let isSubmarine = draws.uniform() < 1.0 / 3
    let row = 1 + draws.integer(below: Self.waters.count)
    func blocks(_ other: Swimmer) -> Bool { other.row == row && other.goesRight != goesRight }
    if fish.all.contains(where: blocks) || submarines.all.contains(where: blocks) { return }
    let enemy = Swimmer(
      row: row, column: goesRight ? 0 : 9, goesRight: goesRight, moveTimer: moveInterval,
      shotTimer: isSubmarine ? Self.enemyReloadingSteps : 0)
    if isSubmarine { submarines.append(enemy) } else { fish.append(enemy) }
  }

  @inline(never)
  private mutating func spawnDiver(drawing draws: inout some DrawSource) {
    let goesRight = draws.uniform() < 0.5
    let row = 1 + draws.integer(below: Self.waters.count)
    divers.append(
      Swimmer(
        row: row, column: goesRight ? 0 : 9, goesRight: goesRight,
        moveTimer: Self.diverMoveInterval))
  }

  /// Gives the reward for what they hit. A bullet hits one enemy, fish before submarines.
  private mutating func moveFriendlyBullets() -> Double {
    friendlyBullets.fly()
    let hits = friendlyBullets.cells.intersection(fish.cells.union(submarines.cells))
    return hits.isEmpty ? 0 : strike(hits)
  }

  @inline(never)
  private mutating func strike(_ hits: Board) -> Double {
    friendlyBullets.remove(hits)
    for (row, column) in hits.places {
      let cell = Board(row: row, column: column)
      if !fish.removeFirst(in: cell) { _ = submarines.removeFirst(in: cell) }
    }
    return Double(hits.count)
  }

  /// A diver comes aboard where the submarine touches them, before or after they move.
  @inline(never)
  private mutating func moveDivers() {
    let boat = boat
    var aboard = diversAboard
    divers.step { diver in
      let isFree = aboard < Self.berths
      if isFree && diver.isAt(boat)
        || diver.swim(every: Self.diverMoveInterval) && isFree && diver.isAt(boat)
      {
        diver.leave()
        aboard += 1
      }
    }
    diversAboard = aboard
  }

  @inline(never)
  private mutating func moveSubmarines() {
    let interval = moveInterval
    var bullets = enemyBullets
    submarines.step { submarine in
      submarine.swim(every: interval)
      if submarine.isOnBoard && submarine.shoot(every: Self.enemyReloadingSteps) {
        bullets.add(submarine.cell, goesRight: submarine.goesRight)
      }
    }
    enemyBullets = bullets
  }

  @inline(never)
  private mutating func moveFish() {
    let interval = moveInterval
    fish.step { $0.swim(every: interval) }
  }

  /// Where an enemy or its bullet is.
  private var dangers: Board {
    submarines.cells.union(fish.cells).union(enemyBullets.cells)
  }

  /// Oxygen and surfacing: the reward, and whether the game is lost.
  private mutating func breathe() -> (reward: Double, isLost: Bool) {
    let isSuffocated = oxygen < 0
    let isAtSurface = row == 0
    if isAtSurface && !isSurfaced {
      return diversAboard == 0 ? (0, true) : (surface(), isSuffocated)
    }
    isSurfaced = isAtSurface
    oxygen -= isAtSurface ? 0 : 1
    return (0, isSuffocated)
  }

  /// Takes air, sets down divers, and ramps; gives the reward.
  private mutating func surface() -> Double {
    isSurfaced = true
    var reward = 0.0
    if diversAboard == Self.berths {
      reward = Double(gauge)
      diversAboard = 0
    } else {
      diversAboard -= 1
    }
    oxygen = Self.fullOxygen
    if isRamping && (enemyInterval > 1 || moveInterval > Self.fastestMove) {
      if moveInterval > Self.fastestMove && rampLevel % 2 == 1 { moveInterval -= 1 }
      if enemyInterval > 1 { enemyInterval -= 1 }
      rampLevel += 1
    }
    return reward
  }

  /// Oxygen in tenths of a full tank.
  private var gauge: Int { max(oxygen, 0) / (Self.fullOxygen / 10) }

  @inline(__always)
  func paint(on screen: Screen) {
    screen.show(one: boat, on: 0)
    screen.show(one: heading > 0 ? boat.movedLeft : boat.movedRight, on: 1)
    screen.show(friendlyBullets.cells, on: 2)
    screen.show(fish.trail.union(submarines.trail).union(divers.trail), on: 3)
    screen.show(enemyBullets.cells, on: 4)
    screen.show(fish.cells, on: 5)
    screen.show(submarines.cells, on: 6)
    screen.show(Board(row: Self.gaugeRow, columns: 0..<gauge), on: 7)
    screen.show(Board(row: Self.gaugeRow, columns: (9 - diversAboard)..<9), on: 8)
    screen.show(divers.cells, on: 9)
  }
}

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

  /// Whatever crosses the water along a row.
  struct Swimmer: Sendable, Hashable {
    var row: Int
    var column: Int
    var goesRight: Bool
    /// Steps until it moves, where it does not at each step.
    var moveTimer = 0
    /// Steps until an enemy submarine shoots.
    var shotTimer = 0

    /// Moves by a cell; gives whether it is still on the board.
    mutating func advance() -> Bool {
      column += goesRight ? 1 : -1
      return 0...9 ~= column
    }
  }

  let isRamping: Bool
  var oxygen = Self.fullOxygen
  var diversAboard = 0
  var row = 0
  var column = 5
  var facesRight = false
  var isSurfaced = true
  var shotTimer = 0
  var enemyInterval = Self.slowestSpawn
  var enemyTimer = Self.slowestSpawn
  var diverTimer = Self.diverInterval
  var moveInterval = Self.slowestMove
  var rampLevel = 0
  var friendlyBullets: [Swimmer] = []
  var enemyBullets: [Swimmer] = []
  var fish: [Swimmer] = []
  var submarines: [Swimmer] = []
  var divers: [Swimmer] = []

  init(isRamping: Bool) { self.isRamping = isRamping }

  mutating func begin(drawing draws: inout some DrawSource) {
    (oxygen, diversAboard) = (Self.fullOxygen, 0)
    (row, column, facesRight, isSurfaced) = (0, 5, false, true)
    (shotTimer, diverTimer) = (0, Self.diverInterval)
    (enemyInterval, enemyTimer) = (Self.slowestSpawn, Self.slowestSpawn)
    (moveInterval, rampLevel) = (Self.slowestMove, 0)
    friendlyBullets.removeAll(keepingCapacity: true)
    enemyBullets.removeAll(keepingCapacity: true)
    fish.removeAll(keepingCapacity: true)
    submarines.removeAll(keepingCapacity: true)
    divers.removeAll(keepingCapacity: true)
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

    var reward = moveFriendlyBullets()
    moveDivers()
    var isHit = moveSubmarines()
    isHit = moveEnemyBullets() || isHit
    isHit = moveFish() || isHit

    if enemyTimer > 0 { enemyTimer -= 1 }
    if diverTimer > 0 { diverTimer -= 1 }
    if shotTimer > 0 { shotTimer -= 1 }
    let (bonus, isLost) = breathe()
    reward += bonus
    return (reward, isHit || isLost)
  }

  private mutating func steer(_ action: MinAtarAction) {
    switch action {
    case .fire where shotTimer == 0:
      friendlyBullets.append(Swimmer(row: row, column: column, goesRight: facesRight))
      shotTimer = Self.reloadingSteps
    case .left: (column, facesRight) = (max(column - 1, 0), false)
    case .right: (column, facesRight) = (min(column + 1, 9), true)
    case .up: row = max(row - 1, 0)
    case .down: row = min(row + 1, Self.waters.upperBound)
    case .fire, .none: break
    }
  }

  /// No enemy enters a row in which another one comes from the other side.
  private mutating func spawnEnemy(drawing draws: inout some DrawSource) {
    let goesRight = draws.uniform() < 0.5
    let isSubmarine = draws.uniform() < 1.0 / 3
    let row = 1 + draws.integer(below: Self.waters.count)
    func blocks(_ other: Swimmer) -> Bool { other.row == row && other.goesRight != goesRight }
    if fish.contains(where: blocks) || submarines.contains(where: blocks) { return }
    let enemy = Swimmer(
      row: row, column: goesRight ? 0 : 9, goesRight: goesRight, moveTimer: moveInterval,
      shotTimer: isSubmarine ? Self.enemyReloadingSteps : 0)
    if isSubmarine { submarines.append(enemy) } else { fish.append(enemy) }
  }

  private mutating func spawnDiver(drawing draws: inout some DrawSource) {
    let goesRight = draws.uniform() < 0.5
    let row = 1 + draws.integer(below: Self.waters.count)
    divers.append(
      Swimmer(
        row: row, column: goesRight ? 0 : 9, goesRight: goesRight,
        moveTimer: Self.diverMoveInterval))
  }

  private func isHere(_ swimmer: Swimmer) -> Bool {
    swimmer.row == row && swimmer.column == column
  }

  /// Gives the reward for what they hit.
  private mutating func moveFriendlyBullets() -> Double {
    var reward = 0.0
    for index in friendlyBullets.indices.reversed() {
      guard friendlyBullets[index].advance() else {
        friendlyBullets.remove(at: index)
        continue
      }
      let bullet = friendlyBullets[index]
      func isHit(_ enemy: Swimmer) -> Bool {
        enemy.row == bullet.row && enemy.column == bullet.column
      }
      if let hit = fish.firstIndex(where: isHit) {
        fish.remove(at: hit)
      } else if let hit = submarines.firstIndex(where: isHit) {
        submarines.remove(at: hit)
      } else {
        continue
      }
      friendlyBullets.remove(at: index)
      reward += 1
    }
    return reward
  }

  /// A diver comes aboard where the submarine touches them, before or after they move.
  private mutating func moveDivers() {
    for index in divers.indices.reversed() {
      if takeAboard(index) { continue }
      if divers[index].moveTimer > 0 {
        divers[index].moveTimer -= 1
        continue
      }
      divers[index].moveTimer = Self.diverMoveInterval
      if divers[index].advance() { _ = takeAboard(index) } else { divers.remove(at: index) }
    }
  }

  private mutating func takeAboard(_ index: Int) -> Bool {
    guard isHere(divers[index]), diversAboard < Self.berths else { return false }
    divers.remove(at: index)
    diversAboard += 1
    return true
  }

  /// The three that follow give whether the submarine is touched.
  private mutating func moveSubmarines() -> Bool {
    var isHit = false
    for index in submarines.indices.reversed() {
      if isHere(submarines[index]) { isHit = true }
      if submarines[index].moveTimer == 0 {
        submarines[index].moveTimer = moveInterval
        if !submarines[index].advance() {
          submarines.remove(at: index)
          continue
        }
        if isHere(submarines[index]) { isHit = true }
      } else {
        submarines[index].moveTimer -= 1
      }
      if submarines[index].shotTimer == 0 {
        submarines[index].shotTimer = Self.enemyReloadingSteps
        let enemy = submarines[index]
        enemyBullets.append(
          Swimmer(row: enemy.row, column: enemy.column, goesRight: enemy.goesRight))
      } else {
        submarines[index].shotTimer -= 1
      }
    }
    return isHit
  }

  private mutating func moveEnemyBullets() -> Bool {
    var isHit = false
    for index in enemyBullets.indices.reversed() {
      if isHere(enemyBullets[index]) { isHit = true }
      if !enemyBullets[index].advance() {
        enemyBullets.remove(at: index)
      } else if isHere(enemyBullets[index]) {
        isHit = true
      }
    }
    return isHit
  }

  private mutating func moveFish() -> Bool {
    var isHit = false
    for index in fish.indices.reversed() {
      if isHere(fish[index]) { isHit = true }
      if fish[index].moveTimer > 0 {
        fish[index].moveTimer -= 1
        continue
      }
      fish[index].moveTimer = moveInterval
      if !fish[index].advance() {
        fish.remove(at: index)
      } else if isHere(fish[index]) {
        isHit = true
      }
    }
    return isHit
  }

  /// Oxygen and surfacing: the reward, and whether the game is lost.
  private mutating func breathe() -> (reward: Double, isLost: Bool) {
    let isSuffocated = oxygen < 0
    if row > 0 {
      oxygen -= 1
      isSurfaced = false
      return (0, isSuffocated)
    }
    if isSurfaced { return (0, isSuffocated) }
    if diversAboard == 0 { return (0, true) }
    return (surface(), isSuffocated)
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
  private var gauge: Int { max(oxygen, 0) * 10 / Self.fullOxygen }

  func paint(_ planes: inout [Board]) {
    planes[0][row, column] = true
    let back = column + (facesRight ? -1 : 1)
    if 0...9 ~= back { planes[1][row, back] = true }
    for column in 0..<gauge { planes[7][Self.gaugeRow, column] = true }
    for column in (9 - diversAboard)..<9 { planes[8][Self.gaugeRow, column] = true }
    paint(friendlyBullets, 2, trail: false, &planes)
    paint(enemyBullets, 4, trail: false, &planes)
    paint(fish, 5, trail: true, &planes)
    paint(submarines, 6, trail: true, &planes)
    paint(divers, 9, trail: true, &planes)
  }

  private func paint(
    _ swimmers: [Swimmer], _ plane: Int, trail: Bool, _ planes: inout [Board]
  ) {
    for swimmer in swimmers {
      planes[plane][swimmer.row, swimmer.column] = true
      let behind = swimmer.column + (swimmer.goesRight ? -1 : 1)
      if trail && 0...9 ~= behind { planes[3][swimmer.row, behind] = true }
    }
  }
}

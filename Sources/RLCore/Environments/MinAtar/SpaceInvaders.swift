/// A cannon shoots at a block of aliens that marches down and shoots back.
///
/// - Actions with an effect: left and right move the cannon, fire shoots, each fifth step at most.
/// - Reward: 1 for each alien. When all are gone new ones come; with ramping, faster ones.
/// - Start: four rows of six aliens, marching left.
/// - End: an alien or its bullet hits the cannon, or the aliens reach the ground.
struct SpaceInvaders: MinAtarGame {
  static let planes = [
    "cannon", "alien", "alien left", "alien right", "friendly bullet", "enemy bullet",
  ]
  static let symbols = Array("AWWW|!")
  static let minimalActions: [MinAtarAction] = [.none, .left, .right, .fire]
  static let stateDescription = """
    cannon column, shot timer, alien direction (-1 or 1), move interval, move timer, alien shot \
    timer, ramp level, then 100 cells each of friendly bullets, enemy bullets and aliens
    """
  static let ground = 9
  static let reloadingSteps = 5
  static let slowestMove = 12
  /// Ramping stops at this interval.
  static let fastestMove = 6
  static let alienReloadingSteps = 10
  static let block = Board(rows: 0..<4, columns: 2..<8)

  let isRamping: Bool
  var cannon = 5
  var shotTimer = 0
  var direction = -1
  var moveInterval = Self.slowestMove
  var moveTimer = Self.slowestMove
  var alienShotTimer = Self.alienReloadingSteps
  var rampLevel = 0
  var friendlyBullets = Board()
  var enemyBullets = Board()
  var aliens = Self.block

  init(isRamping: Bool) { self.isRamping = isRamping }

  mutating func begin(drawing draws: inout some DrawSource) {
    self = SpaceInvaders(isRamping: isRamping)
  }

  mutating func play(
    _ action: MinAtarAction, drawing draws: inout some DrawSource
  ) -> (reward: Double, terminated: Bool) {
    if action == .fire && shotTimer == 0 {
      friendlyBullets[Self.ground, cannon] = true
      shotTimer = Self.reloadingSteps
    }
    cannon = min(max(cannon + action.right, 0), 9)

    friendlyBullets = friendlyBullets.movedUp
    enemyBullets = enemyBullets.movedDown
    var terminated = enemyBullets[Self.ground, cannon] || aliens[Self.ground, cannon]
    if moveTimer == 0 {
      moveTimer = min(aliens.count, moveInterval)
      terminated = march() || terminated
    }
    if alienShotTimer == 0 {
      alienShotTimer = Self.alienReloadingSteps
      if let (row, column) = shooter { enemyBullets[row, column] = true }
    }

    let hit = aliens.intersection(friendlyBullets)
    aliens = aliens.subtracting(hit)
    friendlyBullets = friendlyBullets.subtracting(hit)

    if shotTimer > 0 { shotTimer -= 1 }
    moveTimer -= 1
    alienShotTimer -= 1
    if aliens.isEmpty { sendNewAliens() }
    return (Double(hit.count), terminated)
  }

  /// Sideways, or at an edge down and about; gives whether that ends the game.
  private mutating func march() -> Bool {
    var hasLanded = false
    if aliens.intersects(direction < 0 ? Board.leftEdge : Board.rightEdge) {
      direction = -direction
      hasLanded = aliens.intersects(.row(Self.ground))
      aliens = aliens.movedDown
    } else {
      aliens = direction < 0 ? aliens.movedLeft : aliens.movedRight
    }
    return hasLanded || aliens[Self.ground, cannon]
  }

  /// The lowest alien of the column nearest to the cannon, the left one of two as near.
  private var shooter: (row: Int, column: Int)? {
    for distance in 0..<Board.side {
      for column in [cannon - distance, cannon + distance] where (0...9).contains(column) {
        for row in stride(from: Self.ground, through: 0, by: -1) where aliens[row, column] {
          return (row, column)
        }
      }
    }
    return nil
  }

  private mutating func sendNewAliens() {
    if isRamping && moveInterval > Self.fastestMove {
      moveInterval -= 1
      rampLevel += 1
    }
    aliens = Self.block
  }

  @inline(__always)
  func paint(on screen: Screen) {
    screen.show(one: Board(row: Self.ground, column: cannon), on: 0)
    screen.show(aliens, on: 1)
    screen.show(direction < 0 ? aliens : Board(), on: 2)
    screen.show(direction < 0 ? Board() : aliens, on: 3)
    screen.show(friendlyBullets, on: 4)
    screen.show(enemyBullets, on: 5)
  }

  var state: [Double] {
    [cannon, shotTimer, direction, moveInterval, moveTimer, alienShotTimer, rampLevel]
      .map(Double.init) + friendlyBullets.numbers + enemyBullets.numbers + aliens.numbers
  }

  mutating func read(_ numbers: inout StateReader) throws(CoreError) {
    cannon = try numbers.integer(in: 0...9)
    shotTimer = try numbers.integer(in: 0...Self.reloadingSteps)
    direction = try numbers.sign()
    moveInterval = try numbers.integer(in: Self.fastestMove...Self.slowestMove)
    moveTimer = try numbers.integer(in: 0...Self.slowestMove)
    alienShotTimer = try numbers.integer(in: 0...Self.alienReloadingSteps)
    rampLevel = try numbers.integer(in: 0...Self.slowestMove)
    friendlyBullets = try Board(from: &numbers)
    enemyBullets = try Board(from: &numbers)
    aliens = try Board(from: &numbers)
  }
}

extension EnvironmentKind {
  static let spaceInvaders = minAtar(
    "SpaceInvaders", SpaceInvaders.self,
    summary: "Shoot marching aliens before they land, on 10 by 10 cells.",
    details: """
      Reward 1 an alien; new ones come when all are gone, with ramping faster ones. Starts with \
      four rows of six; ends when an alien or its bullet hits the cannon, or when they land.
      """)
}

import Schema
import Testing

@testable import RLCore

/// Rules that the recorded games do not come to.
@Suite struct MinAtarRulesTests {
  private var noDraws = ScriptedDraws([])

  private mutating func surfacing(with divers: Int, oxygen: Int) -> (
    game: Seaquest, reward: Double, terminated: Bool
  ) {
    var game = Seaquest(isRamping: true)
    (game.row, game.isSurfaced) = (1, false)
    (game.diversAboard, game.oxygen) = (divers, oxygen)
    let (reward, terminated) = game.play(.up, drawing: &noDraws)
    return (game, reward, terminated)
  }

  @Test mutating func `surfacing with no diver ends the game`() {
    #expect(surfacing(with: 0, oxygen: 100).terminated)
  }

  @Test mutating func `surfacing costs a diver, fills the tank and makes enemies more frequent`() {
    let (game, reward, terminated) = surfacing(with: 3, oxygen: 100)
    #expect(!terminated)
    #expect(reward == 0)
    #expect(game.diversAboard == 2)
    #expect(game.oxygen == 200)
    #expect(game.enemyInterval == 19)
    #expect(game.moveInterval == 5)
    #expect(game.rampLevel == 1)
  }

  @Test mutating func `six divers are worth the oxygen left`() {
    let (game, reward, terminated) = surfacing(with: 6, oxygen: 119)
    #expect(!terminated)
    #expect(reward == 5)
    #expect(game.diversAboard == 0)
  }

  @Test mutating func `without ramping surfacing changes no speed`() {
    var game = Seaquest(isRamping: false)
    (game.row, game.isSurfaced, game.diversAboard) = (1, false, 2)
    _ = game.play(.up, drawing: &noDraws)
    #expect(game.enemyInterval == 20)
  }

  @Test mutating func `a dive without air ends the game when the tank is empty`() {
    var game = Seaquest(isRamping: true)
    (game.row, game.oxygen, game.enemyTimer, game.diverTimer) = (4, 3, 20, 30)
    var steps = 0
    while !game.play(.none, drawing: &noDraws).terminated { steps += 1 }
    #expect(steps == 4)
  }

  @Test mutating func `a diver touched comes aboard, a seventh does not`() {
    var game = Seaquest(isRamping: true)
    (game.row, game.column, game.diversAboard) = (3, 5, 5)
    for _ in 0..<2 {
      game.divers.append(Swimmer(row: 3, column: 5, goesRight: true, moveTimer: 3))
    }
    _ = game.play(.none, drawing: &noDraws)
    #expect(game.diversAboard == 6)
    #expect(game.divers.all.count == 1)
  }

  @Test mutating func `new aliens come faster when the last is shot, down to a limit`() {
    for (interval, next) in [(12, 11), (7, 6), (6, 6)] {
      var game = SpaceInvaders(isRamping: true)
      game.moveInterval = interval
      game.aliens = Board(rows: 3..<4, columns: 5..<6)
      game.friendlyBullets = Board(rows: 4..<5, columns: 5..<6)
      let (reward, terminated) = game.play(.none, drawing: &noDraws)
      #expect(reward == 1)
      #expect(!terminated)
      #expect(game.aliens == SpaceInvaders.block)
      #expect(game.moveInterval == next)
    }
  }

  @Test mutating func `aliens at the ground end the game when they would go lower`() {
    var game = SpaceInvaders(isRamping: true)
    game.aliens = Board(rows: 9..<10, columns: 0..<1)
    game.moveTimer = 0
    #expect(game.play(.none, drawing: &noDraws).terminated)
  }

  @Test mutating func `a road is crossed for 2,500 steps`() throws {
    var environment = try EnvironmentInstance(
      named: "MinAtar/Freeway-v1", settings: ["sticky_action_prob": 0], seed: 1)
    try environment.reset()
    var steps = 0
    var reward = 0.0
    while !environment.needsReset {
      reward += try environment.advance(.discrete(2)).reward
      steps += 1
    }
    #expect(steps == 2501)
    #expect(reward > 10)
  }

  @Test mutating func `the wall is built anew when the last brick is gone`() {
    var game = Breakout(isRamping: true)
    game.bricks = Board()
    (game.ballRow, game.ballColumn, game.down, game.right, game.paddle) = (8, 4, 1, 1, 4)
    let (_, terminated) = game.play(.none, drawing: &noDraws)
    #expect(!terminated)
    #expect(game.bricks == Breakout.wall)
    #expect(game.down == -1)
  }

  @Test mutating func `asterix becomes faster only with ramping`() {
    for isRamping in [true, false] {
      var game = Asterix(isRamping: isRamping)
      var random = RandomSource(seed: 1)
      game.begin(drawing: &random)
      for _ in 0..<1200 { _ = game.play(.none, drawing: &random) }
      #expect((game.spawnInterval < 10) == isRamping)
      #expect((game.moveInterval < 5) == isRamping)
    }
  }

  @Test func `a game put back at each step goes on as one that is not`() throws {
    try expectSameWhenPutBack(Breakout.self)
    try expectSameWhenPutBack(Asterix.self)
    try expectSameWhenPutBack(Seaquest.self)
    try expectSameWhenPutBack(Freeway.self)
    try expectSameWhenPutBack(SpaceInvaders.self)
  }

  private func expectSameWhenPutBack<Game: MinAtarGame>(_ kind: Game.Type) throws {
    var game = Game(isRamping: true)
    var random = RandomSource(seed: 1)
    var choices = RandomSource(seed: 2)
    game.begin(drawing: &random)
    for step in 0..<600 {
      let action = MinAtarAction.allCases[choices.integer(below: 6)]
      var other = Game(isRamping: true)
      var reader = StateReader(game.state, expected: "")
      try other.read(&reader)
      var otherRandom = random
      let (reward, terminated) = game.play(action, drawing: &random)
      let (otherReward, otherTerminated) = other.play(action, drawing: &otherRandom)
      try #require(reward == otherReward && terminated == otherTerminated, "\(kind) step \(step)")
      try #require(game.state == other.state, "\(kind) step \(step)")
      if terminated { game.begin(drawing: &random) }
    }
  }
}

/// A ball bounces between walls, a wall of bricks and a paddle.
///
/// - Actions with an effect: left and right move the paddle.
/// - Reward: 1 for each brick. Three new rows come when the last brick is gone and the ball is at
///   the paddle.
/// - Start: the ball at the left or right edge under the bricks, flying down.
/// - End: the ball passes the paddle.
struct Breakout: MinAtarGame {
  static let planes = ["paddle", "ball", "trail", "brick"]
  static let symbols = Array("=o:#")
  static let minimalActions: [MinAtarAction] = [.none, .left, .right]
  static let stateDescription = """
    ball row and column, its direction down and right (-1 or 1 each), paddle, whether a brick was \
    struck last, previous ball row and column, then 30 bricks
    """
  static let wall = Board(rows: 1..<4, columns: 0..<Board.side)
  static let paddleRow = 9

  var ballRow = 3
  var ballColumn = 0
  var down = 1
  var right = 1
  var paddle = 4
  /// The last move ended at a brick: while the ball passes others nothing breaks.
  var isStriking = false
  var lastRow = 3
  var lastColumn = 0
  var bricks = Self.wall

  /// Breakout knows no ramping.
  init(isRamping: Bool) {}

  mutating func begin(drawing draws: inout some DrawSource) {
    let startsLeft = draws.integer(below: 2) == 0
    (ballRow, ballColumn) = (3, startsLeft ? 0 : 9)
    (down, right) = (1, startsLeft ? 1 : -1)
    (lastRow, lastColumn) = (ballRow, ballColumn)
    paddle = 4
    isStriking = false
    bricks = Self.wall
  }

  mutating func play(
    _ action: MinAtarAction, drawing draws: inout some DrawSource
  ) -> (reward: Double, terminated: Bool) {
    paddle = min(max(paddle + action.right, 0), 9)

    (lastRow, lastColumn) = (ballRow, ballColumn)
    var row = ballRow + down
    var column = ballColumn + right
    if !(0...9).contains(column) {
      column = min(max(column, 0), 9)
      right = -right
    }

    var reward = 0.0
    var terminated = false
    var meetsBrick = false
    if row < 0 {
      row = 0
      down = -down
    } else if bricks[row, column] {
      meetsBrick = true
      if !isStriking {
        reward = 1
        bricks[row, column] = false
        row = lastRow
        down = -down
      }
    } else if row == Self.paddleRow {
      if bricks.isEmpty { bricks = Self.wall }
      if ballColumn == paddle {
        row = lastRow
        down = -down
      } else if column == paddle {
        // Met at its corner, the paddle sends the ball back where it came from.
        row = lastRow
        down = -down
        right = -right
      } else {
        terminated = true
      }
    }
    isStriking = meetsBrick
    (ballRow, ballColumn) = (row, column)
    return (reward, terminated)
  }

  @inline(__always)
  func paint(on screen: Screen) {
    screen.show(one: Board(row: Self.paddleRow, column: paddle), on: 0)
    screen.show(one: Board(row: ballRow, column: ballColumn), on: 1)
    screen.show(one: Board(row: lastRow, column: lastColumn), on: 2)
    screen.show(bricks, on: 3)
  }

  var state: [Double] {
    [ballRow, ballColumn, down, right, paddle, isStriking ? 1 : 0, lastRow, lastColumn]
      .map(Double.init) + bricks.numbers[10..<40]
  }

  mutating func read(_ numbers: inout StateReader) throws(CoreError) {
    ballRow = try numbers.integer(in: 0...9)
    ballColumn = try numbers.integer(in: 0...9)
    down = try numbers.sign()
    right = try numbers.sign()
    paddle = try numbers.integer(in: 0...9)
    isStriking = try numbers.boolean()
    lastRow = try numbers.integer(in: 0...9)
    lastColumn = try numbers.integer(in: 0...9)
    bricks = Board()
    for row in 1..<4 {
      for column in 0..<10 { bricks[row, column] = try numbers.boolean() }
    }
  }
}

extension EnvironmentKind {
  static let breakout = minAtar(
    "Breakout", Breakout.self, summary: "Break bricks with a ball and a paddle, on 10 by 10 cells.",
    details: """
      Reward 1 a brick; new bricks come when all are gone. Starts with the ball at one edge, \
      flying down; ends when it passes the paddle.
      """)
}

import Schema

/// A snake that grows by each apple it eats and must not bite itself.
///
/// - Observation: with `observation=features` eleven zeros and ones: whether the cell ahead, to the
///   left and to the right is deadly, the direction of four, whether the apple lies above, right,
///   below, left; with `observation=planes` the head, the body and the apple on the board.
/// - Actions: 0 up, 1 right, 2 down, 3 left; turning back on itself is not possible and goes on.
/// - Reward: 1 for an apple, -`death_penalty` at the end, `step_reward` for every step.
/// - Start: three cells long in the middle, in any direction; the apple anywhere else.
/// - End: the snake hits the edge or itself, or fills the board.
/// - Source: the arcade game Blockade (Gremlin, 1976).
struct Snake: BatchEnvironment {
  static let startLength = 3

  let grid: Grid
  let showsPlanes: Bool
  let deathPenalty: Double
  let stepReward: Double

  /// The cells of the snake in a ring, from the tail on.
  private var ring: [Int]
  private var tail = 0
  private var length = 0
  /// Which cells the snake covers.
  private var isCovered: [Bool]
  private var direction = Direction.up
  /// Nil only when the board is full.
  private var apple: Int?

  init(_ settings: Settings) {
    let size = settings.integer("size")
    grid = Grid(rows: size, columns: size)
    showsPlanes = settings.string("observation") == "planes"
    deathPenalty = settings.real("death_penalty")
    stepReward = settings.real("step_reward")
    ring = Array(repeating: 0, count: grid.count)
    isCovered = Array(repeating: false, count: grid.count)
  }

  var observationSpace: Space {
    showsPlanes
      ? .box(0, 1, shape: [grid.rows, grid.columns, planeNames.count])
      : .box(0, 1, shape: [observationNames.count])
  }
  var actionSpace: Space { .discrete(4) }
  var actionNames: [String] { Direction.allCases.map(\.name) }
  var observationNames: [String] {
    if showsPlanes { return [] }
    return ["ahead", "left", "right"].map { "danger \($0)" }
      + Direction.allCases.map { "going \($0.name)" }
      + Direction.allCases.map { "apple \($0.name)" }
  }
  var info: Settings { ["length": .integer(length)] }
  var planeNames: [String] { showsPlanes ? ["head", "body", "apple"] : [] }

  /// The head `@`, the body `o` and the apple `*`.
  var picture: [String] {
    var board = Array(repeating: Character("."), count: grid.count)
    for place in 0..<length { board[cell(place)] = place == length - 1 ? "@" : "o" }
    if let apple { board[apple] = "*" }
    return (0..<grid.rows).map { String(board[$0 * grid.columns..<($0 + 1) * grid.columns]) }
  }

  private var head: Int { cell(length - 1) }

  /// The cell at a place of the snake, counted from the tail.
  private func cell(_ place: Int) -> Int {
    let index = tail + place
    return ring[index < ring.count ? index : index - ring.count]
  }

  private mutating func grow(to cell: Int) {
    let index = tail + length
    ring[index < ring.count ? index : index - ring.count] = cell
    length += 1
    isCovered[cell] = true
  }

  private mutating func dropTail() {
    isCovered[ring[tail]] = false
    tail = tail + 1 < ring.count ? tail + 1 : 0
    length -= 1
  }

  private mutating func clear() {
    for place in 0..<length { isCovered[cell(place)] = false }
    (tail, length) = (0, 0)
  }

  /// The apple, or -1; the direction; then the snake's cells from the head on.
  var state: [Double] {
    [Double(apple ?? -1), Double(direction.rawValue)]
      + (0..<length).reversed().map { Double(cell($0)) }
  }

  mutating func restore(state: [Double]) throws {
    var reader = StateReader(
      state,
      expected: """
        the apple's cell or -1, the direction (0 up, 1 right, 2 down, 3 left), then the snake's \
        cells from the head on, each beside the one before it
        """)
    let apple = try reader.integer(in: -1...grid.count - 1)
    let direction = Direction(rawValue: try reader.integer(in: 0...3))!
    var cells: [Int] = []
    while reader.count > 0 { cells.append(try reader.integer(in: 0...grid.count - 1)) }
    let isJoined = zip(cells, cells.dropFirst()).allSatisfy { cell, next in
      Direction.allCases.contains { grid.neighbor(of: cell, $0) == next }
    }
    guard !cells.isEmpty, isJoined, Set(cells).count == cells.count, !cells.contains(apple),
      (apple < 0) == (cells.count == grid.count)
    else { throw reader.invalid }
    clear()
    for cell in cells.reversed() { grow(to: cell) }
    self.direction = direction
    self.apple = apple < 0 ? nil : apple
  }

  mutating func reset(using random: inout RandomSource) {
    clear()
    direction = Direction.allCases[random.integer(below: 4)]
    let middle = grid.rows / 2 * grid.columns + grid.columns / 2
    let behind = grid.neighbor(of: middle, direction.opposite)!
    // The tail is beside the neck where the board is too narrow for a straight snake.
    let last =
      grid.neighbor(of: behind, direction.opposite)
      ?? grid.neighbor(of: behind, direction.turnedLeft)!
    for cell in [last, behind, middle] { grow(to: cell) }
    placeApple(using: &random)
  }

  private mutating func placeApple(using random: inout RandomSource) {
    apple = nil
    let free = grid.count - length
    if free == 0 { return }
    var skipped = random.integer(below: free)
    for cell in 0..<grid.count where !isCovered[cell] {
      if skipped == 0 {
        apple = cell
        return
      }
      skipped -= 1
    }
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let wanted = Direction(rawValue: action.choice ?? 0)!
    if wanted != direction.opposite { direction = wanted }
    guard let next = grid.neighbor(of: head, direction), !isDeadly(next) else {
      return (stepReward - deathPenalty, true)
    }
    if next == apple {
      grow(to: next)
      placeApple(using: &random)
      return (stepReward + 1, apple == nil)
    }
    dropTail()
    grow(to: next)
    return (stepReward, false)
  }

  /// Where the tail is, is free a step later, unless an apple is eaten.
  private func isDeadly(_ next: Int) -> Bool { isCovered[next] && next != ring[tail] }

  func observe(into observation: inout [Float]) {
    observation.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    if showsPlanes { paintPlanes(&observation) } else { paintFeatures(&observation) }
  }

  private func paintPlanes(_ observation: inout [Float]) {
    observation[3 * head] = 1
    for place in 0..<length - 1 { observation[3 * cell(place) + 1] = 1 }
    if let apple { observation[3 * apple + 2] = 1 }
  }

  private func paintFeatures(_ observation: inout [Float]) {
    let ways = (direction, direction.turnedLeft, direction.turnedRight)
    observation[0] = danger(ways.0)
    observation[1] = danger(ways.1)
    observation[2] = danger(ways.2)
    observation[3 + direction.rawValue] = 1
    guard let apple else { return }
    let (row, column) = head.quotientAndRemainder(dividingBy: grid.columns)
    let (appleRow, appleColumn) = apple.quotientAndRemainder(dividingBy: grid.columns)
    if appleRow < row { observation[7] = 1 }
    if appleColumn > column { observation[8] = 1 }
    if appleRow > row { observation[9] = 1 }
    if appleColumn < column { observation[10] = 1 }
  }

  private func danger(_ direction: Direction) -> Float {
    grid.neighbor(of: head, direction).map(isDeadly) ?? true ? 1 : 0
  }
}

extension EnvironmentKind {
  static let snake = EnvironmentKind(
    Declaration(
      name: "Snake",
      summary: "Eat apples without biting yourself, 1000 steps at most.",
      parameters: [
        Parameter(
          "size", .integer(3...64), default: .setting(10), "Rows and columns of the board."),
        Parameter(
          "observation",
          .words([
            Word("features", "Dangers, direction and where the apple lies: 11 numbers."),
            Word("planes", "Head, body and apple on the board."),
          ]), default: .setting("features"), "What is seen."),
        Parameter(
          "death_penalty", .real(from: 0), default: .setting(0.0), "Taken off at a bad end."),
        Parameter("step_reward", .real, default: .setting(0.0), "Reward of every step."),
      ],
      examples: [Example("env Snake"), Example("env Snake size=6 observation=planes")],
      details: """
        Actions: 0 up, 1 right, 2 down, 3 left; turning back on itself goes on. Reward 1 an \
        apple. Starts three cells long in the middle; ends at the edge, at its own body, or with \
        a full board. `info` has its `length`.
        """,
      source: "The arcade game Blockade, 1976"),
    timeLimit: 1000
  ) { Snake($0) }
}

/// What crosses Seaquest's water along a row, at a pace.
struct Swimmer: Sendable, Hashable {
  private(set) var row: Int8
  private(set) var column: Int8
  private(set) var goesRight: Bool
  /// Steps until it moves.
  var moveTimer: Int8
  /// Steps until an enemy submarine shoots.
  var shotTimer: Int8

  init(row: Int, column: Int, goesRight: Bool, moveTimer: Int, shotTimer: Int = 0) {
    (self.row, self.column) = (Int8(row), Int8(column))
    self.goesRight = goesRight
    (self.moveTimer, self.shotTimer) = (Int8(moveTimer), Int8(shotTimer))
  }

  var cell: Board { Board(row: Int(row), column: Int(column)) }
  /// The cell that it comes from; none at an edge.
  var trail: Board { goesRight ? cell.movedLeft : cell.movedRight }

  /// Waits, or moves by a cell and waits `interval` steps again.
  ///
  /// - Returns: whether it moved.
  mutating func swim(every interval: Int) -> Bool {
    if moveTimer > 0 {
      moveTimer -= 1
      return false
    }
    moveTimer = Int8(interval)
    column += goesRight ? 1 : -1
    return true
  }

  var isOnBoard: Bool { 0...9 ~= column }
  mutating func leave() { column = -1 }
}

/// Swimmers in the order in which they came, and where they are.
struct Swimmers: Sendable {
  /// Where they are, and where they come from.
  private(set) var cells = Board()
  private(set) var trail = Board()
  private(set) var all: [Swimmer] = []

  mutating func append(_ swimmer: Swimmer) {
    all.append(swimmer)
    look()
  }

  mutating func removeAll() {
    all.removeAll(keepingCapacity: true)
    look()
  }

  /// Removes the one of those in a cell that came first, if there is one.
  mutating func removeFirst(in cell: Board) -> Bool {
    guard let index = all.firstIndex(where: { $0.cell == cell }) else { return false }
    all.remove(at: index)
    look()
    return true
  }

  /// All wait, or move; those that go aboard before or after it are gone, as who leaves the board.
  @inline(__always)
  mutating func swim(every interval: Int, goesAboard: (Swimmer) -> Bool = { _ in false }) {
    if all.isEmpty { return }
    var isChanged = false
    var swimmers = all.mutableSpan
    for index in swimmers.indices.reversed() {
      let isAboard = goesAboard(swimmers[index])
      guard isAboard || swimmers[index].swim(every: interval) else { continue }
      isChanged = true
      if isAboard || swimmers[index].isOnBoard && goesAboard(swimmers[index]) {
        swimmers[index].leave()
      }
    }
    if isChanged {
      all.removeAll { !$0.isOnBoard }
      look()
    }
  }

  /// Those whose time it is shoot, the others wait.
  mutating func shoot(every interval: Int, _ bullets: inout Bullets) {
    if all.isEmpty { return }
    var swimmers = all.mutableSpan
    for index in swimmers.indices {
      if swimmers[index].shotTimer > 0 {
        swimmers[index].shotTimer -= 1
      } else {
        swimmers[index].shotTimer = Int8(interval)
        bullets.add(swimmers[index].cell, goesRight: swimmers[index].goesRight)
      }
    }
  }

  private mutating func look() {
    (cells, trail) = (Board(), Board())
    for swimmer in all {
      cells.insert(swimmer.cell)
      trail.insert(swimmer.trail)
    }
  }
}

/// Bullets move by a cell at each step. Two in a cell that fly the same way are as one.
struct Bullets: Sendable, Hashable {
  private(set) var right = Board()
  private(set) var left = Board()

  var cells: Board { right.union(left) }

  mutating func add(_ cell: Board, goesRight: Bool) {
    if goesRight { right.insert(cell) } else { left.insert(cell) }
  }

  mutating func remove(_ cell: Board) {
    (right, left) = (right.subtracting(cell), left.subtracting(cell))
  }

  mutating func fly() { (right, left) = (right.movedRight, left.movedLeft) }
}

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

  /// Waits, or moves by a cell and waits `interval` steps again; gives whether it moved.
  @discardableResult
  mutating func swim(every interval: Int) -> Bool {
    if moveTimer > 0 {
      moveTimer -= 1
      return false
    }
    moveTimer = Int8(interval)
    column += goesRight ? 1 : -1
    return true
  }

  /// Waits, or shoots and waits `interval` steps again; gives whether it shot.
  mutating func shoot(every interval: Int) -> Bool {
    if shotTimer > 0 {
      shotTimer -= 1
      return false
    }
    shotTimer = Int8(interval)
    return true
  }

  var isOnBoard: Bool { 0...9 ~= column }
  func isAt(_ place: Board) -> Bool { isOnBoard && cell == place }
  mutating func leave() { column = -1 }
}

/// Swimmers in the order in which they came, and where they are. In most steps all of them wait: such
/// steps are only counted.
struct Swimmers: Sendable {
  /// Where they are, and where they come from.
  private(set) var cells = Board()
  private(set) var trail = Board()
  /// Steps waited since the timers were right, and until the first timer is at its end.
  private var waited = 0
  private var wait = Int.max
  private var timed: [Swimmer] = []
  private let areArmed: Bool

  /// - Parameter areArmed: whether they shoot.
  init(areArmed: Bool = false) { self.areArmed = areArmed }

  /// As they are now.
  var all: [Swimmer] {
    var copy = self
    copy.catchUp()
    return copy.timed
  }

  mutating func append(_ swimmer: Swimmer) {
    catchUp()
    timed.append(swimmer)
    look()
  }

  mutating func removeAll() {
    timed.removeAll(keepingCapacity: true)
    waited = 0
    look()
  }

  /// Removes the one of those in a cell that came first, if there is one.
  mutating func removeFirst(in cell: Board) -> Bool {
    guard let index = timed.firstIndex(where: { $0.cell == cell }) else { return false }
    timed.remove(at: index)
    look()
    return true
  }

  /// A step in which all wait, if all do; else nothing happens, and `step` is to follow.
  @inline(__always)
  mutating func letWait() -> Bool {
    if waited >= wait { return false }
    waited += 1
    return true
  }

  /// A step in which each does what `act` says, the last first. Those that are then off the board are
  /// gone.
  mutating func step(_ act: (inout Swimmer) -> Void) {
    catchUp()
    var swimmers = timed.mutableSpan
    for index in swimmers.indices.reversed() { act(&swimmers[index]) }
    timed.removeAll { !$0.isOnBoard }
    look()
  }

  private mutating func catchUp() {
    for index in timed.indices {
      timed[index].moveTimer -= Int8(waited)
      if areArmed { timed[index].shotTimer -= Int8(waited) }
    }
    waited = 0
  }

  /// Takes note of where they are and how long they wait.
  private mutating func look() {
    (cells, trail, wait) = (Board(), Board(), Int.max)
    for swimmer in timed {
      cells.insert(swimmer.cell)
      trail.insert(swimmer.trail)
      wait = min(wait, Int(swimmer.moveTimer))
      if areArmed { wait = min(wait, Int(swimmer.shotTimer)) }
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

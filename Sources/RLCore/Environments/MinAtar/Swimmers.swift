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
  /// What is known of all together.
  private struct Summary {
    var cells = Board()
    var trail = Board()
    /// Steps until the first timer is at its end.
    var wait = Int.max

    mutating func add(_ swimmer: Swimmer, isArmed: Bool) {
      cells.insert(swimmer.cell)
      trail.insert(swimmer.trail)
      wait = min(wait, Int(swimmer.moveTimer))
      if isArmed { wait = min(wait, Int(swimmer.shotTimer)) }
    }
  }

  private var summary = Summary()
  /// Steps waited since timers were as they are in `timed`.
  private var waited = 0
  private var timed: [Swimmer] = []
  private let areArmed: Bool

  /// - Parameter areArmed: whether they shoot.
  init(areArmed: Bool = false) { self.areArmed = areArmed }

  /// Where they are.
  var cells: Board { summary.cells }
  /// Where they come from.
  var trail: Board { summary.trail }

  /// As they are now.
  var all: [Swimmer] {
    var copy = self
    copy.step { _ in }
    return copy.timed
  }

  mutating func append(_ swimmer: Swimmer) {
    step { _ in }
    timed.append(swimmer)
    summary.add(swimmer, isArmed: areArmed)
  }

  mutating func removeAll() {
    timed.removeAll(keepingCapacity: true)
    (summary, waited) = (Summary(), 0)
  }

  /// Removes the one of those in a cell that came first, if there is one.
  mutating func removeFirst(in cell: Board) -> Bool {
    guard let index = timed.firstIndex(where: { $0.cell == cell }) else { return false }
    timed.remove(at: index)
    step { _ in }
    return true
  }

  /// A step in which all wait, if all do; else nothing happens, and `step` is to follow.
  @inline(__always)
  mutating func letWait() -> Bool {
    if waited >= summary.wait { return false }
    waited += 1
    return true
  }

  /// Each does what `act` says, the last first. Those that are then off the board are gone.
  mutating func step(_ act: (inout Swimmer) -> Void) {
    var isAnyGone = false
    var seen = Summary()
    let (waited, areArmed) = (waited, areArmed)
    var swimmers = timed.mutableSpan
    for index in swimmers.indices.reversed() {
      var swimmer = swimmers[index]
      swimmer.moveTimer -= Int8(waited)
      if areArmed { swimmer.shotTimer -= Int8(waited) }
      act(&swimmer)
      swimmers[index] = swimmer
      if swimmer.isOnBoard { seen.add(swimmer, isArmed: areArmed) } else { isAnyGone = true }
    }
    if isAnyGone { timed.removeAll { !$0.isOnBoard } }
    (summary, self.waited) = (seen, 0)
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

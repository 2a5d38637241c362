/// A set of cells of a board of 10 by 10: bit row times 10 plus column.
struct Board: Sendable, Hashable {
  static let side = 10
  static let size = side * side

  private(set) var bits: UInt128 = 0

  init() {}

  private init(bits: UInt128) { self.bits = bits }

  /// One cell alone.
  @inline(__always)
  init(row: Int, column: Int) { self.init(1 &<< UInt16(truncatingIfNeeded: column), row: row) }

  /// These cells of one row.
  @inline(__always)
  init(row: Int, columns: Range<Int>) {
    let ones = (UInt16(1) &<< UInt16(truncatingIfNeeded: columns.count)) &- 1
    self.init(ones &<< UInt16(truncatingIfNeeded: columns.lowerBound), row: row)
  }

  /// All cells of these rows and columns.
  init(rows: Range<Int>, columns: Range<Int>) {
    for row in rows { insert(Board(row: row, columns: columns)) }
  }

  @inline(__always)
  private init(_ cells: UInt16, row: Int) {
    bits = UInt128(cells) &<< UInt128(truncatingIfNeeded: row &* Self.side)
  }

  /// A whole row.
  static func row(_ row: Int) -> Board { Board(row: row, columns: 0..<side) }

  subscript(row: Int, column: Int) -> Bool {
    @inline(__always) get { intersects(Board(row: row, column: column)) }
    @inline(__always) set {
      let cell = Board(row: row, column: column)
      self = newValue ? union(cell) : subtracting(cell)
    }
  }

  var isEmpty: Bool { bits == 0 }
  var count: Int { bits.nonzeroBitCount }
  /// The number of the first cell; none has the one of an empty set.
  var first: Int { bits.trailingZeroBitCount }

  func intersects(_ other: Board) -> Bool { bits & other.bits != 0 }
  func intersection(_ other: Board) -> Board { Board(bits: bits & other.bits) }
  func union(_ other: Board) -> Board { Board(bits: bits | other.bits) }
  func subtracting(_ other: Board) -> Board { Board(bits: bits & ~other.bits) }
  mutating func insert(_ other: Board) { bits |= other.bits }

  // Five hexadecimal digits are two rows. Literals, as what is computed once is asked for at each use.
  static var all: Board { Board(bits: 0xfffff_fffff_fffff_fffff_fffff) }
  static var leftEdge: Board { Board(bits: 0x00401_00401_00401_00401_00401) }
  static var rightEdge: Board { Board(bits: 0x80200_80200_80200_80200_80200) }

  /// Moved by a cell; what leaves the board is gone.
  var movedUp: Board { Board(bits: bits &>> 10) }
  var movedDown: Board { Board(bits: bits &<< 10).intersection(.all) }
  var movedLeft: Board { Board(bits: subtracting(.leftEdge).bits &>> 1) }
  var movedRight: Board { Board(bits: subtracting(.rightEdge).bits &<< 1) }

  /// Moved by a cell; what leaves a row comes in at its other end.
  var wrappedLeft: Board { movedLeft.union(Board(bits: intersection(.leftEdge).bits &<< 9)) }
  var wrappedRight: Board { movedRight.union(Board(bits: intersection(.rightEdge).bits &>> 9)) }

  /// Calls `body` with each cell's number, in order.
  @inline(__always)
  func forEachCell(_ body: (Int) -> Void) {
    var rest = bits
    while rest != 0 {
      body(rest.trailingZeroBitCount)
      rest &= rest &- 1
    }
  }

  /// The cells in order.
  var places: [(row: Int, column: Int)] {
    var places: [(row: Int, column: Int)] = []
    forEachCell { places.append((row: $0 / Self.side, column: $0 % Self.side)) }
    return places
  }

  /// Zeros and ones, row by row.
  var numbers: [Double] { (0..<Self.size).map { Double(bits >> UInt128($0) & 1) } }

  /// Reads what `numbers` gave.
  init(from reader: inout StateReader) throws(CoreError) {
    for row in 0..<Self.side {
      for column in 0..<Self.side { self[row, column] = try reader.boolean() }
    }
  }
}

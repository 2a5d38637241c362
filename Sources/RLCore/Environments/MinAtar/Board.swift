/// A set of cells of a board of 10 by 10: bit row times 10 plus column.
struct Board: Sendable, Hashable {
  static let side = 10

  private(set) var bits: UInt128 = 0

  init() {}

  private init(bits: UInt128) { self.bits = bits }

  /// All cells of these rows and columns.
  init(rows: Range<Int>, columns: Range<Int>) {
    for row in rows {
      for column in columns { self[row, column] = true }
    }
  }

  subscript(row: Int, column: Int) -> Bool {
    @inline(__always) get { bits >> UInt128(row * Self.side + column) & 1 != 0 }
    @inline(__always) set {
      let mask: UInt128 = 1 << UInt128(row * Self.side + column)
      if newValue { bits |= mask } else { bits &= ~mask }
    }
  }

  var isEmpty: Bool { bits == 0 }
  var count: Int { bits.nonzeroBitCount }

  func intersects(_ other: Board) -> Bool { bits & other.bits != 0 }
  func intersection(_ other: Board) -> Board { Board(bits: bits & other.bits) }
  func subtracting(_ other: Board) -> Board { Board(bits: bits & ~other.bits) }

  private static let all = Board(rows: 0..<side, columns: 0..<side).bits

  /// Moved by a row; what leaves the board is gone.
  var movedUp: Board { Board(bits: bits >> UInt128(Self.side)) }
  var movedDown: Board { Board(bits: bits << UInt128(Self.side) & Self.all) }
  /// Moved by a column, for sets that do not touch the edge they move to.
  var movedLeft: Board { Board(bits: bits >> 1) }
  var movedRight: Board { Board(bits: bits << 1) }

  /// The cells that are in one of the two sets alone.
  func symmetricDifference(_ other: Board) -> Board { Board(bits: bits ^ other.bits) }

  /// Calls `body` with each cell's number, in order.
  @inline(__always)
  func forEachCell(_ body: (Int) -> Void) {
    // Half by half: words of the processor are searched faster than pairs of them.
    for half in 0..<2 {
      var rest = UInt64(truncatingIfNeeded: bits >> UInt128(64 * half))
      while rest != 0 {
        body(64 * half + rest.trailingZeroBitCount)
        rest &= rest &- 1
      }
    }
  }

  /// Zeros and ones, row by row.
  var numbers: [Double] { (0..<Self.side * Self.side).map { Double(bits >> UInt128($0) & 1) } }

  /// Reads what `numbers` gave.
  init(from reader: inout StateReader) throws(CoreError) {
    for row in 0..<Self.side {
      for column in 0..<Self.side { self[row, column] = try reader.boolean() }
    }
  }
}

/// Where a game shows itself: the cells of each plane are ones among the zeros of an observation, cell
/// by cell its planes. What a plane shows is remembered, so that only changes are written.
struct Screen {
  fileprivate let numbers: UnsafeMutablePointer<Float>
  fileprivate let shown: UnsafeMutablePointer<Board>
  fileprivate let planes: Int

  /// Lets a plane show these cells and no others.
  @inline(__always)
  func show(_ cells: Board, on plane: Int) {
    let before = shown[plane]
    if cells == before { return }
    shown[plane] = cells
    before.subtracting(cells).forEachCell { numbers[$0 &* planes &+ plane] = 0 }
    cells.subtracting(before).forEachCell { numbers[$0 &* planes &+ plane] = 1 }
  }

  /// The same for a plane that never shows more than one cell. What to write is known, so nothing is
  /// searched, and no branch is taken that chance decides.
  @inline(__always)
  func show(one cell: Board, on plane: Int) {
    let before = shown[plane]
    shown[plane] = cell
    // Where there is none, the last cell of all is put out instead, which is not lit.
    let last = Board.size - 1
    numbers[min(before.first, last) &* planes &+ plane] = 0
    numbers[min(cell.first, last) &* planes &+ plane] = cell.isEmpty ? 0 : 1
  }
}

/// The screens of several copies of a game.
struct Screens {
  /// Observations, a row a copy: zeros at first.
  let numbers: UnsafeMutableBufferPointer<Float>
  /// What each plane of each of them shows: nothing at first.
  let shown: UnsafeMutableBufferPointer<Board>
  let planes: Int

  subscript(copy: Int) -> Screen {
    let first = copy * planes
    precondition(first + planes <= shown.count, "no screen \(copy)")
    return Screen(
      numbers: numbers.baseAddress! + first * Board.size, shown: shown.baseAddress! + first,
      planes: planes)
  }
}

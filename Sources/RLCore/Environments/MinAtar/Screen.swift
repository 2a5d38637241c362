/// Where a game shows itself: the cells of each plane are ones among the zeros of an observation, cell
/// by cell its planes. What a plane shows is remembered, so that only changes are written.
struct Screen {
  private let numbers: UnsafeMutablePointer<Float>
  private let shown: UnsafeMutablePointer<Board>
  private let planes: Int

  /// - Parameters:
  ///   - numbers: the observation, zeros at first.
  ///   - shown: what each of its planes shows, empty at first.
  init(
    _ numbers: UnsafeMutablePointer<Float>, shown: UnsafeMutablePointer<Board>, planes: Int
  ) {
    self.numbers = numbers
    self.shown = shown
    self.planes = planes
  }

  /// Lets a plane show these cells and no others.
  @inline(__always)
  func show(_ cells: Board, on plane: Int) {
    let before = shown[plane]
    if cells == before { return }
    shown[plane] = cells
    before.subtracting(cells).forEachCell { numbers[$0 &* planes &+ plane] = 0 }
    cells.subtracting(before).forEachCell { numbers[$0 &* planes &+ plane] = 1 }
  }

  /// The same for a plane that never shows more than one cell: what to write is known, and nothing
  /// is searched.
  @inline(__always)
  func show(one cell: Board, on plane: Int) {
    let before = shown[plane]
    shown[plane] = cell
    if !before.isEmpty { numbers[before.first &* planes &+ plane] = 0 }
    if !cell.isEmpty { numbers[cell.first &* planes &+ plane] = 1 }
  }
}

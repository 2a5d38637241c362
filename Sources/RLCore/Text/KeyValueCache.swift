import CKernels

/// What a sequence's tokens are attended to by, for all blocks: keys in panels
/// `[block][head][position / 16][headWidth][16]`, values in rows `[block][head][position][headWidth]`.
final class KeyValueCache {
  let keys: AlignedBuffer
  let values: AlignedBuffer
  /// Positions that there is room for, a multiple of 16.
  let capacity: Int
  private let shape: LanguageModelShape

  init(_ shape: LanguageModelShape, capacity: Int) {
    let panel = Int(rlhs_panel)
    self.shape = shape
    self.capacity = (capacity + panel - 1) / panel * panel
    let count = shape.layers * shape.keyValueHeads * self.capacity * shape.headWidth
    keys = AlignedBuffer(count: count)
    values = AlignedBuffer(count: count)
  }

  /// Floats of one block.
  private var blockSize: Int { shape.keyValueHeads * capacity * shape.headWidth }

  func keys(_ block: Int) -> UnsafeMutablePointer<Float> { keys.base + block * blockSize }
  func values(_ block: Int) -> UnsafeMutablePointer<Float> { values.base + block * blockSize }

  /// Puts in one token's keys and values, `[heads][headWidth]` each.
  func store(
    _ block: Int, position: Int, keys newKeys: UnsafePointer<Float>,
    values newValues: UnsafePointer<Float>
  ) {
    let (panel, width) = (Int(rlhs_panel), shape.headWidth)
    for head in 0..<shape.keyValueHeads {
      let start = head * capacity * width
      let key = keys(block) + start + position / panel * panel * width + position % panel
      for feature in 0..<width { key[feature * panel] = newKeys[head * width + feature] }
      (values(block) + start + position * width)
        .update(from: newValues + head * width, count: width)
    }
  }

  /// Puts in the first tokens of a sequence from the panels `[position / 16][stride][16]` that a
  /// pass left, of which `keys` and `values` point at the first feature.
  func store(
    _ block: Int, panels: Int, stride: Int, keys newKeys: UnsafePointer<Float>,
    values newValues: UnsafePointer<Float>
  ) {
    let (panel, width) = (Int(rlhs_panel), shape.headWidth)
    for head in 0..<shape.keyValueHeads {
      let start = head * capacity * width
      for index in 0..<panels {
        let from = (index * stride + head * width) * panel
        (keys(block) + start + index * width * panel)
          .update(from: newKeys + from, count: width * panel)
        let rows = values(block) + start + index * panel * width
        for feature in 0..<width {
          for row in 0..<panel {
            rows[row * width + feature] = newValues[from + feature * panel + row]
          }
        }
      }
    }
  }

  func copy(from other: KeyValueCache) {
    keys.base.update(from: other.keys.base, count: keys.count)
    values.base.update(from: other.values.base, count: values.count)
  }
}

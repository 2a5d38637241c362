/// What a replay buffer is in an archive: row-major, as `replay` the numbers of each row in use; or
/// where all observations are zeros and ones, as `replay` what is behind them in each row and as
/// `replay_bits` their bits, 8 a byte, each observation from a byte on.
///
/// That depends on the numbers alone, not on how they lie in memory, so equal buffers have equal
/// archives.
extension ReplayBuffer {
  /// Bytes of an observation as bits, and numbers behind the observations.
  private var packedBytes: Int { (observationSize + 7) / 8 }
  private var tailSize: Int { actionSize + 2 }

  /// Adds the rows in use.
  func save(to archive: inout StateArchive, name: String) {
    guard observationSize >= Self.leastPackedSize, let packed = packedRows() else {
      let layout = layout(isPacked: false)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(4 * count * layout.rowWords)
      forEachRow(in: layout) {
        bytes += UnsafeRawBufferPointer(UnsafeBufferPointer(start: $0, count: layout.rowWords))
      }
      return archive.add("\(name)/replay", .float32, bytes)
    }
    archive.add("\(name)/replay", .float32, packed.tails)
    archive.add("\(name)/replay_bits", .uint8, packed.bits)
  }

  /// Nil where an observation is not of zeros and ones.
  private func packedRows() -> (tails: [UInt8], bits: [UInt8])? {
    let layout = layout(isPacked: true)
    var (tails, bits): ([UInt8], [UInt8]) = ([], [])
    let isWhole = forEachRow(in: layout) { row in
      for part in 0..<2 {
        bits += UnsafeRawBufferPointer(start: row + part * layout.words, count: packedBytes)
      }
      let tail = UnsafeBufferPointer(start: row + 2 * layout.words, count: tailSize)
      tails += UnsafeRawBufferPointer(tail)
    }
    return isWhole ? (tails, bits) : nil
  }

  /// Calls `body` with each row in use, as it lies in `wanted`, until one cannot lie so: then it gives
  /// false.
  @discardableResult
  private func forEachRow(
    in wanted: Layout, _ body: (UnsafePointer<Float>) -> Void
  ) -> Bool {
    var observation = [Float](repeating: 0, count: observationSize)
    var next = observation
    var scratch = [Float](repeating: 0, count: wanted.rowWords)
    for index in 0..<count {
      let (row, layout) = row(index)
      if layout == wanted {
        body(row)
        continue
      }
      let fits = scratch.withUnsafeMutableBufferPointer { scratch in
        let target = scratch.baseAddress!
        layout.read(row, into: &observation, &next)
        if !wanted.write(observation, next, to: target) { return false }
        (target + 2 * wanted.words).update(from: row + 2 * layout.words, count: tailSize)
        body(target)
        return true
      }
      if !fits { return false }
    }
    return true
  }

  /// Puts back what `save` wrote, if it did, and the cursor at that time.
  ///
  /// - Parameter actions: how many there are to choose from; nil for continuous ones.
  /// - Throws: `damagedArchive` where the rows do not fit.
  mutating func restore(
    from archive: StateArchive, name: String, cursor: Int, space: Space, actions: Int?
  ) throws(CoreError) {
    guard archive.contains("\(name)/replay") else { return }
    let numbers = try archive.floats("\(name)/replay")
    let isPacked = archive.contains("\(name)/replay_bits")
    let bits = isPacked ? try archive.bytes("\(name)/replay_bits") : []
    let width = isPacked ? tailSize : 2 * observationSize + tailSize
    let (rows, rest) = numbers.count.quotientAndRemainder(dividingBy: width)
    guard rest == 0, rows <= capacity, cursor == (rows == capacity ? cursor : rows),
      (0..<capacity).contains(cursor), !isPacked || bits.count == rows * 2 * packedBytes
    else { throw Self.damage }

    self = ReplayBuffer(
      capacity: capacity, observationSize: observationSize, actionSize: actionSize)
    for row in 0..<rows {
      func observation(_ part: Int) -> [Float] {
        if isPacked {
          let bytes = bits.dropFirst((2 * row + part) * packedBytes)
          return (0..<observationSize).map {
            Float(bytes[bytes.startIndex + $0 / 8] >> UInt8($0 % 8) & 1)
          }
        }
        return Array(numbers[(row * width + part * observationSize)...].prefix(observationSize))
      }
      let (now, next) = (observation(0), observation(1))
      let tail = numbers[..<((row + 1) * width)].suffix(tailSize)
      guard actions.map({ tail.first! >= 0 && tail.first! < Float($0) }) ?? true,
        space.isPlain || space.isEncodable(now) && space.isEncodable(next)
      else { throw Self.damage }
      let actionSize = actionSize
      append(
        observation: now, reward: tail[tail.endIndex - 2], next: next,
        continues: tail[tail.endIndex - 1]
      ) { action in
        for i in 0..<actionSize { action[i] = tail[tail.startIndex + i] }
      }
    }
    self.cursor = cursor
  }

  private static let damage = CoreError.damagedArchive(
    reason: "the replay buffer does not fit the settings")
}

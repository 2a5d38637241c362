/// What a replay buffer is in an archive, row by row and row-major: as `replay` the numbers of each row
/// in use but for what was seen after it, or, where all observations are zeros and ones, as `replay`
/// what is behind the observation and as `replay_bits` its bits, 8 a byte, each observation from a
/// byte on.
///
/// What was seen after a row is as a rule the observation of the row after it, behind the last row of
/// all that of the first. `replay_ends` has a bit for each row that says where it is not, and
/// `replay_nexts` those observations, as bits if the others are.
///
/// That depends on the numbers alone, not on how they lie in memory, so equal buffers have equal
/// archives.
extension ReplayBuffer {
  /// Bytes of an observation as bits, and numbers behind the observations.
  private var packedBytes: Int { (observationSize + 7) / 8 }
  private var tailSize: Int { actionSize + 2 }

  /// Adds the rows in use.
  func save(to archive: inout StateArchive, name: String) {
    let isPacked: Bool
    let columns: Columns
    if observationSize >= Self.leastPackedSize, let packed = self.columns(isPacked: true) {
      (isPacked, columns) = (true, packed)
    } else if let plain = self.columns(isPacked: false) {
      (isPacked, columns) = (false, plain)
    } else {
      preconditionFailure("rows of numbers that cannot lie as numbers")
    }
    archive.add("\(name)/replay", .float32, columns.rows)
    if isPacked { archive.add("\(name)/replay_bits", .uint8, columns.bits) }
    archive.add("\(name)/replay_ends", .uint8, columns.ends)
    archive.add("\(name)/replay_nexts", isPacked ? .uint8 : .float32, columns.nexts)
  }

  /// The bytes of an archive's parts.
  private struct Columns {
    var rows: [UInt8] = []
    var bits: [UInt8] = []
    var ends: [UInt8]
    var nexts: [UInt8] = []

    /// Says of a row that `next` was seen after it, and not what follows.
    mutating func end(_ row: Int, _ next: UnsafeRawBufferPointer) {
      ends[row / 8] |= 1 << UInt8(row % 8)
      nexts += next
    }
  }

  /// Nil where an observation is to lie as bits and is not of zeros and ones.
  private func columns(isPacked: Bool) -> Columns? {
    let layout = layout(isPacked: isPacked)
    let size = isPacked ? packedBytes : 4 * observationSize
    var columns = Columns(ends: Array(repeating: 0, count: (count + 7) / 8))
    columns.rows.reserveCapacity(count * 4 * (isPacked ? tailSize : observationSize + tailSize))
    if isPacked { columns.bits.reserveCapacity(count * size) }
    // What was seen first of all, and after the row before.
    var (first, next) = ([UInt8](), [UInt8](repeating: 0, count: size))
    var index = 0
    let isWhole = forEachRow(in: layout) { row in
      let observation = UnsafeRawBufferPointer(start: row, count: size)
      if index == 0 {
        first = Array(observation)
      } else {
        next.withUnsafeBytes {
          if !$0.elementsEqual(observation) { columns.end(index - 1, $0) }
        }
      }
      if isPacked { columns.bits += observation } else { columns.rows += observation }
      columns.rows += UnsafeRawBufferPointer(
        start: row + 2 * layout.words, count: 4 * tailSize)
      next.withUnsafeMutableBytes {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: row + layout.words, count: size))
      }
      index += 1
    }
    guard isWhole else { return nil }
    if index > 0, next != first { next.withUnsafeBytes { columns.end(index - 1, $0) } }
    return columns
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
    let saved = try SavedRows(archive, name: name, of: self)
    let rows = saved.count
    guard rows <= capacity, cursor == (rows == capacity ? cursor : rows),
      (0..<capacity).contains(cursor)
    else { throw Self.damage }

    self = ReplayBuffer(
      capacity: capacity, observationSize: observationSize, actionSize: actionSize)
    var now = rows > 0 ? saved.observation(0) : []
    let first = now
    var nextEnd = 0
    for row in 0..<rows {
      let following = row + 1 < rows ? saved.observation(row + 1) : first
      var next = following
      if saved.isEnd(row) {
        guard nextEnd < saved.endCount else { throw Self.damage }
        next = saved.next(nextEnd)
        nextEnd += 1
      }
      let tail = saved.tail(row)
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
      now = following
    }
    guard nextEnd == saved.endCount else { throw Self.damage }
    self.cursor = cursor
  }

  /// The rows in an archive, as numbers.
  private struct SavedRows {
    let count: Int
    /// How often something else was seen after a row than what follows.
    let endCount: Int
    private let numbers: [Float]
    private let bits: [UInt8]
    private let ends: [UInt8]
    private let nexts: [Float]
    private let nextBits: [UInt8]
    private let isPacked: Bool
    private let observationSize: Int
    private let packedBytes: Int
    private let tailSize: Int

    init(
      _ archive: StateArchive, name: String, of buffer: ReplayBuffer
    ) throws(CoreError) {
      (observationSize, packedBytes) = (buffer.observationSize, buffer.packedBytes)
      tailSize = buffer.tailSize
      isPacked = archive.contains("\(name)/replay_bits")
      numbers = try archive.floats("\(name)/replay")
      ends = try archive.bytes("\(name)/replay_ends")
      bits = isPacked ? try archive.bytes("\(name)/replay_bits") : []
      nextBits = isPacked ? try archive.bytes("\(name)/replay_nexts") : []
      nexts = isPacked ? [] : try archive.floats("\(name)/replay_nexts")
      let width = isPacked ? tailSize : observationSize + tailSize
      count = numbers.count / width
      endCount = isPacked ? nextBits.count / packedBytes : nexts.count / observationSize
      guard numbers.count == count * width, ends.count == (count + 7) / 8,
        isPacked
          ? bits.count == count * packedBytes && nextBits.count == endCount * packedBytes
          : nexts.count == endCount * observationSize
      else { throw ReplayBuffer.damage }
    }

    func isEnd(_ row: Int) -> Bool { ends[row / 8] >> UInt8(row % 8) & 1 == 1 }

    func observation(_ row: Int) -> [Float] {
      isPacked
        ? unpacked(bits, row)
        : Array(numbers[(row * (observationSize + tailSize))...].prefix(observationSize))
    }

    func next(_ end: Int) -> [Float] {
      isPacked
        ? unpacked(nextBits, end)
        : Array(nexts[(end * observationSize)...].prefix(observationSize))
    }

    func tail(_ row: Int) -> ArraySlice<Float> {
      let width = isPacked ? tailSize : observationSize + tailSize
      return numbers[..<((row + 1) * width)].suffix(tailSize)
    }

    private func unpacked(_ bits: [UInt8], _ row: Int) -> [Float] {
      let start = row * packedBytes
      return (0..<observationSize).map { Float(bits[start + $0 / 8] >> UInt8($0 % 8) & 1) }
    }
  }

  private static let damage = CoreError.damagedArchive(
    reason: "the replay buffer does not fit the settings")
}

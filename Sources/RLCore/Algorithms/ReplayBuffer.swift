import CKernels

/// The latest transitions, for drawing batches from.
///
/// Rows lie in chunks that are allocated as they are needed: a large capacity costs nothing until
/// it is used, growing never copies, and a fork shares all chunks that are not written to again. A
/// row is `observation, next, action, reward, continues`, side by side because drawing one at
/// random waits for memory once a row. A discrete action is one number, a continuous one several.
///
/// Sendable, for a chunk that others hold too is copied before it is written to.
struct ReplayBuffer: @unchecked Sendable {
  private static let chunkRows = 2048

  let capacity: Int
  let observationSize: Int
  let actionSize: Int
  /// Transitions held.
  private(set) var count = 0
  /// Where the next one is written.
  private(set) var cursor = 0
  private var chunks: [Chunk] = []
  /// Where each chunk's numbers begin: drawing reads them here without counting references.
  private var starts: [UnsafeMutablePointer<Float>] = []
  private var rowSize: Int { 2 * observationSize + actionSize + 2 }

  init(capacity: Int, observationSize: Int, actionSize: Int = 1) {
    precondition(capacity > 0, "a replay buffer of \(capacity) transitions")
    self.capacity = capacity
    self.observationSize = observationSize
    self.actionSize = actionSize
  }

  /// Takes in a transition with a discrete action.
  ///
  /// - Parameter discount: what the value of `next` counts beside what one step's would: below 1
  ///   for a transition over several steps.
  mutating func append(
    observation: [Float], action: Int, reward: Float, next: [Float], terminated: Bool,
    discount: Float = 1
  ) {
    precondition(actionSize == 1)
    append(
      observation: observation, reward: reward, next: next, continues: terminated ? 0 : discount
    ) { $0[0] = Float(action) }
  }

  /// Takes in a transition with a continuous action.
  mutating func append(
    observation: [Float], action: [Float], reward: Float, next: [Float], terminated: Bool
  ) {
    precondition(action.count == actionSize)
    append(
      observation: observation, reward: reward, next: next, continues: terminated ? 0 : 1
    ) {
      for i in action.indices { $0[i] = action[i] }
    }
  }

  /// Takes in a transition; the oldest leaves when the buffer is full.
  ///
  /// - Parameter continues: 0 where the task itself ended. A truncated episode's last step is like
  ///   any other: its value goes on behind the time limit.
  @inline(__always)
  private mutating func append(
    observation: [Float], reward: Float, next: [Float], continues: Float,
    writeAction: (UnsafeMutablePointer<Float>) -> Void
  ) {
    precondition(observation.count == observationSize && next.count == observationSize)
    let (chunk, row) = cursor.quotientAndRemainder(dividingBy: Self.chunkRows)
    if chunk == chunks.count {
      let rows = min(Self.chunkRows, capacity - chunk * Self.chunkRows)
      add(Chunk(count: rows * rowSize))
    } else {
      makeUnique(chunk)
    }
    let size = observationSize
    let start = starts[chunk] + row * rowSize
    for i in 0..<size {
      start[i] = observation[i]
      start[size + i] = next[i]
    }
    writeAction(start + 2 * size)
    start[2 * size + actionSize] = reward
    start[2 * size + actionSize + 1] = continues
    cursor = cursor + 1 == capacity ? 0 : cursor + 1
    count = min(count + 1, capacity)
  }

  /// Fills `batch` with transitions drawn uniformly, with replacement.
  func sample(into batch: inout Batch, using random: inout RandomSource) {
    sample(into: &batch, rows: 0..<batch.count, using: &random)
  }

  /// Fills these rows of `batch` so.
  func sample(into batch: inout Batch, rows: Range<Int>, using random: inout RandomSource) {
    precondition(count > 0 || rows.isEmpty, "drawing from an empty replay buffer")
    for slot in rows { batch.rows[slot] = random.integer(below: count) }
    gather(&batch, rows)
  }

  /// Fills `batch` with the transitions at its `rows`.
  func gather(_ batch: inout Batch) { gather(&batch, 0..<batch.count) }

  private func gather(_ batch: inout Batch, _ slots: Range<Int>) {
    // Rows drawn at random are seldom in a cache: all are asked for before the first is waited for.
    for slot in slots {
      let row = row(batch.rows[slot])
      rlhs_prefetch(row)
      rlhs_prefetch(row + rowSize - 1)
    }
    for slot in slots { copyRow(to: slot, of: &batch) }
  }

  /// Puts new rewards in place of all.
  ///
  /// - Parameter rewards: gives a reward for each of `count` rows of observations,
  ///   `[count, observationSize]`, and actions, `[count, actionSize]`.
  mutating func relabel(
    _ rewards: (_ observations: [Float], _ actions: [Float], _ count: Int) -> [Double]
  ) {
    for index in chunks.indices {
      let rows = min(Self.chunkRows, count - index * Self.chunkRows)
      guard rows > 0 else { return }
      makeUnique(index)
      let start = starts[index]
      var observations: [Float] = []
      var actions: [Float] = []
      for row in 0..<rows {
        let row = UnsafeBufferPointer(start: start + row * rowSize, count: rowSize)
        observations += row[..<observationSize]
        actions += row[(2 * observationSize)..<(2 * observationSize + actionSize)]
      }
      let labels = rewards(observations, actions, rows)
      for row in 0..<rows {
        start[row * rowSize + 2 * observationSize + actionSize] = Float(labels[row])
      }
    }
  }

  /// A chunk that others hold too is copied.
  private mutating func makeUnique(_ index: Int) {
    if isKnownUniquelyReferenced(&chunks[index]) { return }
    chunks[index] = Chunk(copying: chunks[index])
    starts[index] = chunks[index].start
  }

  private func row(_ index: Int) -> UnsafePointer<Float> {
    UnsafePointer(starts[index / Self.chunkRows] + index % Self.chunkRows * rowSize)
  }

  private func copyRow(to slot: Int, of batch: inout Batch) {
    let (size, actionSize) = (observationSize, actionSize)
    let row = row(batch.rows[slot])
    for i in 0..<size {
      batch.observations[slot * size + i] = row[i]
      batch.nexts[slot * size + i] = row[size + i]
    }
    if batch.vectors.isEmpty {
      batch.actions[slot] = Int32(row[2 * size])
    } else {
      for i in 0..<actionSize { batch.vectors[slot * actionSize + i] = row[2 * size + i] }
    }
    batch.rewards[slot] = row[2 * size + actionSize]
    batch.continues[slot] = row[2 * size + actionSize + 1]
  }

  private mutating func add(_ chunk: Chunk) {
    chunks.append(chunk)
    starts.append(chunk.start)
  }

  /// Rows side by side in memory that does not move.
  private final class Chunk {
    let start: UnsafeMutablePointer<Float>
    let count: Int

    /// All numbers 0.
    init(count: Int) {
      self.count = count
      start = .allocate(capacity: count)
      start.initialize(repeating: 0, count: count)
    }

    convenience init(copying other: Chunk) {
      self.init(count: other.count)
      start.update(from: other.start, count: count)
    }

    deinit { start.deallocate() }

    var bytes: UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(UnsafeBufferPointer(start: start, count: count))
    }
  }

  /// Transitions drawn together, row-major, allocated once.
  struct Batch: Sendable {
    let count: Int
    /// Of each transition, its place in the buffer.
    var rows: [Int]
    /// `[count, observationSize]`.
    var observations: [Float]
    /// `[count, observationSize]`.
    var nexts: [Float]
    /// `[count, actionSize]` where actions are continuous; else empty.
    var vectors: [Float]
    /// `[count]`, as are the following. Discrete actions.
    var actions: [Int32]
    var rewards: [Float]
    /// 0 where the task ended, else 1, or less for transitions over several steps.
    var continues: [Float]

    /// - Parameter vectorSize: numbers of a continuous action; 0 where actions are discrete.
    init(count: Int, observationSize: Int, vectorSize: Int = 0) {
      self.count = count
      rows = Array(repeating: 0, count: count)
      vectors = Array(repeating: 0, count: count * vectorSize)
      observations = Array(repeating: 0, count: count * observationSize)
      nexts = observations
      actions = Array(repeating: 0, count: count)
      rewards = Array(repeating: 0, count: count)
      continues = rewards
    }
  }

  /// The rows in use, flat, as an archive holds them: bytes, since a full buffer is large and every
  /// copy of it counts.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    let size = count * rowSize * MemoryLayout<Float>.size
    bytes.reserveCapacity(size)
    for chunk in chunks {
      bytes.append(contentsOf: chunk.bytes.prefix(size - bytes.count))
    }
    return bytes
  }

  /// Puts back what `bytes`, as numbers, and `cursor` gave; false where they do not fit.
  ///
  /// - Parameter actions: how many there are to choose from; nil for continuous ones.
  mutating func restore(rows: [Float], cursor: Int, space: Space, actions: Int?) -> Bool {
    let (count, rest) = rows.count.quotientAndRemainder(dividingBy: rowSize)
    guard rest == 0, count <= capacity, cursor == (count == capacity ? cursor : count),
      (0..<capacity).contains(cursor)
    else { return false }
    for row in 0..<count {
      let start = row * rowSize
      let end = start + 2 * observationSize
      guard actions.map({ rows[end] >= 0 && rows[end] < Float($0) }) ?? true,
        space.isPlain || space.isEncodable(Array(rows[start..<end]))
      else { return false }
    }
    (chunks, starts) = ([], [])
    for first in stride(from: 0, to: count, by: Self.chunkRows) {
      let chunk = Chunk(count: min(Self.chunkRows, capacity - first) * rowSize)
      let used = first * rowSize..<min(first * rowSize + chunk.count, rows.count)
      for index in used { chunk.start[index - used.lowerBound] = rows[index] }
      add(chunk)
    }
    (self.count, self.cursor) = (count, cursor)
    return true
  }
}

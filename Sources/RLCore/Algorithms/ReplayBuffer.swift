import CKernels

/// The latest transitions, for drawing batches from uniformly.
///
/// Rows lie in chunks that are allocated as they are needed: a large capacity costs nothing until
/// it is used, growing never copies, and a fork shares all chunks that are not written to again. A
/// row is `observation, next, action, reward, continues`, side by side because drawing one at
/// random waits for memory once a row.
struct ReplayBuffer: Sendable {
  private static let chunkRows = 2048

  let capacity: Int
  let observationSize: Int
  /// Transitions held.
  private(set) var count = 0
  /// Where the next one is written.
  private(set) var cursor = 0
  private var chunks: [[Float]] = []
  private var rowSize: Int { 2 * observationSize + 3 }

  init(capacity: Int, observationSize: Int) {
    precondition(capacity > 0, "a replay buffer of \(capacity) transitions")
    self.capacity = capacity
    self.observationSize = observationSize
  }

  /// Takes in a transition; the oldest leaves when the buffer is full.
  ///
  /// - Parameter terminated: of the task itself. A truncated episode's last step is like any other:
  ///   its value goes on behind the time limit.
  mutating func append(
    observation: [Float], action: Int, reward: Float, next: [Float], terminated: Bool
  ) {
    precondition(observation.count == observationSize && next.count == observationSize)
    let (chunk, row) = cursor.quotientAndRemainder(dividingBy: Self.chunkRows)
    if chunk == chunks.count {
      let rows = min(Self.chunkRows, capacity - chunk * Self.chunkRows)
      chunks.append(Array(repeating: 0, count: rows * rowSize))
    }
    let size = observationSize
    let start = row * rowSize
    chunks[chunk].withUnsafeMutableBufferPointer { buffer in
      let row = buffer.baseAddress! + start
      for i in 0..<size {
        row[i] = observation[i]
        row[size + i] = next[i]
      }
      row[2 * size] = Float(action)
      row[2 * size + 1] = reward
      row[2 * size + 2] = terminated ? 0 : 1
    }
    cursor = cursor + 1 == capacity ? 0 : cursor + 1
    count = min(count + 1, capacity)
  }

  /// Fills `batch` with transitions drawn uniformly, with replacement.
  func sample(into batch: inout Batch, using random: inout RandomSource) {
    precondition(count > 0, "drawing from an empty replay buffer")
    // Rows drawn at random are seldom in a cache: all are asked for before the first is waited for.
    for slot in batch.rows.indices {
      let index = random.integer(below: count)
      batch.rows[slot] = index
      chunks[index / Self.chunkRows].withUnsafeBufferPointer {
        let row = $0.baseAddress! + index % Self.chunkRows * rowSize
        rlhs_prefetch(row)
        rlhs_prefetch(row + rowSize - 1)
      }
    }
    for slot in batch.rows.indices { copyRow(to: slot, of: &batch) }
  }

  private func copyRow(to slot: Int, of batch: inout Batch) {
    let (chunk, row) = batch.rows[slot].quotientAndRemainder(dividingBy: Self.chunkRows)
    let size = observationSize
    chunks[chunk].withUnsafeBufferPointer { chunk in
      let row = chunk.baseAddress! + row * rowSize
      batch.observations.withUnsafeMutableBufferPointer {
        ($0.baseAddress! + slot * size).update(from: row, count: size)
      }
      batch.nexts.withUnsafeMutableBufferPointer {
        ($0.baseAddress! + slot * size).update(from: row + size, count: size)
      }
      batch.actions[slot] = Int32(row[2 * size])
      batch.rewards[slot] = row[2 * size + 1]
      batch.continues[slot] = row[2 * size + 2]
    }
  }

  /// Transitions drawn together, row-major, allocated once.
  struct Batch: Sendable {
    let count: Int
    /// Of each transition, its place in the buffer.
    fileprivate var rows: [Int]
    /// `[count, observationSize]`.
    var observations: [Float]
    /// `[count, observationSize]`.
    var nexts: [Float]
    /// `[count]`, as are the following.
    var actions: [Int32]
    var rewards: [Float]
    /// 0 where the task ended, else 1.
    var continues: [Float]

    init(count: Int, observationSize: Int) {
      self.count = count
      rows = Array(repeating: 0, count: count)
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
      chunk.withUnsafeBytes { bytes.append(contentsOf: $0.prefix(size - bytes.count)) }
    }
    return bytes
  }

  /// Puts back what `bytes`, as numbers, and `cursor` gave; false where they do not fit.
  ///
  /// - Parameter actions: how many there are to choose from.
  mutating func restore(rows: [Float], cursor: Int, space: Space, actions: Int) -> Bool {
    let (count, rest) = rows.count.quotientAndRemainder(dividingBy: rowSize)
    guard rest == 0, count <= capacity, cursor == (count == capacity ? cursor : count),
      (0..<capacity).contains(cursor)
    else { return false }
    for row in 0..<count {
      let start = row * rowSize
      let end = start + 2 * observationSize
      guard rows[end] >= 0, rows[end] < Float(actions),
        space.isPlain || space.isEncodable(Array(rows[start..<end]))
      else { return false }
    }
    chunks = stride(from: 0, to: count, by: Self.chunkRows).map { first in
      let length = min(Self.chunkRows, capacity - first) * rowSize
      let used = rows[(first * rowSize)..<min(first * rowSize + length, rows.count)]
      return Array(used) + Array(repeating: 0, count: length - used.count)
    }
    (self.count, self.cursor) = (count, cursor)
    return true
  }
}

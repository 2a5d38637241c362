import CKernels

/// The latest transitions, for drawing batches from.
///
/// Rows lie in chunks that are allocated as they are needed: a large capacity costs nothing until
/// it is used, growing never copies, and a fork shares all chunks that are not written to again. A
/// row is `observation, next, action, reward, continues`, side by side because drawing one at
/// random waits for memory once a row. A discrete action is one number, a continuous one several.
///
/// Observations of zeros and ones, such as a board's planes, are kept as bits, a thirty-second of
/// their size; a chunk that another number comes into is spread out first.
///
/// Sendable, for a chunk that others hold too is copied before it is written to.
struct ReplayBuffer: @unchecked Sendable {
  static let chunkRows = 2048
  /// Shorter observations stay numbers: as bits they would save little.
  static let leastPackedSize = 32

  let capacity: Int
  let observationSize: Int
  let actionSize: Int
  /// Transitions held.
  var count = 0
  /// Where the next one is written.
  var cursor = 0
  private var chunks: [Chunk] = []
  /// Where each chunk's rows begin: drawing reads them here without counting references.
  private var places: [Place] = []

  /// How a chunk's rows lie in its memory.
  struct Layout: Hashable {
    let isPacked: Bool
    /// Numbers of an observation, and the words that it takes here.
    let size: Int
    let words: Int
    /// Words of a row: two observations, and behind them the action, the reward and `continues`.
    let rowWords: Int

    init(isPacked: Bool, observationSize: Int, actionSize: Int) {
      self.isPacked = isPacked
      size = observationSize
      words = isPacked ? (observationSize + 31) / 32 : observationSize
      rowWords = 2 * words + actionSize + 2
    }

    /// Writes the two observations of a row; gives whether they can lie so.
    func write(
      _ observation: [Float], _ next: [Float], to row: UnsafeMutablePointer<Float>
    ) -> Bool {
      guard isPacked else {
        // Both in one loop: short rows would cost two calls more than the copying.
        for i in 0..<size {
          row[i] = observation[i]
          row[size + i] = next[i]
        }
        return true
      }
      let pack = rlhs_kernels_in_use().pointee.pack_bits!
      return pack(observation, size, Self.bits(row)) != 0
        && pack(next, size, Self.bits(row + words)) != 0
    }

    /// Reads the two observations of a row.
    func read(
      _ row: UnsafePointer<Float>, into observation: UnsafeMutablePointer<Float>,
      _ next: UnsafeMutablePointer<Float>
    ) {
      guard isPacked else {
        for i in 0..<size {
          observation[i] = row[i]
          next[i] = row[size + i]
        }
        return
      }
      unpack(row, into: observation)
      readNext(row, into: next)
    }

    /// Reads the second of them alone.
    func readNext(
      _ row: UnsafePointer<Float>, into next: UnsafeMutablePointer<Float>
    ) {
      if isPacked {
        unpack(row + words, into: next)
      } else {
        next.update(from: row + size, count: size)
      }
    }

    private func unpack(
      _ words: UnsafePointer<Float>, into numbers: UnsafeMutablePointer<Float>
    ) {
      rlhs_kernels_in_use().pointee.unpack_bits(
        Self.bits(UnsafeMutablePointer(mutating: words)), size, numbers)
    }

    /// Only the kernels look at bits.
    private static func bits(_ words: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UInt32> {
      UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt32.self)
    }
  }

  private struct Place {
    let start: UnsafeMutablePointer<Float>
    let layout: Layout

    func row(_ index: Int) -> UnsafeMutablePointer<Float> { start + index * layout.rowWords }
  }

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
  mutating func append(
    observation: [Float], reward: Float, next: [Float], continues: Float,
    writeAction: (UnsafeMutablePointer<Float>) -> Void
  ) {
    precondition(observation.count == observationSize && next.count == observationSize)
    let tail = write(observation, next)
    writeAction(tail)
    tail[actionSize] = reward
    tail[actionSize + 1] = continues
    cursor = cursor + 1 == capacity ? 0 : cursor + 1
    count = min(count + 1, capacity)
  }

  /// Writes the observations of the row at the cursor; gives where the rest of it goes.
  private mutating func write(
    _ observation: [Float], _ next: [Float]
  ) -> UnsafeMutablePointer<Float> {
    let (chunk, index) = cursor.quotientAndRemainder(dividingBy: Self.chunkRows)
    if chunk == chunks.count { add() } else { makeUnique(chunk) }
    let place = places[chunk]
    let row = place.row(index)
    if !place.layout.write(observation, next, to: row) {
      spreadOut(chunk)
      return write(observation, next)
    }
    return row + 2 * place.layout.words
  }

  /// Fills `batch` with transitions drawn uniformly, with replacement.
  func sample(into batch: inout Batch, using random: inout RandomSource) {
    sample(into: &batch, rows: 0..<batch.count, using: &random)
  }

  /// Fills these rows of `batch` so.
  func sample(into batch: inout Batch, rows: Range<Int>, using random: inout RandomSource) {
    precondition(count > 0 || rows.isEmpty, "drawing from an empty replay buffer")
    for slot in rows { batch.rows[slot] = draw(using: &random) }
    gather(&batch, rows)
  }

  /// The place of a transition drawn uniformly: so are the rows of batches, one after the other.
  func draw(using random: inout RandomSource) -> Int { random.integer(below: count) }

  /// Copies what was seen after the transition at a place, to `start` and what follows it.
  func copyNext(of place: Int, into nexts: inout [Float], at start: Int) {
    let (row, layout) = row(place)
    nexts.withUnsafeMutableBufferPointer {
      layout.readNext(row, into: $0.baseAddress! + start)
    }
  }

  /// Fills `batch` with the transitions at its `rows`.
  func gather(_ batch: inout Batch) { gather(&batch, 0..<batch.count) }

  private func gather(_ batch: inout Batch, _ slots: Range<Int>) {
    // Rows drawn at random are seldom in a cache: all are asked for before the first is waited for.
    for slot in slots {
      let (row, layout) = row(batch.rows[slot])
      rlhs_prefetch(row)
      rlhs_prefetch(row + layout.rowWords - 1)
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
    let size = observationSize
    var observations = [Float](repeating: 0, count: Self.chunkRows * size)
    var next = [Float](repeating: 0, count: size)
    for index in chunks.indices {
      let rows = min(Self.chunkRows, count - index * Self.chunkRows)
      guard rows > 0 else { return }
      makeUnique(index)
      let place = places[index]
      var actions: [Float] = []
      observations.withUnsafeMutableBufferPointer { all in
        for row in 0..<rows {
          place.layout.read(place.row(row), into: all.baseAddress! + row * size, &next)
          let action = place.row(row) + 2 * place.layout.words
          actions += UnsafeBufferPointer(start: action, count: actionSize)
        }
      }
      let labels = rewards(Array(observations[..<(rows * size)]), actions, rows)
      for row in 0..<rows {
        place.row(row)[2 * place.layout.words + actionSize] = Float(labels[row])
      }
    }
  }

  /// Where a row lies, and how.
  func row(_ index: Int) -> (UnsafePointer<Float>, Layout) {
    let place = places[index / Self.chunkRows]
    return (UnsafePointer(place.row(index % Self.chunkRows)), place.layout)
  }

  private func copyRow(to slot: Int, of batch: inout Batch) {
    let (row, layout) = row(batch.rows[slot])
    let (first, tail) = (slot * observationSize, row + 2 * layout.words)
    batch.observations.withUnsafeMutableBufferPointer { observations in
      batch.nexts.withUnsafeMutableBufferPointer { nexts in
        layout.read(
          row, into: observations.baseAddress! + first, nexts.baseAddress! + first)
      }
    }
    if batch.vectors.isEmpty {
      batch.actions[slot] = Int32(tail[0])
    } else {
      for i in 0..<actionSize { batch.vectors[slot * actionSize + i] = tail[i] }
    }
    batch.rewards[slot] = tail[actionSize]
    batch.continues[slot] = tail[actionSize + 1]
  }

  // MARK: Chunks

  func layout(isPacked: Bool) -> Layout {
    Layout(isPacked: isPacked, observationSize: observationSize, actionSize: actionSize)
  }

  private mutating func add() {
    let layout = layout(isPacked: observationSize >= Self.leastPackedSize)
    let rows = min(Self.chunkRows, capacity - chunks.count * Self.chunkRows)
    let chunk = Chunk(count: rows * layout.rowWords)
    chunks.append(chunk)
    places.append(Place(start: chunk.start, layout: layout))
  }

  /// A chunk that others hold too is copied.
  private mutating func makeUnique(_ index: Int) {
    if isKnownUniquelyReferenced(&chunks[index]) { return }
    chunks[index] = Chunk(copying: chunks[index])
    places[index] = Place(start: chunks[index].start, layout: places[index].layout)
  }

  /// From bits to numbers.
  private mutating func spreadOut(_ index: Int) {
    let old = places[index]
    let rows = chunks[index].count / old.layout.rowWords
    let layout = layout(isPacked: false)
    let chunk = Chunk(count: rows * layout.rowWords)
    let new = Place(start: chunk.start, layout: layout)
    for row in 0..<rows {
      old.layout.read(old.row(row), into: new.row(row), new.row(row) + layout.words)
      (new.row(row) + 2 * layout.words).update(
        from: old.row(row) + 2 * old.layout.words, count: actionSize + 2)
    }
    (chunks[index], places[index]) = (chunk, new)
  }

  /// Rows side by side in memory that does not move.
  private final class Chunk {
    let start: UnsafeMutablePointer<Float>
    /// Words.
    let count: Int

    /// All bits 0.
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
}

/// Copies of one environment that are stepped together: what `VectorEnvironment` moves.
protocol EnvironmentBatch: Sendable {
  /// Puts one copy at a start drawn from its stream.
  mutating func reset(_ copy: Int, using random: inout RandomSource) throws

  /// Acts once in every copy, and writes what is then seen.
  ///
  /// - Parameters:
  ///   - streams: that of each copy.
  ///   - rewards, terminated: one a copy, overwritten.
  ///   - observations: a row a copy: zeros at first, then what the calls before wrote. Who remembers
  ///     that writes only what has changed. So too in the following.
  mutating func step(
    _ actions: Actions, streams: inout [RandomSource], rewards: inout [Double],
    terminated: inout [Bool], observations: inout [Float]
  ) throws

  /// Marks the copies whose last step was cut by the environment itself, beside any time limit.
  func markCuts(in truncated: inout [Bool])

  /// Writes the row of one copy.
  mutating func observe(_ copy: Int, into observations: inout [Float]) throws
}

extension EnvironmentBatch {
  /// Most environments cut nothing themselves.
  func markCuts(in truncated: inout [Bool]) {}
}

/// An environment that says how copies of it are stepped together. Its loops are requirements, so
/// that the compiler specialises them for each environment: through an existential every step
/// would be calls.
protocol BatchEnvironment: Environment {
  /// So many copies of it. A conforming type states this only where it has a faster way.
  func batch(count: Int) -> any EnvironmentBatch

  /// Acts once in every copy, one after the other.
  static func step(
    _ copies: inout [Self], _ actions: Actions, streams: inout [RandomSource],
    rewards: inout [Double], terminated: inout [Bool]
  ) throws

  /// Writes what is seen in every copy.
  ///
  /// - Parameter row: scratch for one observation.
  static func observe(
    _ copies: [Self], into observations: inout [Float], row: inout [Float]
  ) throws
}

extension BatchEnvironment {
  func batch(count: Int) -> any EnvironmentBatch { CopyBatch(self, count: count) }

  static func step(
    _ copies: inout [Self], _ actions: Actions, streams: inout [RandomSource],
    rewards: inout [Double], terminated: inout [Bool]
  ) throws {
    try copies.withUnsafeMutableBufferPointer { copies in
      for copy in copies.indices {
        (rewards[copy], terminated[copy]) = try copies[copy].step(
          actions[copy], using: &streams[copy])
      }
    }
  }

  static func observe(
    _ copies: [Self], into observations: inout [Float], row: inout [Float]
  ) throws {
    try copies.withUnsafeBufferPointer { copies in
      for copy in copies.indices {
        try copies[copy].observe(into: &row)
        observations.setRow(copy, to: row)
      }
    }
  }
}

/// Copies that are stepped one after the other.
struct CopyBatch<Task: BatchEnvironment>: EnvironmentBatch {
  private var copies: [Task]
  private let endsItself: Bool
  /// Scratch.
  private var row: [Float]

  init(_ task: Task, count: Int) {
    copies = Array(repeating: task, count: count)
    endsItself = task.endsItself
    row = Array(repeating: 0, count: task.observationSpace.size)
  }

  mutating func reset(_ copy: Int, using random: inout RandomSource) throws {
    try copies[copy].reset(using: &random)
  }

  mutating func step(
    _ actions: Actions, streams: inout [RandomSource], rewards: inout [Double],
    terminated: inout [Bool], observations: inout [Float]
  ) throws {
    if endsItself {
      // Those that work elsewhere begin all at once.
      for copy in copies.indices { copies[copy].foresee(actions[copy]) }
    }
    try Task.step(
      &copies, actions, streams: &streams, rewards: &rewards, terminated: &terminated)
    try Task.observe(copies, into: &observations, row: &row)
  }

  func markCuts(in truncated: inout [Bool]) {
    guard endsItself else { return }
    for copy in copies.indices where copies[copy].isTruncated { truncated[copy] = true }
  }

  mutating func observe(_ copy: Int, into observations: inout [Float]) throws {
    try copies[copy].observe(into: &row)
    observations.setRow(copy, to: row)
  }
}

/// Any environment at all, such as one of a script. What it shows is checked, as it is not of ours.
struct CheckedEnvironment: EnvironmentWrapper, BatchEnvironment {
  var base: any Environment
  private let space: Space

  init(_ base: any Environment) {
    self.base = base
    space = base.observationSpace
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    try base.step(action, using: &random)
  }

  func observe(into observation: inout [Float]) throws {
    try base.observe(into: &observation)
    guard observation.count == space.size, space.isEncodable(observation) else {
      throw CoreError.invalidObservation(observation, expected: space.description)
    }
  }
}

extension Environment {
  /// So many copies of it, stepped in the fastest way there is.
  func copies(_ count: Int) -> any EnvironmentBatch {
    (self as? any BatchEnvironment)?.batch(count: count)
      ?? CheckedEnvironment(self).batch(count: count)
  }
}

extension [Float] {
  /// Overwrites one of the rows, which are all as long as `row`.
  mutating func setRow(_ index: Int, to row: [Float]) {
    precondition((index + 1) * row.count <= count, "no row \(index) of \(row.count) in \(count)")
    withUnsafeMutableBufferPointer { all in
      row.withUnsafeBufferPointer { row in
        guard let source = row.baseAddress else { return }
        (all.baseAddress! + index * row.count).update(from: source, count: row.count)
      }
    }
  }

  /// Overwrites all by one of the rows of `rows`, each as long as this one.
  mutating func set(toRow index: Int, of rows: [Float]) {
    let row = index * count..<(index + 1) * count
    precondition(row.upperBound <= rows.count, "no row \(index) of \(count) in \(rows.count)")
    withUnsafeMutableBufferPointer { own in
      rows.withUnsafeBufferPointer { _ = own.update(fromContentsOf: $0[row]) }
    }
  }

  /// Overwrites one of the rows, `width` numbers each, with the one of `others` that stands in the
  /// same place.
  mutating func copyRow(_ index: Int, of width: Int, from others: [Float]) {
    let row = index * width..<(index + 1) * width
    precondition(row.upperBound <= Swift.min(count, others.count), "no row \(index) of \(width)")
    withUnsafeMutableBufferPointer { all in
      others.withUnsafeBufferPointer { others in
        _ = UnsafeMutableBufferPointer(rebasing: all[row]).update(fromContentsOf: others[row])
      }
    }
  }
}

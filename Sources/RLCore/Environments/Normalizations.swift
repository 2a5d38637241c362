/// Observations brought to mean 0 and deviation 1 by the running statistics of what was seen, and cut
/// to ±10. The statistics are part of the state, so they are saved with whoever trains in it.
///
/// Each copy of an environment keeps its own; PPO and A2C share them among theirs with
/// `normalize=true`.
///
/// - Source: the `VecNormalize` of OpenAI Baselines.
struct ObservationNormalization: EnvironmentWrapper {
  static let bound: Float = 10
  /// Keeps a variance of 0 from dividing.
  static let epsilon = 1e-8

  var base: any Environment
  private var statistics: RunningStatistics
  private var isFrozen = false
  /// The present observation as the inner environment shows it.
  private var seen: [Float]

  /// - Throws: `invalidSetting` where observations are no real numbers.
  init(_ base: any Environment) throws(CoreError) {
    guard case .box(let box) = base.observationSpace else {
      throw .invalidSetting(
        name: "normalize_observation", value: true,
        expected: "false: observations of \(base.observationSpace) are no real numbers")
    }
    self.base = base
    statistics = RunningStatistics(width: box.low.count)
    seen = Array(repeating: 0, count: box.low.count)
  }

  var observationSpace: Space {
    guard case .box(let box) = base.observationSpace else { return base.observationSpace }
    let bound = Double(Self.bound)
    return .box(-bound, bound, shape: box.shape)
  }

  mutating func reset(using random: inout RandomSource) throws {
    try base.reset(using: &random)
    try look(learning: !isFrozen)
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    let outcome = try base.step(action, using: &random)
    try look(learning: !isFrozen)
    return outcome
  }

  private mutating func look(learning: Bool) throws {
    try base.observe(into: &seen)
    guard seen.count == statistics.mean.count else {
      throw CoreError.invalidObservation(seen, expected: base.observationSpace.description)
    }
    if learning { statistics.append(seen) }
  }

  func observe(into observation: inout [Float]) {
    for index in seen.indices {
      let deviation = (statistics.variance(index) + Self.epsilon).squareRoot()
      let value = Float((Double(seen[index]) - statistics.mean[index]) / deviation)
      observation[index] = min(max(value, -Self.bound), Self.bound)
    }
  }

  func frozen() -> any Environment {
    var copy = self
    copy.base = base.frozen()
    copy.isFrozen = true
    return copy
  }

  /// Behind the inner state: the statistics.
  var state: [Double] { base.state + statistics.state }

  mutating func restore(state: [Double]) throws {
    let inner = try statistics.restored(
      fromEndOf: state,
      expected: "the environment's own and \(statistics.state.count) numbers of statistics")
    try base.restore(state: inner)
    try look(learning: false)
  }

  var lasting: [Double] { base.lasting + statistics.state }

  mutating func restore(lasting: [Double]) throws {
    try base.restore(lasting: statistics.restored(fromEndOf: lasting))
  }
}

/// Rewards divided by the deviation of their discounted sum so far, and cut to ±10; they are not
/// centred, which would change the task.
///
/// - Source: the `VecNormalize` of OpenAI Baselines, with its discount of 0.99.
struct RewardNormalization: EnvironmentWrapper {
  static let bound = 10.0
  static let discount = 0.99
  static let epsilon = 1e-8

  var base: any Environment
  private var statistics = RunningStatistics(width: 1)
  /// Of the episode so far.
  private var discountedReturn = 0.0
  private var isFrozen = false

  init(_ base: any Environment) { self.base = base }

  /// That of the environment's own rewards says nothing about scaled ones.
  var rewardThreshold: Double? { isFrozen ? base.rewardThreshold : nil }

  mutating func reset(using random: inout RandomSource) throws {
    discountedReturn = 0
    try base.reset(using: &random)
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    let outcome = try base.step(action, using: &random)
    if isFrozen { return outcome }
    discountedReturn = discountedReturn * Self.discount + outcome.reward
    statistics.append([Float(discountedReturn)])
    let scaled = outcome.reward / (statistics.variance(0) + Self.epsilon).squareRoot()
    return (min(max(scaled, -Self.bound), Self.bound), outcome.terminated)
  }

  func frozen() -> any Environment {
    var copy = self
    copy.base = base.frozen()
    copy.isFrozen = true
    return copy
  }

  /// Behind the inner state: the discounted return and the statistics.
  var state: [Double] { base.state + [discountedReturn] + statistics.state }

  mutating func restore(state: [Double]) throws {
    let expected = "the environment's own, the discounted return and 3 numbers of statistics"
    let inner = try statistics.restored(fromEndOf: state, expected: expected)
    guard let own = inner.last, own.isFinite else {
      throw CoreError.invalidState(expected: expected)
    }
    try base.restore(state: inner.dropLast())
    discountedReturn = own
  }

  var lasting: [Double] { base.lasting + statistics.state }

  mutating func restore(lasting: [Double]) throws {
    try base.restore(lasting: statistics.restored(fromEndOf: lasting))
  }
}

extension RunningStatistics {
  /// Puts back what `state` gave from the end of `numbers`; gives those before it.
  ///
  /// - Throws: `invalidState` where it does not fit.
  fileprivate mutating func restored(
    fromEndOf numbers: [Double], expected: String = "statistics alone between episodes"
  ) throws(CoreError) -> [Double] {
    let own = Array(numbers.suffix(state.count))
    guard own.allSatisfy(\.isFinite), restore(own) else {
      throw .invalidState(expected: expected)
    }
    return numbers.dropLast(own.count)
  }
}

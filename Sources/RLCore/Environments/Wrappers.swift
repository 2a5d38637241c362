import Schema

/// An environment around another one, of which it changes some part: everything else is the inner
/// one's. A state is the inner one's, followed by the wrapper's own numbers.
protocol EnvironmentWrapper: Environment {
  var base: any Environment { get set }
}

extension EnvironmentWrapper {
  var observationSpace: Space { base.observationSpace }
  var actionSpace: Space { base.actionSpace }
  var defaultTimeLimit: Int? { base.defaultTimeLimit }
  var rewardThreshold: Double? { base.rewardThreshold }
  var actionNames: [String] { base.actionNames }
  var observationNames: [String] { base.observationNames }
  var planeNames: [String] { base.planeNames }
  var picture: [String] { base.picture }
  var info: Settings { base.info }
  var endsItself: Bool { base.endsItself }
  var isTruncated: Bool { base.isTruncated }
  var isLost: Bool { base.isLost }
  var state: [Double] { base.state }
  mutating func restore(state: [Double]) throws { try base.restore(state: state) }
  var lasting: [Double] { base.lasting }
  mutating func restore(lasting: [Double]) throws { try base.restore(lasting: lasting) }
  mutating func reset(using random: inout RandomSource) throws { try base.reset(using: &random) }
  mutating func foresee(_ action: Action) { base.foresee(action) }
  func observe(into observation: inout [Float]) throws { try base.observe(into: &observation) }

  func independentCopy() -> any Environment {
    var copy = self
    copy.base = base.independentCopy()
    return copy
  }

  func frozen() -> any Environment {
    var copy = self
    copy.base = base.frozen()
    return copy
  }
}

/// At each step the last action is carried out in place of the chosen one with `probability`.
///
/// - Source: Machado et al., "Revisiting the Arcade Learning Environment", 2018.
struct StickyActions: EnvironmentWrapper, BatchEnvironment {
  var base: any Environment
  let probability: Double
  private var last: Action?

  init(_ base: any Environment, probability: Double) {
    self.base = base
    self.probability = probability
  }

  mutating func reset(using random: inout RandomSource) throws {
    last = nil
    try base.reset(using: &random)
  }

  /// Which action is carried out is drawn in the step.
  mutating func foresee(_ action: Action) {}

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    // The draw is made at every step, so that the stream does not depend on what was done.
    let sticks = random.bernoulli(probability)
    let action = sticks ? last ?? action : action
    last = action
    return try base.step(action, using: &random)
  }

  /// Behind the inner state: whether there is a last action, and its numbers.
  var state: [Double] {
    let size = actionSpace.size
    return base.state + [last == nil ? 0 : 1] + (last?.values ?? Array(repeating: 0, count: size))
  }

  mutating func restore(state: [Double]) throws {
    let own = state.suffix(1 + actionSpace.size)
    let values = Array(own.dropFirst())
    let choice = values.first.flatMap(Int.init(exactly:))
    let action: Action =
      if case .discrete = actionSpace { .discrete(choice ?? -1) } else { .continuous(values) }
    guard own.count == 1 + actionSpace.size, own.allSatisfy(\.isFinite),
      own.first == 0 || own.first == 1,
      own.first == 0 || actionSpace.contains(action)
    else {
      throw CoreError.invalidState(
        expected: "the environment's own, whether there is a last action, and that action")
    }
    try base.restore(state: state.dropLast(own.count))
    last = own.first == 1 ? action : nil
  }
}

extension StickyActions {
  func batch(count: Int) -> any EnvironmentBatch { StickyBatch(self, count: count) }
}

/// Sticky actions of copies that are stepped together: the draws are those of one at a time.
private struct StickyBatch: EnvironmentBatch {
  private var base: any EnvironmentBatch
  private let probability: Double
  /// The last actions, and which copies have one.
  private var last: Actions
  private var hasLast: [Bool]
  /// Scratch: where the last action is carried out.
  private var sticks: [Bool]

  init(_ sticky: StickyActions, count: Int) {
    base = sticky.base.copies(count)
    probability = sticky.probability
    last = Actions(in: sticky.actionSpace, count: count)
    hasLast = Array(repeating: false, count: count)
    sticks = hasLast
  }

  mutating func reset(_ copy: Int, using random: inout RandomSource) throws {
    hasLast[copy] = false
    try base.reset(copy, using: &random)
  }

  mutating func step(
    _ actions: Actions, streams: inout [RandomSource], rewards: inout [Double],
    terminated: inout [Bool], observations: inout [Float]
  ) throws {
    Self.draw(&sticks, &hasLast, probability, from: &streams)
    last.set(as: actions, except: sticks)
    try base.step(
      last, streams: &streams, rewards: &rewards, terminated: &terminated,
      observations: &observations)
  }

  /// Draws where the last action is carried out; from now on all copies have one.
  private static func draw(
    _ sticks: inout [Bool], _ hasLast: inout [Bool], _ probability: Double,
    from streams: inout [RandomSource]
  ) {
    var streams = streams.mutableSpan
    var hasLast = hasLast.mutableSpan
    var sticks = sticks.mutableSpan
    for copy in hasLast.indices {
      let isDrawn = streams[copy].bernoulli(probability)
      sticks[copy] = isDrawn && hasLast[copy]
      hasLast[copy] = true
    }
  }

  func markCuts(in truncated: inout [Bool]) { base.markCuts(in: &truncated) }

  mutating func observe(_ copy: Int, into observations: inout [Float]) throws {
    try base.observe(copy, into: &observations)
  }
}

/// Each action is carried out several times; rewards are summed. An end stops it.
struct ActionRepeat: EnvironmentWrapper {
  var base: any Environment
  let count: Int

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    var sum = 0.0
    for _ in 0..<count {
      let (reward, terminated) = try base.step(action, using: &random)
      sum += reward
      if terminated || base.isTruncated { return (sum, terminated) }
    }
    return (sum, false)
  }
}

/// Rewards are cut to ±`bound`.
struct RewardClip: EnvironmentWrapper {
  var base: any Environment
  let bound: Double

  /// That of the environment's own rewards says nothing about cut ones.
  var rewardThreshold: Double? { nil }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    let (reward, terminated) = try base.step(action, using: &random)
    return (min(max(reward, -bound), bound), terminated)
  }
}

/// The last observations are shown together, the oldest first, side by side in the last dimension:
/// planes beside planes. An episode begins with the first one repeated.
struct FrameStack: EnvironmentWrapper {
  var base: any Environment
  let count: Int
  /// One observation of the inner environment, and its last dimension.
  private let size: Int
  private let width: Int
  /// The last observations in a ring, and where in it the oldest stands.
  private var frames: [[Float]]
  private var oldest = 0

  init(_ base: any Environment, count: Int) {
    self.base = base
    self.count = count
    size = base.observationSpace.size
    width = base.observationSpace.lastDimension
    frames = Array(repeating: Array(repeating: 0, count: size), count: count)
  }

  var observationSpace: Space { base.observationSpace.repeated(count) }
  var observationNames: [String] {
    (0..<count).flatMap { frame in
      base.observationNames.map { frame == count - 1 ? $0 : "\($0), \(count - 1 - frame) ago" }
    }
  }
  var planeNames: [String] {
    (0..<count).flatMap { frame in
      base.planeNames.map { frame == count - 1 ? $0 : "\($0), \(count - 1 - frame) ago" }
    }
  }

  mutating func reset(using random: inout RandomSource) throws {
    try base.reset(using: &random)
    for _ in 0..<count { try push() }
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    let outcome = try base.step(action, using: &random)
    try push()
    return outcome
  }

  /// The newest observation takes the place of the oldest.
  private mutating func push() throws {
    try base.observe(into: &frames[oldest])
    guard frames[oldest].count == size else {
      throw CoreError.invalidObservation(
        frames[oldest], expected: base.observationSpace.description)
    }
    oldest = (oldest + 1) % count
  }

  func observe(into observation: inout [Float]) {
    observation.withUnsafeMutableBufferPointer { shown in
      for place in 0..<count {
        frames[(oldest + place) % count].withUnsafeBufferPointer { frame in
          var target = place * width
          for row in stride(from: 0, to: size, by: width) {
            for column in 0..<width { shown[target + column] = frame[row + column] }
            target += count * width
          }
        }
      }
    }
  }

  /// Behind the inner state: the older frames, the oldest first.
  var state: [Double] {
    base.state + (0..<count - 1).flatMap { frames[(oldest + $0) % count].map(Double.init) }
  }

  mutating func restore(state: [Double]) throws {
    let own = state.suffix((count - 1) * size)
    guard own.count == (count - 1) * size, own.allSatisfy(\.isFinite) else {
      throw CoreError.invalidState(
        expected: "the environment's own and \((count - 1) * size) older numbers seen")
    }
    try base.restore(state: state.dropLast(own.count))
    for frame in 0..<count - 1 {
      frames[frame] = own.dropFirst(frame * size).prefix(size).map(Float.init)
    }
    oldest = count - 1
    try push()
  }
}

extension Space {
  /// The length of the last dimension.
  fileprivate var lastDimension: Int {
    if case .box(let box) = self { box.shape.last ?? 1 } else { size }
  }

  /// So many members side by side in the last dimension.
  fileprivate func repeated(_ count: Int) -> Space {
    switch self {
    case .discrete(let choices): return .multiDiscrete(Array(repeating: choices, count: count))
    case .multiDiscrete(let choices):
      return .multiDiscrete((0..<count).flatMap { _ in choices })
    case .multiBinary(let bits): return .multiBinary(bits * count)
    case .dict, .tuple: return .tuple(Array(repeating: self, count: count))
    case .box(let box):
      let width = lastDimension
      func spread(_ bounds: [Double]) -> [Double] {
        stride(from: 0, to: bounds.count, by: width).flatMap { row in
          (0..<count).flatMap { _ in bounds[row..<row + width] }
        }
      }
      var shape = box.shape
      shape[shape.count - 1] *= count
      return .box(Box(low: spread(box.low), high: spread(box.high), shape: shape))
    }
  }
}

extension EnvironmentKind {
  /// The options of the wrappers, which every environment that is not a script's has.
  package static func wrapperParameters(stickyActionProbability: Double) -> [Parameter] {
    [
      Parameter(
        "sticky_action_prob", .real(0...1), default: .setting(.real(stickyActionProbability)),
        "Probability that a step repeats the last action instead."),
      Parameter(
        "action_repeat", .integer(from: 1), default: .setting(1),
        "How often each action is carried out; a step gives the sum of the rewards."),
      Parameter(
        "reward_clip", .either([.positiveReal, .words([Word("none", "As they are.")])]),
        default: .setting("none"), "Rewards are cut to this, up and down."),
      Parameter(
        "normalize_reward", .boolean, default: .setting(false),
        "Rewards are divided by the deviation of their discounted sum so far, in training."),
      Parameter(
        "normalize_observation", .boolean, default: .setting(false),
        "Observations are brought to mean 0 and deviation 1 by what training has seen so far."),
      Parameter(
        "frame_stack", .integer(1...64), default: .setting(1),
        "How many of the last observations are shown together."),
    ]
  }

  /// `environment` within the wrappers that `settings` ask for, and no others.
  ///
  /// - Parameter settings: a value for each of `wrapperParameters`.
  /// - Throws: `invalidSetting` for normalised observations that are no real numbers.
  package static func wrapped(
    _ environment: any Environment, _ settings: Settings
  ) throws(CoreError) -> any Environment {
    var environment = environment
    let stickiness = settings.real("sticky_action_prob")
    if stickiness > 0 { environment = StickyActions(environment, probability: stickiness) }
    let repeats = settings.integer("action_repeat")
    if repeats > 1 { environment = ActionRepeat(base: environment, count: repeats) }
    if let bound = settings["reward_clip"]?.real {
      environment = RewardClip(base: environment, bound: bound)
    }
    if settings.boolean("normalize_reward") { environment = RewardNormalization(environment) }
    if settings.boolean("normalize_observation") {
      environment = try ObservationNormalization(environment)
    }
    let frames = settings.integer("frame_stack")
    if frames > 1 { environment = FrameStack(environment, count: frames) }
    return environment
  }
}

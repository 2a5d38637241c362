import Schema

/// Greedy episodes of an agent, without a trace in it. Pulled: `advance` until it gives the result.
///
/// Episodes run side by side, so that a network sees them as one batch; each has a stream of its
/// own, so that the result does not depend on that.
public struct Evaluator {
  /// Episodes side by side: enough to fill a batch, few enough for a step to stay short.
  private static let width = 64

  private let environment: EnvironmentInstance
  private let episodes: Int
  private let stream: RandomSource
  private let longest: Int
  private let metric: String?
  /// The episodes going on, with their numbers.
  private var lanes: [(instance: EnvironmentInstance, episode: Int)] = []
  /// The number of the next episode to begin.
  private var next = 0
  private var returns: [Double]
  private var lengths: [Int]
  private var metrics: [Double]
  private var terminated = 0
  private var observations: [Float] = []
  private var values: [Float] = []

  /// - Parameters:
  ///   - environment: is copied for each episode.
  ///   - stream: `episodes` streams are split off it, one for each.
  ///   - longest: steps after which an episode is left where there is no time limit.
  ///   - metric: a number of the environment's `info` to be kept as each episode's last step has it.
  /// - Throws: what the environment's `reset` throws.
  public init(
    in environment: EnvironmentInstance, episodes: Int, stream: RandomSource,
    longest: Int = EnvironmentInstance.longestWatched, metric: String? = nil
  ) throws {
    precondition(episodes > 0, "an evaluation over \(episodes) episodes")
    self.environment = environment.frozen()
    self.episodes = episodes
    self.stream = stream
    self.longest = longest
    self.metric = metric
    metrics = metric == nil ? [] : Array(repeating: 0, count: episodes)
    returns = Array(repeating: 0, count: episodes)
    lengths = Array(repeating: 0, count: episodes)
    try beginEpisodes()
  }

  private mutating func beginEpisodes() throws {
    while lanes.count < Self.width && next < episodes {
      var instance = environment
      instance.random = stream.split("episode", next)
      try instance.reset()
      lanes.append((instance, next))
      next += 1
    }
  }

  /// Plays a few milliseconds' worth.
  ///
  /// - Parameter agent: the same in every call.
  /// - Returns: the result, when all episodes are over.
  /// - Throws: what the environment or its reward function throws.
  public mutating func advance(_ agent: Agent, steps: Int = 512) throws -> Evaluation? {
    var remaining = steps
    while !lanes.isEmpty && remaining > 0 {
      remaining -= lanes.count
      try step(agent)
    }
    guard lanes.isEmpty else { return nil }
    return Evaluation(
      returns: returns, lengths: lengths, metrics: metrics, terminated: terminated,
      rewardThreshold: environment.rewardThreshold)
  }

  private mutating func step(_ agent: Agent) throws {
    observations.removeAll(keepingCapacity: true)
    for lane in lanes { observations += lane.instance.observation }
    agent.biasedValues(observations, count: lanes.count, into: &values)
    let width = values.count / lanes.count
    var hasEnded = false
    if environment.foresees {
      for row in lanes.indices {
        lanes[row].instance.foresee(agent.action(by: values[(row * width)..<((row + 1) * width)]))
      }
    }
    for row in lanes.indices {
      let action = agent.action(by: values[(row * width)..<((row + 1) * width)])
      let outcome = try lanes[row].instance.advance(action)
      let episode = lanes[row].episode
      returns[episode] += outcome.reward
      lengths[episode] += 1
      if outcome.terminated { terminated += 1 }
      guard lanes[row].instance.needsReset || lanes[row].instance.hasRunOn(longest) else {
        continue
      }
      hasEnded = true
      if let metric { metrics[episode] = try number(metric, of: lanes[row].instance) }
    }
    guard hasEnded else { return }
    let longest = longest
    lanes.removeAll { $0.instance.needsReset || $0.instance.hasRunOn(longest) }
    try beginEpisodes()
  }
}

extension Evaluator {
  private func number(_ metric: String, of instance: EnvironmentInstance) throws(CoreError)
    -> Double
  {
    let info = instance.environment.info
    if let number = info[metric]?.real { return number }
    throw .unknownName(
      family: "number of this environment's info", name: metric,
      suggestion: nearest(to: metric, among: info.filter { $0.value.real != nil }.keys.sorted()))
  }
}

/// What an evaluation gave.
public struct Evaluation: Sendable, Hashable {
  /// Undiscounted, one an episode.
  public let returns: [Double]
  /// Steps, one number an episode.
  public let lengths: [Int]
  /// What was asked for of `info`, one number an episode; empty where nothing was.
  public let metrics: [Double]
  /// Episodes in which the task itself ended; the others were cut by the time limit.
  public let terminated: Int
  /// Episodes that the time limit cut.
  public var truncated: Int { returns.count - terminated }
  /// The mean return from which the task counts as solved; nil where none is declared.
  public let rewardThreshold: Double?

  /// The mean return.
  public var mean: Double { RLCore.mean(returns) }
  /// The deviation of the episodes' returns (of the population).
  public var std: Double { standardDeviation(returns) }
  /// The mean of the middle half.
  public var iqm: Double { interquartileMean(returns) }
  /// The median return.
  public var median: Double { RLCore.median(returns) }
  /// The worst return.
  public var min: Double { returns.min()! }
  /// The best return.
  public var max: Double { returns.max()! }
  /// The bootstrap's 95 % interval of the mean.
  public var ci: ClosedRange<Double> { bootstrapInterval(returns) }
}

extension Agent {
  /// Greedy episodes at starts that `seed` fixes, all at once; changes no bit of the agent.
  ///
  /// - Parameter environment: by default a copy of the agent's own.
  public func evaluate(
    episodes: Int, seed: Int, in environment: EnvironmentInstance? = nil
  ) throws -> Evaluation {
    var evaluator = try Evaluator(
      in: environment ?? self.environment, episodes: episodes,
      stream: RandomSource(seed: seed).split("evaluate"))
    while true {
      if let evaluation = try evaluator.advance(self) { return evaluation }
    }
  }
}

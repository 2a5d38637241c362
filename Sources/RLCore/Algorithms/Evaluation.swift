/// Greedy episodes of an agent, without a trace in it. Pulled: `advance` until it gives the result.
///
/// Episodes run side by side, so that a network sees them as one batch; each has a stream of its
/// own, so that the result does not depend on that.
public struct Evaluator {
  /// How long an episode can get where the environment has no time limit: a greedy agent may walk
  /// in circles for ever.
  public static let longest = 1000

  private var lanes: [EnvironmentInstance]
  /// Lanes whose episode goes on.
  private var active: [Int]
  private var returns: [Double]
  private var lengths: [Int]
  private var terminated = 0
  private var observations: [Float] = []
  private var values: [Float] = []

  /// - Parameters:
  ///   - environment: is copied for each episode.
  ///   - stream: `episodes` streams are split off it, one for each.
  public init(
    in environment: EnvironmentInstance, episodes: Int, stream: RandomSource
  ) throws {
    precondition(episodes > 0, "an evaluation over \(episodes) episodes")
    lanes = []
    for index in 0..<episodes {
      var lane = environment
      lane.random = stream.split("episode", index)
      try lane.reset()
      lanes.append(lane)
    }
    active = Array(lanes.indices)
    returns = Array(repeating: 0, count: episodes)
    lengths = Array(repeating: 0, count: episodes)
  }

  /// Plays a few milliseconds' worth.
  ///
  /// - Parameter agent: the same in every call.
  /// - Returns: the result, when all episodes are over.
  public mutating func advance(_ agent: Agent, steps: Int = 512) throws -> Evaluation? {
    var remaining = steps
    while !active.isEmpty && remaining > 0 {
      remaining -= active.count
      try step(agent)
    }
    guard active.isEmpty else { return nil }
    return Evaluation(
      returns: returns, lengths: lengths, terminated: terminated,
      rewardThreshold: lanes[0].rewardThreshold)
  }

  private mutating func step(_ agent: Agent) throws {
    observations.removeAll(keepingCapacity: true)
    for lane in active { observations += lanes[lane].observation }
    agent.biasedValues(observations, count: active.count, into: &values)
    let actions = values.count / active.count
    var ended = false
    for (row, lane) in active.enumerated() {
      let choice = argmax(values[(row * actions)..<((row + 1) * actions)])
      let outcome = try lanes[lane].advance(.discrete(choice))
      returns[lane] += outcome.reward
      lengths[lane] += 1
      if outcome.terminated { terminated += 1 }
      if lanes[lane].needsReset || lengths[lane] >= Self.longest && lanes[lane].timeLimit == nil {
        ended = true
      }
    }
    if ended {
      active.removeAll {
        lanes[$0].needsReset || lengths[$0] >= Self.longest && lanes[$0].timeLimit == nil
      }
    }
  }
}

/// What an evaluation gave.
public struct Evaluation: Sendable, Hashable {
  /// Undiscounted, one an episode.
  public let returns: [Double]
  /// Steps, one number an episode.
  public let lengths: [Int]
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

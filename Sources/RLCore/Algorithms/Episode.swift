/// What happened from a start to an end.
public struct Episode: Sendable, Hashable {
  /// One more than actions: the first is the start, the last what was seen at the end.
  public var observations: [[Float]]
  /// The environment's own states, as many as observations, for drawing and playing again.
  public var states: [[Double]]
  /// What was done in each step.
  public var actions: [Action] = []
  /// What each step brought, as many as actions.
  public var rewards: [Double] = []
  /// The task itself ended.
  public var terminated = false
  /// The time limit cut it.
  public var truncated = false
  /// The seed its start was drawn with; for an episode of training the agent's.
  public var seed: Int

  /// An episode that stands at its start.
  public init(startingIn instance: EnvironmentInstance) {
    observations = [instance.observation]
    states = [instance.environment.state]
    seed = instance.seed
  }

  /// The sum of rewards.
  public var `return`: Double { rewards.reduce(0, +) }
  /// Steps.
  public var length: Int { actions.count }

  /// Takes in the step that led `instance` to where it is.
  public mutating func append(
    _ action: Action, reward: Double, terminated: Bool, truncated: Bool,
    in instance: EnvironmentInstance
  ) {
    actions.append(action)
    rewards.append(reward)
    observations.append(instance.observation)
    states.append(instance.environment.state)
    self.terminated = terminated
    self.truncated = truncated
  }
}

extension Episode {
  /// A piece of it: these steps, with what was seen before the first and after each.
  ///
  /// - Precondition: it has these steps.
  public func fragment(_ steps: Range<Int>) -> Episode {
    precondition(actions.indices.contains(steps), "an episode of \(length) steps has no \(steps)")
    var piece = self
    piece.observations = Array(observations[steps.lowerBound...steps.upperBound])
    piece.states = Array(states[steps.lowerBound...steps.upperBound])
    piece.actions = Array(actions[steps])
    piece.rewards = Array(rewards[steps])
    if steps.upperBound < length { (piece.terminated, piece.truncated) = (false, false) }
    return piece
  }
}

/// One episode played step by step by an agent, without a trace in it.
public struct Rollout {
  /// Who plays.
  public let agent: Agent
  /// The copy that is played in.
  public private(set) var environment: EnvironmentInstance
  /// What happened so far.
  public private(set) var episode: Episode
  private let epsilon: Double
  private var policy: RandomSource

  /// Begins an episode at the start that `seed` draws.
  ///
  /// - Parameters:
  ///   - environment: is copied; by default the agent's own.
  ///   - epsilon: the probability of a random action; 0 is greedy.
  public init(
    _ agent: Agent, in environment: EnvironmentInstance? = nil, seed: Int, epsilon: Double = 0
  ) throws {
    self.agent = agent
    self.epsilon = epsilon
    self.environment = (environment ?? agent.environment).frozen()
    self.environment.reseed(seed)
    policy = RandomSource(seed: seed).split("policy")
    try self.environment.reset()
    episode = Episode(startingIn: self.environment)
  }

  /// Whether there is no further step.
  public var isOver: Bool { environment.needsReset || environment.hasRunOn() }

  /// Plays one step.
  ///
  /// - Returns: what it gave; nil when the episode is over.
  public mutating func step() throws -> EnvironmentInstance.Step? {
    if isOver { return nil }
    var action = try agent.predict(environment.observation).action
    if epsilon > 0, policy.bernoulli(epsilon) {
      action = environment.actionSpace.sample(using: &policy)
    }
    var step = try environment.step(action)
    if !step.terminated && environment.hasRunOn() { step.truncated = true }
    episode.append(
      action, reward: step.reward, terminated: step.terminated, truncated: step.truncated,
      in: environment)
    return step
  }

  /// Plays up to `steps` steps.
  ///
  /// - Returns: whether the episode is over.
  public mutating func advance(steps: Int = 256) throws -> Bool {
    for _ in 0..<steps where try step() == nil { return true }
    return isOver
  }
}

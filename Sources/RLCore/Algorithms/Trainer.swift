import Schema

/// Training that is pulled: each `advance` does a few milliseconds' work and says what happened.
/// Whoever pulls can stop after any of them; another trainer on the same agent continues exactly
/// there.
public struct Trainer {
  /// Who learns.
  public let agent: Agent
  /// Stops when the agent has this many steps.
  public let goal: Int
  /// Stops when the agent has made this many gradient steps.
  public let updateGoal: Int?
  /// What the caller looks at.
  public let detail: Detail
  /// What this trainer has seen so far.
  public private(set) var history = TrainingHistory()

  private let firstStep: Int
  private let firstUpdate: Int
  private var validation: Evaluator?
  /// How the feedback method asks; nil where nobody answers.
  private var queries: QueryPlan?
  private var session: QuerySession?
  /// Not before this step is there another session.
  private var nextSession = 0
  private var lossSum: Float = 0
  private var lossCount = 0

  /// How much the caller wants to look at.
  public enum Detail: Int, Sendable, Comparable {
    /// Nothing in particular: the fastest.
    case progress
    /// Each episode, recorded.
    case episodes
    /// Each step; episodes are recorded too.
    case steps

    /// More detail is greater.
    public static func < (a: Detail, b: Detail) -> Bool { a.rawValue < b.rawValue }
  }

  /// The work an `advance` may do, in floating-point operations: some milliseconds.
  private static let workLimit = 100_000_000
  /// The steps it may make: an environment written in a script takes its time.
  private static let stepLimit = 256
  /// Updates that one point of the loss curve averages.
  private static let lossInterval = 50

  /// - Parameters:
  ///   - steps: from here on. Without it an interrupted training is finished, or else the agent's
  ///     `total_steps` are reached.
  ///   - updates: gradient steps from here on, if these are to end it first.
  ///   - asks: whether there is someone to answer what the feedback method asks.
  public init(
    _ agent: Agent, steps: Int? = nil, updates: Int? = nil, detail: Detail = .progress,
    asks: Bool = false
  ) {
    self.agent = agent
    self.detail = detail
    queries = asks ? agent.queryPlan : nil
    firstStep = agent.steps
    firstUpdate = agent.updates
    goal =
      steps.map { saturatingSum(agent.steps, $0) } ?? agent.trainingGoal
      ?? max(agent.totalSteps, agent.steps)
    updateGoal = updates.map { saturatingSum(agent.updates, $0) }
    agent.trainingGoal = goal
    if detail == .progress {
      for lane in agent.lanes.indices { agent.lanes[lane].recorder = nil }
    }
  }

  /// Training that is done again: it sets no goal and asks nothing.
  init(again agent: Agent, goal: Int) {
    self.agent = agent
    self.goal = goal
    detail = .steps
    updateGoal = nil
    (firstStep, firstUpdate) = (agent.steps, agent.updates)
  }

  /// Steps made by this trainer.
  public var steps: Int { agent.steps - firstStep }
  /// Gradient steps made by this trainer.
  public var updates: Int { agent.updates - firstUpdate }
  /// The share done, from 0 to 1.
  public var progress: Double {
    goal == firstStep ? 1 : Double(steps) / Double(goal - firstStep)
  }

  /// Works for a while, never more than 50 ms.
  ///
  /// - Throws: `CoreError.notFinite`, and whatever an environment or reward function of the
  ///   caller's throws.
  public mutating func advance() throws -> TrainingEvent {
    var work = Self.workLimit
    var steps = Self.stepLimit
    while work > 0 && steps > 0 {
      if let updateGoal, agent.updates >= updateGoal {
        return finish()
      } else if let metrics = try agent.update() {
        work -= agent.plan.updateCost
        append(metrics)
      } else if agent.isValidationDue {
        return try validate()
      } else if agent.steps >= goal {
        agent.isSettled = true
        return finish()
      } else if queries != nil, let event = try ask() {
        return event
      } else {
        work -= 2000
        steps -= 1
        let ended = try agent.trainStep(isRecording: detail > .progress)
        if let ended { history.append(ended, at: agent.steps) }
        if detail == .steps { return .stepped(agent.transition, ended: ended) }
        if let ended, detail == .episodes { return .episodeEnded(ended) }
      }
    }
    return .progressed
  }

  /// The next question of a session; after the last, what was learned from the answers.
  private mutating func ask() throws(CoreError) -> TrainingEvent? {
    guard let queries else { return nil }
    if session == nil, agent.steps >= nextSession { session = agent.querySession(queries) }
    guard session != nil else { return nil }
    if let query = session!.next() { return .asks(query) }
    session = nil
    // Where all was skipped, time passes before the next ones.
    nextSession = agent.steps + queries.interval(of: agent.totalSteps)
    return try agent.learn().map { .learned($0) }
  }

  private mutating func append(_ metrics: UpdateMetrics) {
    lossSum += metrics.loss
    lossCount += 1
    if lossCount == Self.lossInterval { flushLoss() }
  }

  private mutating func flushLoss() {
    guard lossCount > 0 else { return }
    history.losses.append(.init(step: agent.steps, value: Double(lossSum) / Double(lossCount)))
    lossSum = 0
    lossCount = 0
  }

  private mutating func validate() throws -> TrainingEvent {
    var evaluator =
      if let validation { validation } else {
        try Evaluator(
          in: agent.environment, episodes: agent.plan.validationEpisodes,
          stream: RandomSource(seed: agent.seed).split("validation"),
          longest: agent.plan.longestValidation)
      }
    let result = try evaluator.advance(agent)
    guard let result else {
      validation = evaluator
      return .progressed
    }
    validation = nil
    let isBest = agent.validated(result.mean)
    history.validations.append(.init(step: agent.steps, value: result.mean))
    return .validated(mean: result.mean, isBest: isBest)
  }

  private mutating func finish() -> TrainingEvent {
    flushLoss()
    agent.trainingGoal = nil
    return .finished
  }
}

/// What an `advance` came to.
public enum TrainingEvent: Sendable {
  /// Some work was done.
  case progressed
  /// One step was made; only where steps are wanted.
  case stepped(Transition, ended: FinishedEpisode?)
  /// An episode ended; only where episodes are wanted.
  case episodeEnded(FinishedEpisode)
  /// The agent was evaluated on the validation episodes.
  case validated(mean: Double, isBest: Bool)
  /// The feedback method asks; only where someone answers. The answer, if there is one, is given
  /// to `agent.receive` before the next call.
  case asks(Query)
  /// The answers of a session were learned from.
  case learned(LearnReport)
  /// The goal is reached; further calls say so again.
  case finished
}

/// An episode of training.
public struct FinishedEpisode: Sendable {
  /// The sum of rewards.
  public let `return`: Double
  /// Steps.
  public let length: Int
  /// The task itself ended; else the time limit cut it.
  public let terminated: Bool
  /// Where episodes are wanted; nil for one whose beginning was not recorded.
  public let episode: Episode?
}

/// What a training leaves behind for plots.
public struct TrainingHistory: Sendable, Hashable {
  /// Of each finished episode.
  public var returns: [Point] = []
  /// Steps of each finished episode.
  public var lengths: [Int] = []
  /// Averages over some updates each.
  public var losses: [Point] = []
  /// The mean return of each validation.
  public var validations: [Point] = []

  /// Nothing yet.
  public init() {}

  /// A value at the agent's step.
  public struct Point: Sendable, Hashable {
    /// The agent's steps.
    public var step: Int
    /// What was measured.
    public var value: Double
  }

  mutating func append(_ ended: FinishedEpisode, at step: Int) {
    returns.append(Point(step: step, value: ended.return))
    lengths.append(ended.length)
  }
}

extension Agent {
  /// One step in the environment whose turn it is, recorded by the algorithm. It begins an episode
  /// where one is over.
  ///
  /// - Returns: the episode, if this step ended it.
  func trainStep(isRecording: Bool) throws -> FinishedEpisode? {
    let lane = lanes.count == 1 ? 0 : steps % lanes.count
    if lane == 0 && lanes.count > 1 && environment.foresees {
      try foreseeRound(isRecording: isRecording)
    }
    // Lent to this function: what is read of a property is shared, and counted, at each call.
    var transition = Transition.empty
    swap(&transition, &self.transition)
    defer { swap(&transition, &self.transition) }
    try lanes[lane].begin(isRecording: isRecording, observation: &transition.observation)
    let takesClips = feedback.clips.isTaking
    if takesClips { feedback.clips.willStep(lanes[lane].environment, lane: lane) }
    prepareBias(
      transition.observation, draw: RandomSource(seed: seed).split("sharing", steps))
    transition.action = algorithm.explore(
      transition.observation, bias: bias, using: &policyStream)
    try lanes[lane].step(&transition)
    record(&transition)
    if takesClips { feedback.clips.didStep(transition, lanes[lane].environment, lane: lane) }
    steps += 1
    (updatesAtStep, isSettled) = (updates, false)
    guard let ended = lanes[lane].finishStep(transition) else { return nil }
    episodes += 1
    feedback.episodeEnded()
    return ended
  }

  /// The algorithm sees the reward that feedback gives; everyone else sees the true one.
  private func record(_ transition: inout Transition) {
    guard feedback.givesReward else { return algorithm.record(transition) }
    let truth = transition.reward
    transition.reward = feedback.reward(transition)
    algorithm.record(transition)
    transition.reward = truth
  }

  /// Tells environments that work elsewhere what each will do in this round, so that they do it side
  /// by side: a copy of the algorithm, with a copy of the stream, chooses as it is about to.
  private func foreseeRound(isRecording: Bool) throws {
    var (algorithm, stream) = (algorithm, policyStream)
    for lane in lanes.indices {
      try lanes[lane].beginIfOver(isRecording: isRecording)
      let observation = lanes[lane].environment.observation
      // Only policies train in several copies, and they do not listen to a bias.
      lanes[lane].environment.foresee(
        algorithm.explore(observation, bias: [], using: &stream))
    }
  }

  /// One gradient step, where one is due.
  func update() throws(CoreError) -> UpdateMetrics? {
    guard let metrics = try algorithm.update(using: &replayStream) else { return nil }
    updates += 1
    return metrics
  }

  /// Whether the agent is to be validated now; not before it has learned something.
  var isValidationDue: Bool {
    plan.validationEpisodes > 0 && steps.isMultiple(of: plan.validationInterval)
      && steps > validatedAt && updates > 0
  }

  /// Keeps the present weights if they are the best; of equals the later, which have seen more.
  ///
  /// - Returns: whether they are.
  func validated(_ mean: Double) -> Bool {
    validatedAt = steps
    guard mean >= best?.mean ?? -.infinity else { return false }
    best = Best(steps: steps, mean: mean, weights: algorithm.weights)
    return true
  }
}

extension Agent.Lane {
  /// Begins an episode where one is over, and copies what is seen.
  fileprivate mutating func begin(isRecording: Bool, observation: inout [Float]) throws {
    try beginIfOver(isRecording: isRecording)
    copyObservation(into: &observation)
  }

  /// Begins an episode where one is over.
  fileprivate mutating func beginIfOver(isRecording: Bool) throws {
    guard environment.needsReset else { return }
    try environment.reset()
    episodeReturn = 0
    recorder = isRecording ? Episode(startingIn: environment) : nil
  }

  /// Does the transition's action, and takes in what comes of it.
  fileprivate mutating func step(_ transition: inout Transition) throws {
    let outcome = try environment.advance(transition.action)
    guard outcome.reward.isFinite else {
      throw CoreError.incompatible(
        "the reward of step \(environment.elapsedSteps) of an episode of \(environment.name) is "
          + "\(outcome.reward): nothing can be learned from that")
    }
    transition.reward = outcome.reward
    transition.terminated = outcome.terminated
    transition.truncated = outcome.truncated
    copyObservation(into: &transition.next)
  }

  /// Copies without allocating; the two have the same count.
  private func copyObservation(into destination: inout [Float]) {
    for index in destination.indices { destination[index] = environment.observation[index] }
  }

  /// Keeps count of a step that was made.
  ///
  /// - Returns: the episode, if the step ended it.
  fileprivate mutating func finishStep(
    _ transition: Transition
  ) -> FinishedEpisode? {
    episodeReturn += transition.reward
    recorder?.append(
      transition.action, reward: transition.reward, terminated: transition.terminated,
      truncated: transition.truncated, in: environment)
    guard environment.needsReset else { return nil }
    defer { recorder = nil }
    return FinishedEpisode(
      return: episodeReturn, length: environment.elapsedSteps,
      terminated: transition.terminated, episode: recorder)
  }
}

/// More than there are integers is as good as for ever.
private func saturatingSum(_ a: Int, _ b: Int) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max : sum
}

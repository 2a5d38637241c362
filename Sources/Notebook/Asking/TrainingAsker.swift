import Language
import RLCore
import Schema

/// Asks in the middle of training: after each episode, each step or each few steps, or while it plays.
final class TrainingAsker {
  private enum Moment: Equatable {
    /// Only what the feedback method itself asks.
    case queries
    case episode, step, live
    case every(Int)

    /// What the trainer must tell.
    var detail: Trainer.Detail {
      switch self {
      case .queries: .progress
      case .episode: .episodes
      case .step, .live, .every: .steps
      }
    }
  }

  private let moment: Moment
  private let asker: Asker
  private let agent: AgentHandle
  private let session: Session
  private let live: LiveRating?
  /// The episode that goes on, as far as steps are asked about.
  private var current: Episode?

  /// The method's questions of this training that were answered, for asking them again.
  private var answered: [(query: Query, id: Int)] = []

  /// Nil where nothing is to be asked: nobody is there to answer, or nothing was said of asking.
  init?(_ call: CommandCall, for agent: AgentHandle, in session: Session) throws {
    let given = call["ask"] ?? .null
    let isThere = call["from"] != nil || session.canAsk || session.rehearsal != nil
    guard isThere || !given.isNull else { return nil }
    moment =
      switch given.text {
      case "step": .step
      case "live": .live
      case "episode": .episode
      default: given.integer.map { .every($0) } ?? .queries
      }
    if moment.detail == .steps, (agent.core.settings["n_envs"]?.integer ?? 1) > 1 {
      throw RunError(
        .value, "\(agent.name) acts in several environments by turns, which no one can follow",
        hint: "make it with `n_envs=1`, or `ask=episode`", argument: "ask")
    }
    asker = try Asker(call, in: session)
    self.agent = agent
    self.session = session
    live =
      moment == .live && asker.asksPerson
      ? LiveRating(agent, in: session, person: asker.person, learnsAtOnce: true) : nil
  }

  /// What the trainer must tell.
  var detail: Trainer.Detail { moment.detail }

  /// To be called after each step of training, with the state that it led to.
  func stepped(_ transition: Transition, state: [Double]) throws {
    if detail != .steps { return }
    var episode = current ?? Episode(startingIn: agent.core.environment)
    if current == nil {
      episode.observations = [transition.observation]
      episode.states = [state]
      episode.seed = agent.core.seed
    }
    episode.observations.append(transition.next)
    episode.states.append(state)
    episode.actions.append(transition.action)
    episode.rewards.append(transition.reward)
    (episode.terminated, episode.truncated) = (transition.terminated, transition.truncated)
    current = episode
    let isOver = transition.terminated || transition.truncated
    defer { if isOver { current = nil } }
    switch moment {
    case .queries, .episode: break
    case .live where live != nil: try live?.stepped(episode)
    case .live, .step:
      let inquiry = Inquiry.rating(FeedbackSubject(lastStepOf: episode, by: agent))
      if asker.asksPerson {
        try asker.askAndLearn(inquiry)
      } else {
        // Learning anew after each of many steps would take longer than the training.
        try asker.ask(inquiry)
        if isOver { try asker.learn(agent) }
      }
    case .every(let steps):
      guard isOver || episode.length.isMultiple(of: steps) else { return }
      let first = (episode.length - 1) / steps * steps
      try asker.askAndLearn(
        .rating(
          FeedbackSubject(
            EpisodeHandle(
              episode.fragment(first..<episode.length), environment: agent.environment,
              agent: agent), step: nil, agent: agent)))
    }
  }

  /// Answers what the feedback method asks; what comes of it is learned at the end of its session.
  func answer(_ query: Query) throws {
    let first = answered.first { $0.query.left == query.right && $0.query.right == query.left }
    let sides = [query.left, query.right].map {
      FeedbackSubject(
        EpisodeHandle($0, environment: agent.environment, agent: agent), step: nil, agent: agent)
    }
    let record = try asker.ask(
      .comparison(sides[0], sides[1], repeats: query.isRepeat ? first?.id : nil))
    if let id = record?.stored.agentFeedback, !query.isRepeat { answered.append((query, id)) }
  }

  /// Says what came of the method's questions.
  func learned(_ report: LearnReport, seconds: Double) throws {
    session.output.report(.learned(report, by: agent, seconds: seconds), isShown: false)
    try session.rehearsal?.learned(agent)
  }

  /// To be called with each finished episode of training.
  func ended(_ episode: EpisodeHandle) throws {
    guard moment == .episode else { return }
    try asker.askAndLearn(.rating(FeedbackSubject(episode, in: session)))
  }

  /// To be called when training is over: what was given and not folded in yet is.
  func finish() throws {
    live?.finish()
    if detail == .steps { try asker.learn(agent) }
  }
}

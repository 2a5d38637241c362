import Language
import RLCore

/// What a rating is about: an episode, or one step of it.
struct RatingSubject {
  let episode: EpisodeHandle
  /// The step that alone is meant; nil for the whole episode.
  let step: Int?
  /// Who learns from it, where an agent of this environment is there.
  let agent: AgentHandle?

  /// The episode given, or what was done last: a step by hand, or a rollout.
  init(_ call: CommandCall, in session: Session) throws(RunError) {
    if let episode = call["episode"]?.handle as? EpisodeHandle {
      self.init(episode, in: session)
      return
    }
    if case .episode(let episode) = session.lastShown {
      self.init(episode, in: session)
      return
    }
    guard case .step(let environment) = session.lastShown, let handMade = environment.handMade,
      handMade.length > 0
    else {
      throw RunError(
        .command, "there is nothing to rate yet",
        hint: "play an episode with `ep = rollout a`, or act with `step`")
    }
    let current = session.agent.flatMap { $0.environment === environment ? $0 : nil }
    self.init(
      episode: EpisodeHandle(handMade, environment: environment, agent: current),
      step: handMade.length - 1, agent: current)
  }

  init(_ episode: EpisodeHandle, in session: Session) {
    let current = session.agent.flatMap { $0.environment === episode.environment ? $0 : nil }
    self.init(episode: episode, step: nil, agent: episode.agent ?? current)
  }

  private init(episode: EpisodeHandle, step: Int?, agent: AgentHandle?) {
    self.episode = episode
    self.step = step
    self.agent = agent
  }

  /// In a few words, for the person who is asked.
  var text: String {
    if let step { return "step \(step) of the episode made by hand" }
    return episode.text
  }
}

/// What a person was shown last, for feedback that names nothing.
enum LastShown {
  case step(EnvironmentHandle)
  case episode(EpisodeHandle)
}

import Language
import RLCore

/// What feedback is about: an episode, or one step of it.
struct FeedbackSubject {
  let episode: EpisodeHandle
  /// The step that alone is meant; nil for the whole episode.
  let step: Int?
  /// Who learns from it, where an agent of this environment is there.
  let agent: AgentHandle?

  /// The episode given as `name`, or what was done last: a step by hand, or a rollout.
  init(_ call: CommandCall, _ name: String = "episode", in session: Session) throws(RunError) {
    if let episode = call[name]?.handle as? EpisodeHandle {
      self.init(episode, in: session)
      return
    }
    if case .episode(let episode) = session.lastShown {
      self.init(episode, in: session)
      return
    }
    guard case .step(let environment) = session.lastShown,
      let handMade = try environment.handMadeEpisode(), handMade.length > 0
    else {
      throw RunError(
        .command, "there is nothing to give feedback on yet",
        hint: "play an episode with `ep = rollout a`, or act with `step`")
    }
    let current = session.agent.flatMap { $0.environment === environment ? $0 : nil }
    self.init(
      EpisodeHandle(handMade, environment: environment, agent: current),
      step: handMade.length - 1, agent: current)
  }

  init(_ episode: EpisodeHandle, in session: Session) {
    let current = session.agent.flatMap { $0.environment === episode.environment ? $0 : nil }
    self.init(episode, step: nil, agent: episode.agent ?? current)
  }

  /// The last step of an episode that is being played.
  init(lastStepOf episode: Episode, by agent: AgentHandle) {
    self.init(
      EpisodeHandle(episode, environment: agent.environment, agent: agent),
      step: episode.length - 1, agent: agent)
  }

  init(_ episode: EpisodeHandle, step: Int?, agent: AgentHandle?) {
    self.episode = episode
    self.step = step
    self.agent = agent
  }

  /// The same episode with one step meant, and who learns from it.
  func at(step: Int?, agent: AgentHandle?) -> FeedbackSubject {
    FeedbackSubject(episode, step: step, agent: agent)
  }

  /// What is kept with the feedback: all steps, or the last few up to the one that is meant; which
  /// steps of the whole these are, and which of them is meant.
  var kept: (episode: Episode, steps: Range<Int>, step: Int?) {
    let whole = episode.episode
    guard let step else { return (whole, 0..<whole.length, nil) }
    let first = max(0, step + 1 - Rating.longestReach)
    return (whole.fragment(first..<(step + 1)), step..<(step + 1), step - first)
  }

  /// What a function gets that answers in a person's place: the episode, or the step as a map.
  var asked: Value {
    guard let step else { return .object(episode) }
    let space = episode.environment.instance.observationSpace
    let whole = episode.episode
    return .map([
      "observation": CoreValues.observation(whole.observations[step], in: space),
      "action": CoreValues.action(whole.actions[step]), "reward": .real(whole.rewards[step]),
      "next": CoreValues.observation(whole.observations[step + 1], in: space),
    ])
  }

  /// In a few words, for the person who is asked.
  var text: String {
    guard let step else { return episode.text }
    return "step \(step)" + (episode.agent == nil ? " made by hand" : " of an episode")
  }
}

/// What a person was shown last, for feedback that names nothing.
enum LastShown {
  case step(EnvironmentHandle)
  case episode(EpisodeHandle)
  case generation(GenerationHandle)
}

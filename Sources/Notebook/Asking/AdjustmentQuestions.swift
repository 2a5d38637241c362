import Language
import RLCore

/// What `adjust` asks: what the agent's method learns from.
enum AdjustmentQuestions {
  /// How good an episode of the agent's is.
  case ratings
  /// Which of two episodes of the agent's is better.
  case comparisons
  /// How it is done.
  case demonstrations

  init(for agent: AgentHandle) throws {
    let kinds = try FeedbackMethods.named(agent.core.feedback.method).kinds
    self =
      if kinds.contains(.rating) { .ratings } else if kinds.contains(.demonstration) {
        .demonstrations
      } else { .comparisons }
  }

  /// Who answers.
  enum Respondent {
    case asker(Asker)
    case actor(Actor, person: String?)

    /// Whether a person answers.
    var isPerson: Bool {
      switch self {
      case .asker(let asker): asker.asksPerson
      case .actor(.person, _): true
      case .actor: false
      }
    }
  }

  /// - Throws: where a person would be asked and there is no terminal.
  func respondent(
    _ call: CommandCall, for agent: AgentHandle, in session: Session
  ) throws -> Respondent {
    guard case .demonstrations = self else { return .asker(try Asker(call, in: session)) }
    guard !(call["from"]?.handle is TeacherHandle) else {
      throw RunError(
        .type, "a teacher judges, and cannot show \(agent.name) how it is done",
        hint: "let a function or an agent act", argument: "from")
    }
    return .actor(
      try Actor(call, in: agent.core.environment, session), person: call.text("person"))
  }

  /// Asks that often.
  ///
  /// - Returns: the records of what was answered.
  func ask(
    _ respondent: Respondent, count: Int, about agent: AgentHandle, in session: Session
  ) throws -> [FeedbackHandle] {
    switch respondent {
    case .asker(let asker):
      return try (1...count).compactMap { number in
        if asker.asksPerson { session.output.note("question \(number) of \(count)") }
        return try asker.ask(inquiry(about: agent, in: session))
      }
    case .actor(let actor, let person):
      defer { actor.finish() }
      return try demonstrations(count, by: actor, person: person, for: agent, in: session)
    }
  }

  private func inquiry(about agent: AgentHandle, in session: Session) throws -> Inquiry {
    func played() throws -> FeedbackSubject {
      FeedbackSubject(
        EpisodeHandle(
          try agent.playedEpisode(), environment: agent.environment, agent: agent), step: nil,
        agent: agent)
    }
    if case .comparisons = self { return .comparison(try played(), try played()) }
    return .rating(try played())
  }

  private func demonstrations(
    _ count: Int, by actor: Actor, person: String?, for agent: AgentHandle, in session: Session
  ) throws -> [FeedbackHandle] {
    var given: [FeedbackHandle] = []
    for _ in 0..<count {
      let (episode, isWhole) = try actor.episode(
        in: agent.core.environment, seed: agent.drawSeed(for: "demonstrate"))
      if episode.length > 0 {
        let handle = EpisodeHandle(episode, environment: agent.environment, agent: agent)
        let record = try session.take(
          Answer(value: .real(episode.return), source: actor.source),
          to: Inquiry.demonstration(FeedbackSubject(handle, step: nil, agent: agent)),
          person: person)
        session.output.report(record.event, isShown: false)
        given.append(record)
      }
      if !isWhole { break }
    }
    return given
  }
}

extension AgentHandle {
  /// A greedy episode from a new start.
  fileprivate func playedEpisode() throws -> Episode {
    var rollout = try Rollout(core, seed: drawSeed(for: "rollout"))
    while try !rollout.advance() { if InterruptFlag.shared.isSet { throw RunError.interrupted } }
    return rollout.episode
  }
}

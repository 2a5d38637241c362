import Language
import RLCore
import Schema

/// `prefer ep1 ep2`: which of two episodes is better.
enum PreferCommand: SessionCommand {
  private static let choices = Domain.words([
    Word("left", "The first is better."), Word("right", "The second is better."),
    Word("equal", "Neither is better."), Word("skip", "They cannot be compared."),
  ])

  static let declaration = Declaration(
    name: "prefer", summary: "Takes which of two episodes is better.",
    parameters: [
      Parameter(
        "left", .either([.handle("episode"), choices]), .positional,
        default: .described("the last episode but one"),
        "The one shown at the left; or, of the last two, which is better: `prefer left`."),
      Parameter(
        "right", .handle("episode"), .positional, default: .described("the last episode"),
        "The one shown at the right."),
      Parameter(
        "choice", choices, .positional, default: .described("asked for"),
        "Which is better."),
      Parameter(
        "agent", .handle("agent"), default: .described("who played the right one"),
        "Who learns from it."),
      .note, .from(arguments: 2...2), .person, .maxAttempts,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        ep1 = rollout a
        ep2 = rollout a
        f = prefer ep1 ep2 choice=left
        print f.kind f.value
        """, gives: "comparison left\n"),
      Example(
        """
        env Pendulum-v1
        a = agent ppo
        f = prefer (rollout a) (rollout a) from=fn(l, r) => if l.return > r.return { "left" } else { "right" }
        """),
    ],
    group: "feedback",
    details: """
      At a terminal the two play side by side, and an arrow key or 1 and 2 choose; = is equal, Enter \
      skips. The function of `from=` gets the two and gives `"left"`, `"right"`, `"equal"`, `"skip"` \
      or null. An episode of an expert may stand on either side: the agent that is compared with it \
      learns to be like it.
      """, source: "Christiano et al. 2017, arXiv 1706.03741")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let (left, right) = try pair(call, in: session)
    guard left.environment.instance.name == right.environment.instance.name else {
      throw RunError(
        .value,
        "episodes of \(left.environment.instance.name) and "
          + "\(right.environment.instance.name) cannot be compared", argument: "right")
    }
    let agent = call["agent"]?.handle as? AgentHandle ?? learner(left, right, in: session)
    let inquiry = Inquiry.comparison(
      FeedbackSubject(left, step: nil, agent: agent),
      FeedbackSubject(right, step: nil, agent: agent))
    let choice = call["left"].flatMap { $0.text == nil ? nil : $0 } ?? call["choice"]
    return try session.answer(inquiry, given: choice, as: "choice", call)
  }

  private static func pair(
    _ call: CommandCall, in session: Session
  ) throws(RunError) -> (EpisodeHandle, EpisodeHandle) {
    let left = call["left"]?.handle as? EpisodeHandle
    let right = call["right"]?.handle as? EpisodeHandle
    if let left, let right { return (left, right) }
    guard case .episode(let last) = session.lastShown,
      let before = left ?? session.shownBefore, right != nil || before !== last
    else {
      throw RunError(
        .command, "there are no two episodes to compare yet",
        hint: "play them: `prefer (rollout a) (rollout a)`")
    }
    return (before, right ?? last)
  }

  /// The current agent where it played one of them, else who played the right one, else the left.
  private static func learner(
    _ left: EpisodeHandle, _ right: EpisodeHandle, in session: Session
  ) -> AgentHandle? {
    if let current = session.agent, left.agent === current || right.agent === current {
      return current
    }
    return right.agent ?? left.agent ?? FeedbackSubject(right, in: session).agent
  }
}

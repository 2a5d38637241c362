import Language
import RLCore
import Schema

/// `ep = rollout a`: plays an episode.
enum RolloutCommand: SessionCommand {
  static let declaration = Declaration(
    name: "rollout", summary: "Plays episodes, greedily unless told otherwise.",
    parameters: [
      .agent,
      Parameter("episodes", .integer(1...1_000_000), default: .setting(1), "How many."),
      Parameter(
        "seed", .integer, default: .described("a new one at each call"), "Fixes the starts."),
      Parameter(
        "epsilon", .real(0...1), default: .setting(0.0), "The probability of a random action."),
      Parameter(
        "render", .boolean, default: .setting(false),
        "Plays the episode in the terminal: + - speed, space pauses, n steps, q skips to the end."),
      Parameter(
        "ask",
        .words([
          Word("step", "Asks for feedback after each step."),
          Word("episode", "Asks for feedback after each episode."),
          Word("live", "Shows each step, and + and - rate meanwhile, without a stop."),
        ]), default: .described("never"), "When to ask for feedback; `learn` folds it in."),
      .from(), .person, .maxPrompts, .maxAttempts,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        critic = fn(s) => if (s.observation[2] > 0) == (s.action == 1) { 1 } else { -1 }
        ep = rollout a ask=step from=critic
        learn a
        """),
      Example(
        "env CartPole-v1\na = agent dqn\nep = rollout a\nprint len(ep.observations) - len(ep.actions)",
        gives: "1\n"),
    ],
    group: "agents",
    details: """
      Gives an episode (a list of them above 1): `.return .length .observations .actions .rewards \
      .terminated .truncated .seed`. It has its own random streams and changes no bit of the agent.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.agent(in: session)
    let count = call.integer("episodes") ?? 1
    let firstSeed = call.integer("seed")
    let asker = call["ask"] == nil ? nil : try Asker(call, in: session)
    let moment = call.text("ask")
    let live =
      moment == "live" && asker?.asksPerson == true
      ? LiveRating(agent, in: session, person: asker?.person, learnsAtOnce: false) : nil
    defer { live?.finish() }
    let asksSteps = moment == "step" || moment == "live"
    var episodes: [EpisodeHandle] = []
    for index in 0..<count {
      let seed = firstSeed.map { $0 &+ index } ?? agent.drawSeed(for: "rollout")
      var rollout = try Rollout(agent.core, seed: seed, epsilon: call.real("epsilon") ?? 0)
      var isOver = false
      while !isOver {
        isOver = try rollout.advance(steps: asksSteps ? 1 : 256)
        if InterruptFlag.shared.isSet { throw RunError.interrupted }
        if let live {
          try live.stepped(rollout.episode)
        } else if asksSteps {
          try asker?.ask(.rating(FeedbackSubject(lastStepOf: rollout.episode, by: agent)))
        }
      }
      let episode = EpisodeHandle(rollout.episode, environment: agent.environment, agent: agent)
      episode.wasShown = live != nil
      if call.boolean("render") == true { try EpisodePlayer.play(episode, in: session) }
      if !asksSteps { try asker?.ask(.rating(FeedbackSubject(episode, in: session))) }
      episodes.append(episode)
    }
    session.agent = agent
    session.lastShown = episodes.last.map(LastShown.episode)
    return count == 1 ? .object(episodes[0]) : .list(episodes.map { .object($0) })
  }
}

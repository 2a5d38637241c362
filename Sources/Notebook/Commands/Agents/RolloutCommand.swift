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
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nep = rollout a\nprint len(ep.observations) - len(ep.actions)",
        gives: "1\n")
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
    var episodes: [EpisodeHandle] = []
    for index in 0..<count {
      let seed = firstSeed.map { $0 &+ index } ?? agent.drawSeed(for: "rollout")
      var rollout = try Rollout(agent.core, seed: seed, epsilon: call.real("epsilon") ?? 0)
      while try !rollout.advance() {
        if InterruptFlag.shared.isSet { throw RunError.interrupted }
      }
      let episode = EpisodeHandle(rollout.episode, environment: agent.environment, agent: agent)
      if call.boolean("render") == true { try EpisodePlayer.play(episode, in: session) }
      episodes.append(episode)
    }
    session.agent = agent
    session.lastShown = episodes.last.map(LastShown.episode)
    return count == 1 ? .object(episodes[0]) : .list(episodes.map { .object($0) })
  }
}

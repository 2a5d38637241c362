import Language
import RLCore
import Schema

/// `play`: a person acts with the keys.
enum PlayCommand: SessionCommand {
  static let declaration = Declaration(
    name: "play", summary: "Lets a person act in an environment with the keys.",
    parameters: [
      .environment,
      Parameter(
        "fps", .real(Interval(0, 60, includesLower: false)),
        default: .described("each key is a step"),
        "Frames a second: time goes on by itself, and the last action holds."),
      Parameter(
        "seed", .integer, default: .described("the environment's stream goes on"),
        "Fixes the start."),
      .actor,
    ],
    examples: [
      Example(
        "env CartPole-v1\nep = play from=fn(obs) => if obs[2] > 0 { 1 } else { 0 }\nprint ep.length > 10",
        gives: "true\n")
    ],
    group: "environments",
    details: """
      Digits are actions, and arrows where the actions' names are directions; q leaves. Gives the \
      episode, on which feedback can be given; `demonstrate` keeps what you play for an agent.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    let actor = try Actor(
      call, in: environment.instance, session, framesPerSecond: call.real("fps"))
    defer { actor.finish() }
    if let seed = call.integer("seed") { environment.instance.reseed(seed) }
    try environment.reset()
    var episode = Episode(startingIn: environment.instance)
    _ = try actor.act(in: { environment.instance }, { episode }) { action in
      let step = try environment.step(action)
      episode.append(
        action, reward: step.reward, terminated: step.terminated, truncated: step.truncated,
        in: environment.instance)
    }
    let handle = EpisodeHandle(episode, environment: environment, agent: nil)
    handle.wasShown = true
    session.lastShown = .episode(handle)
    return .object(handle)
  }
}

import Interchange
import Language
import RLCore
import Schema

/// One episode, played by an agent or made by hand.
final class EpisodeHandle: Handle {
  let episode: Episode
  let environment: EnvironmentHandle
  /// Who played it; nil for one made by hand.
  let agent: AgentHandle?
  /// A person saw it play.
  var wasShown = false

  init(_ episode: Episode, environment: EnvironmentHandle, agent: AgentHandle?) {
    self.episode = episode
    self.environment = environment
    self.agent = agent
    super.init()
  }

  override var kind: String { "episode" }

  override var memberNames: [String] {
    [
      "return", "length", "observations", "actions", "rewards", "terminated", "truncated", "seed",
      "states",
    ]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "return": .real(episode.return)
    case "length": .integer(episode.length)
    case "observations":
      .list(
        episode.observations.map {
          CoreValues.observation($0, in: environment.instance.observationSpace)
        })
    case "states":
      .list(
        episode.states.map {
          CoreValues.state($0, in: environment.instance.observationSpace)
        })
    case "actions": .list(episode.actions.map(CoreValues.action))
    case "rewards": CoreValues.list(episode.rewards)
    case "terminated": .boolean(episode.terminated)
    case "truncated": .boolean(episode.truncated)
    case "seed": .integer(episode.seed)
    default: nil
    }
  }

  override var text: String {
    "episode of \(episode.length) steps, return \(significant(episode.return)), "
      + (episode.terminated ? "terminated" : episode.truncated ? "truncated" : "not over")
  }
}

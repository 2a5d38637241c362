import RLCore

/// An episode that is made step by step by hand. Each step only keeps what was done and what it
/// brought: what was seen, and the states, are worked out when someone asks, by acting again from the
/// start, which gives the same to the bit.
///
/// That is for built-in environments, which are values. The functions of one that a script defines are
/// not called again, since they may print, and the worker of a bridged one has gone on: there every
/// step is taken in at once.
final class HandMadeEpisode {
  @exclusivity(unchecked) private var episode: Episode
  /// Stands at the end of `episode`; nil where every step is taken in at once.
  @exclusivity(unchecked) private var player: EnvironmentInstance?
  /// Whether there is a player: asked at each step, where looking at the player would copy it.
  private let isValue: Bool
  @exclusivity(unchecked) private var pending: [Made] = []

  private struct Made {
    let action: Action
    let reward: Double
  }

  /// An episode that stands at its start.
  ///
  /// - Parameter isValue: whether a copy of the instance plays the same on its own.
  init(startingIn instance: EnvironmentInstance, isValue: Bool) {
    episode = Episode(startingIn: instance)
    self.isValue = isValue
    guard isValue else { return }
    player = instance
    // Rewards are kept: the reward function may be another by then.
    player!.rewardFunction = nil
  }

  /// What was done last; nil at the start.
  var lastAction: Action? { pending.last?.action ?? episode.actions.last }

  /// Takes in the step that led the environment to where it is.
  func append(
    _ action: Action, _ step: EnvironmentInstance.Step, in handle: EnvironmentHandle
  ) {
    if !isValue {
      episode.append(
        action, reward: step.reward, terminated: step.terminated, truncated: step.truncated,
        in: handle.instance)
      return
    }
    pending.append(Made(action: action, reward: step.reward))
    if step.terminated { episode.terminated = true }
    if step.truncated { episode.truncated = true }
  }

  /// Later steps begin where `instance` stands.
  func goOn(from instance: EnvironmentInstance) throws {
    guard isValue else { return }
    _ = try made()
    player = instance
    player!.rewardFunction = nil
  }

  /// The whole episode so far.
  func made() throws -> Episode {
    for made in pending {
      _ = try player!.step(made.action)
      episode.append(
        made.action, reward: made.reward, terminated: episode.terminated,
        truncated: episode.truncated, in: player!)
    }
    pending.removeAll(keepingCapacity: true)
    return episode
  }
}

import RLCore

/// An episode that is made step by step by hand. Each step only keeps what was done and what it
/// brought: what was seen, and the states, are worked out when someone asks, by acting again from the
/// start, which gives the same to the bit.
///
/// That is for built-in environments, which are values. The functions of one that a script defines are
/// not called again, since they may print, and the worker of a bridged one has gone on: there every
/// step is taken in at once.
final class HandMadeEpisode {
  /// Nil before the first, and where nobody asked yet for what `player` stands at the start of.
  @exclusivity(unchecked) private var episode: Episode?
  /// Stands where `pending` begins; nil where every step is taken in at once.
  @exclusivity(unchecked) private var player: EnvironmentInstance?
  private let isValue: Bool
  @exclusivity(unchecked) private var pending: [Made] = []
  @exclusivity(unchecked) private var terminated = false
  @exclusivity(unchecked) private var truncated = false
  /// Whether there is an episode.
  @exclusivity(unchecked) private(set) var hasBegun = false

  private struct Made {
    let action: Action
    let reward: Double
  }

  /// None yet.
  ///
  /// - Parameter isValue: whether a copy of the environment plays the same on its own.
  init(isValue: Bool) { self.isValue = isValue }

  // The instance is lent: a parameter would be given a copy.

  /// A new episode begins where the instance stands.
  func begin(in instance: inout EnvironmentInstance) {
    pending.removeAll(keepingCapacity: true)
    (terminated, truncated) = (false, false)
    hasBegun = true
    episode = isValue ? nil : Episode(startingIn: instance)
    follow(&instance)
  }

  /// What was done last; nil at the start.
  var lastAction: Action? { pending.last?.action ?? episode?.actions.last }

  /// Takes in the step that led the instance to where it is.
  func append(
    _ action: Action, _ step: EnvironmentHandle.Outcome, in instance: inout EnvironmentInstance
  ) {
    if step.terminated { terminated = true }
    if step.truncated { truncated = true }
    if isValue {
      pending.append(Made(action: action, reward: step.reward))
    } else {
      episode!.append(
        action, reward: step.reward, terminated: terminated, truncated: truncated, in: instance)
    }
  }

  /// Later steps begin where the instance stands.
  func goOn(from instance: inout EnvironmentInstance) throws {
    _ = try made()
    follow(&instance)
  }

  private func follow(_ instance: inout EnvironmentInstance) {
    guard isValue else { return }
    if player == nil {
      player = instance
      // Rewards are kept: the reward function may be another by then.
      player!.rewardFunction = nil
    } else {
      player!.follow(&instance)
    }
  }

  /// The whole episode so far; nil before the first.
  func made() throws -> Episode? {
    if episode == nil, let player { episode = Episode(startingIn: player) }
    for made in pending {
      _ = try player!.step(made.action)
      episode!.append(
        made.action, reward: made.reward, terminated: terminated, truncated: truncated,
        in: player!)
    }
    pending.removeAll(keepingCapacity: true)
    return episode
  }
}

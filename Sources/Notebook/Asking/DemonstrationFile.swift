import Language
import RLCore

/// Episodes from a file of JSON lines.
enum DemonstrationFile {
  /// All episodes of a file, as of this environment.
  ///
  /// - Throws: a `file` error that names the line.
  static func episodes(_ path: String, in instance: EnvironmentInstance) throws -> [Episode] {
    let lines = try TextFile.read(path).split(separator: "\n")
    return try lines.enumerated().map { number, line in
      do {
        guard let map = try parseJSON(String(line)).entries else {
          throw RunError(.value, "it is no map")
        }
        return try episode(map, in: instance)
      } catch {
        var error = RunError(converting: error)
        error.message = "line \(number + 1) of `\(path)` is no episode here: \(error.message)"
        error.kind = .file
        throw error
      }
    }
  }

  private static func episode(_ map: OrderedMap, in original: EnvironmentInstance) throws -> Episode
  {
    let (seen, done) = (original.observationSpace, original.actionSpace)
    let actions = try list(map, "actions").map {
      try CoreValues.action(
        from: $0, in: done, names: original.environment.actionNames)
    }
    guard !actions.isEmpty else { throw RunError(.value, "it has no actions") }
    var instance = original
    if let seed = map["seed"]?.integer {
      instance.reseed(seed)
      try instance.reset()
      return try played(actions, in: &instance)
    }
    if let state = map["state"].flatMap(CoreValues.reals) {
      try instance.reset(state: state)
      return try played(actions, in: &instance)
    }
    let observations = try list(map, "observations").map {
      try CoreValues.observation(from: $0, in: seen)
    }
    guard observations.count == actions.count + 1 else {
      throw RunError(
        .value,
        "\(actions.count) actions need \(actions.count + 1) observations, or a seed or state")
    }
    let rewards =
      map["rewards"].flatMap(CoreValues.reals) ?? Array(repeating: 0, count: actions.count)
    guard rewards.count == actions.count else {
      throw RunError(.value, "\(actions.count) actions need \(actions.count) rewards")
    }
    var episode = Episode(startingIn: instance)
    episode.observations = observations
    // What was seen is all that is known of the states.
    episode.states = observations.map { $0.map(Double.init) }
    episode.actions = actions
    episode.rewards = rewards
    episode.terminated = map["terminated"]?.boolean ?? false
    episode.truncated = map["truncated"]?.boolean ?? !episode.terminated
    return episode
  }

  private static func list(_ map: OrderedMap, _ name: String) throws -> [Value] {
    guard let elements = map[name]?.elements else {
      throw RunError(.value, "it has no list `\(name)`")
    }
    return Array(elements)
  }

  private static func played(
    _ actions: [Action], in instance: inout EnvironmentInstance
  ) throws -> Episode {
    var episode = Episode(startingIn: instance)
    for action in actions {
      guard !instance.needsReset else {
        throw RunError(.value, "its actions go on after the episode's end")
      }
      let step = try instance.step(action)
      episode.append(
        action, reward: step.reward, terminated: step.terminated, truncated: step.truncated,
        in: instance)
    }
    return episode
  }
}

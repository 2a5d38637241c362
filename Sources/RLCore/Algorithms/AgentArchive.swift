import Schema

extension Agent {
  private static let format = "rlhs agent 1"
  private static let (rewardKey, ownReward) = ("reward", "own")

  /// The whole state: what is hashed, saved, and lived on from exactly.
  ///
  /// - Parameter includingReplay: false leaves out the replay buffer, by far the largest part; such
  ///   an agent plays the same, and collects anew before it learns on.
  public func archive(includingReplay: Bool = true) -> StateArchive {
    var archive = StateArchive()
    archive.metadata = [
      "format": Self.format,
      "algorithm": algorithmName,
      "settings": settings.encoded,
      "environment": environment.name,
      "environment_settings": environment.settings.encoded,
      "feedback_method": feedback.method,
      "feedback_settings": feedback.settings.encoded,
    ]
    if environment.rewardFunction != nil { archive.metadata[Self.rewardKey] = Self.ownReward }
    algorithm.save(to: &archive, includingReplay: includingReplay)
    archive.add(
      "agent/counters",
      [
        episodes, validatedAt, trainingGoal ?? -1, environment.elapsedSteps,
        environment.needsReset ? 1 : 0, environment.seed,
      ])
    archive.add("agent/episode_return", lanes.map(\.episodeReturn))
    archive.add("agent/streams", policyStream.state + replayStream.state + environment.random.state)
    archive.add("environment/state", environment.kept)
    for index in lanes.indices.dropFirst() { lanes[index].save(to: &archive, index: index) }
    if let best {
      archive.add("best/weights", best.weights)
      archive.add("best/mean", [best.mean])
      archive.add("best/steps", [best.steps])
    }
    feedback.save(to: &archive)
    return archive
  }

  /// The agent that `archive` gave, to the bit.
  ///
  /// - Parameter environment: for one that is not built in, or has a reward function; its position
  ///   and stream are replaced. Without it a built-in one is made.
  /// - Throws: `damagedArchive`, and what making the environment throws.
  public convenience init(
    archive: StateArchive, environment: EnvironmentInstance? = nil
  ) throws {
    guard archive.metadata["format"] == Self.format else {
      throw CoreError.damagedArchive(reason: "it is no agent of this program")
    }
    let instance =
      if let environment { environment } else {
        try EnvironmentInstance(
          named: archive.text("environment"),
          settings: Settings(
            encoded: archive.text("environment_settings"), name: "environment_settings"))
      }
    try self.init(
      algorithm: archive.text("algorithm"),
      settings: Settings(encoded: archive.text("settings"), name: "settings"),
      environment: instance)
    try algorithm.restore(from: archive)
    (steps, updates) = (algorithm.steps, algorithm.updates)
    try restoreAge(archive)
    if archive.contains("best/weights") {
      best = Best(
        steps: try archive.integers("best/steps", count: 1)[0],
        mean: try archive.doubles("best/mean", count: 1)[0],
        weights: try archive.floats("best/weights", count: algorithm.weights.count))
    }
    try feedback.restore(from: archive, in: self.environment, steps: steps, episodes: episodes)
    try reinstallFeedback()
    try restoreHistory(from: archive)
  }

  /// Whether an archive is of an agent that learned from a reward function of the caller's, which is
  /// code and not in it.
  public static func hadOwnReward(_ archive: StateArchive) -> Bool {
    archive.metadata[rewardKey] == ownReward
  }

  private func restoreAge(_ archive: StateArchive) throws {
    let counters = try archive.integers("agent/counters", count: 6)
    guard [0, 1, 3].allSatisfy({ StateArchive.counts.contains(counters[$0]) }) else {
      throw CoreError.damagedArchive(reason: "a counter is out of range")
    }
    episodes = counters[0]
    validatedAt = counters[1]
    trainingGoal = counters[2] < 0 ? nil : counters[2]
    environment.reseed(counters[5])
    let returns = try archive.doubles("agent/episode_return", count: lanes.count)
    for index in lanes.indices { lanes[index].episodeReturn = returns[index] }

    let words = try archive.words("agent/streams", count: 15)
    guard let policy = RandomSource(state: Array(words[0..<5])),
      let replay = RandomSource(state: Array(words[5..<10])),
      let random = RandomSource(state: Array(words[10..<15]))
    else { throw CoreError.damagedArchive(reason: "a random stream is all zero") }
    (policyStream, replayStream, environment.random) = (policy, replay, random)
    try environment.restore(
      kept: archive.doubles("environment/state"), elapsedSteps: counters[3],
      isOver: counters[4] != 0)
    for index in lanes.indices.dropFirst() {
      try lanes[index].restore(from: archive, index: index)
    }
  }
}

/// The environments beside the first.
extension Agent.Lane {
  fileprivate func save(to archive: inout StateArchive, index: Int) {
    archive.add(
      "environment \(index)/counters",
      [environment.elapsedSteps, environment.needsReset ? 1 : 0, environment.seed])
    archive.add("environment \(index)/stream", environment.random.state)
    archive.add("environment \(index)/state", environment.kept)
  }

  fileprivate mutating func restore(from archive: StateArchive, index: Int) throws {
    let counters = try archive.integers("environment \(index)/counters", count: 3)
    guard StateArchive.counts.contains(counters[0]) else {
      throw CoreError.damagedArchive(reason: "a counter is out of range")
    }
    environment.reseed(counters[2])
    let words = try archive.words("environment \(index)/stream")
    guard let random = RandomSource(state: words) else {
      throw CoreError.damagedArchive(reason: "a random stream is all zero")
    }
    environment.random = random
    try environment.restore(
      kept: archive.doubles("environment \(index)/state"), elapsedSteps: counters[0],
      isOver: counters[1] != 0)
  }
}

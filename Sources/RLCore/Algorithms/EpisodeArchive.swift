import Schema

extension Episode {
  /// Everything in it, to be hashed and kept with what was said of it.
  public func archive() -> StateArchive {
    var archive = StateArchive()
    archive.metadata = ["format": "rlhs episode 1"]
    archive.add("episode/observations", observations.flatMap { $0 })
    archive.add("episode/states", states.flatMap { $0 })
    archive.add(
      "episode/actions",
      actions.flatMap { action in
        switch action {
        case .discrete(let choice): [Double(choice)]
        case .continuous(let values): values
        }
      })
    archive.add("episode/rewards", rewards)
    archive.add("episode/end", [length, terminated ? 1 : 0, truncated ? 1 : 0, seed])
    return archive
  }

  /// The episode that `archive` wrote, of an environment with these spaces.
  ///
  /// - Throws: `damagedArchive`, also where it is of another environment.
  public init(archive: StateArchive, in instance: EnvironmentInstance) throws(CoreError) {
    let end = try archive.integers("episode/end", count: 4)
    let (length, seen, done) = (end[0], instance.observationSpace, instance.actionSpace)
    let numbers = try archive.floats("episode/observations")
    let states = try archive.doubles("episode/states")
    let actions = try archive.doubles("episode/actions")
    guard length >= 0, numbers.count == (length + 1) * seen.size,
      states.count.isMultiple(of: length + 1), actions.count == length * done.size
    else { throw .damagedArchive(reason: "the episode is not one of \(instance.name)") }
    func rows<Number>(_ numbers: [Number], _ count: Int) -> [[Number]] {
      let width = numbers.count / max(count, 1)
      return (0..<count).map { Array(numbers[($0 * width)..<(($0 + 1) * width)]) }
    }
    self.init(startingIn: instance)
    observations = rows(numbers, length + 1)
    self.states = rows(states, length + 1)
    self.actions = rows(actions, length).map { values in
      if case .discrete = done { return .discrete(Int(exactly: values[0]) ?? -1) }
      return .continuous(values)
    }
    rewards = try archive.doubles("episode/rewards", count: length)
    (terminated, truncated, seed) = (end[1] != 0, end[2] != 0, end[3])
    guard self.actions.allSatisfy(done.contains) else {
      throw .damagedArchive(reason: "the episode has actions that \(instance.name) has not")
    }
  }
}

extension EnvironmentInstance {
  /// The whole state, its random stream included: two with the same archive have the same future.
  public func archive() -> StateArchive {
    var archive = StateArchive()
    archive.metadata = [
      "format": "rlhs environment 1", "environment": name, "environment_settings": settings.encoded,
    ]
    archive.add("environment/state", kept)
    archive.add("environment/counters", [elapsedSteps, needsReset ? 1 : 0, seed])
    archive.add("environment/stream", random.state)
    return archive
  }
}

extension StateArchive {
  /// The environment that an agent's archive was made in: its name and settings.
  ///
  /// - Throws: `damagedArchive`.
  public func agentEnvironment() throws(CoreError) -> (name: String, settings: Settings) {
    (
      try text("environment"),
      try Settings(encoded: text("environment_settings"), name: "environment_settings")
    )
  }
}

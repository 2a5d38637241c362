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
}

extension EnvironmentInstance {
  /// The whole state, its random stream included: two with the same archive have the same future.
  public func archive() -> StateArchive {
    var archive = StateArchive()
    archive.metadata = [
      "format": "rlhs environment 1", "environment": name, "environment_settings": settings.encoded,
    ]
    archive.add("environment/state", needsReset ? [] : environment.state)
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

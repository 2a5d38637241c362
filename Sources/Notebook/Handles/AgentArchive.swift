import Bridge
import Language
import RLCore
import Schema

/// What it has in common with agents of the other kind.
extension AgentHandle {
  var profile: AgentProfile {
    AgentProfile(
      algorithm: core.algorithmName, environment: core.environment.name, settings: core.settings,
      seed: core.seed, steps: core.steps)
  }

  func lend() { core.detachEnvironments() }

  func state() -> StateArchive { core.archive() }

  /// The core's state, and what the session adds to it.
  func archive(includingReplay: Bool = true) -> StateArchive {
    var archive = core.checkpoint(includingReplay: includingReplay)
    archive.metadata["name"] = name
    return archive
  }

  func save(_ call: CommandCall, to path: String) throws {
    try AgentFormat(call).save(self, to: path, includingReplay: call.boolean("replay") ?? true)
  }

  func reseed(_ seed: Int) { core.reseed(seed) }

  func fork(named name: String) -> any SessionAgent {
    AgentHandle(core.fork(), name: name, environment: environment)
  }

  func bestFork(named name: String) -> (any SessionAgent)? {
    core.bestFork().map { AgentHandle($0, name: name, environment: environment) }
  }

  func set(_ name: String, to value: Setting) throws { try core.set(name, to: value) }
}

extension Session {
  /// The agent of either kind that a checkpoint holds, made the current one.
  func anyAgent(
    from archive: StateArchive, path: String, named name: String?
  ) throws -> any SessionAgent {
    archive.metadata["format"] == TextAgentHandle.format
      ? try textAgent(from: archive, path: path, named: name)
      : try agent(from: archive, path: path, named: name)
  }

  /// The agent that a checkpoint holds, with its environment, made the current ones.
  func agent(
    from archive: StateArchive, path: String, named name: String?
  ) throws -> AgentHandle {
    let agent = try restoredAgent(from: archive, path: path, named: name)
    environment = agent.environment
    adopt(agent)
    return agent
  }

  /// The agent that a checkpoint holds; the current ones stay.
  func restoredAgent(
    from archive: StateArchive, path: String, named name: String?
  ) throws -> AgentHandle {
    let core: Agent
    do {
      core = try Agent(archive: archive, environment: try instance(for: archive))
    } catch {
      var failure = RunError(converting: error)
      failure.message = "`\(path)` holds no agent that can be used here: \(failure.message)"
      failure.kind = .file
      throw failure
    }
    if Agent.hadOwnReward(archive), core.environment.rewardFunction == nil {
      output.note(
        "warning: `\(path)` was trained with an own reward function, which no file holds: give it with "
          + "`reward` before training goes on")
    }
    let environment: EnvironmentHandle =
      if let current = self.environment, current.instance.name == core.environment.name,
        current.instance.settings == core.environment.settings
      { current } else { EnvironmentHandle(core.environment) }
    return AgentHandle(
      core, name: name ?? archive.metadata["name"] ?? "agent", environment: environment)
  }

  /// The environment for an archived agent, where the core cannot make it by itself: the current one
  /// with its reward function, or one that this session defines.
  private func instance(for archive: StateArchive) throws -> EnvironmentInstance? {
    let (name, settings) = try archive.agentEnvironment()
    return try instance(named: name, settings: settings)
  }

  /// The current environment or one that this session defines, if it is the one wanted.
  func instance(named name: String, settings: Settings) throws -> EnvironmentInstance? {
    if let current = environment?.instance, current.name == name, current.settings == settings {
      return current
    }
    if name.hasPrefix(GymEnvironment.prefix) {
      return try pythonInstance(named: name, settings: settings, seed: 0)
    }
    guard let definition = environmentDefinitions[name] else { return nil }
    return try ScriptEnvironment.instance(
      name: name, definition: definition,
      options: settings.sorted { $0.key < $1.key }.map { ($0.key, Value($0.value)) }, seed: 0)
  }

  /// An environment in Python. Its answers are no longer waited for when the command is abandoned.
  func pythonInstance(named name: String, settings: Settings, seed: Int) throws
    -> EnvironmentInstance
  {
    try GymEnvironment.instance(
      named: name, settings: settings, folder: project.folder, seed: seed,
      isAbandoned: { InterruptFlag.shared.count > 1 })
  }
}

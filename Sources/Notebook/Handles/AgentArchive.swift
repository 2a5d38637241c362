import Bridge
import Language
import RLCore
import Schema

/// An agent's checkpoint: the core's state, and what the session adds to it.
extension AgentHandle {
  func archive(includingReplay: Bool = true) -> StateArchive {
    var archive = core.archive(includingReplay: includingReplay)
    archive.metadata["name"] = name
    return archive
  }
}

extension Session {
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
      return try GymEnvironment.instance(
        named: name, settings: settings, folder: project.folder, seed: 0)
    }
    guard let definition = environmentDefinitions[name] else { return nil }
    return try ScriptEnvironment.instance(
      name: name, definition: definition,
      options: settings.sorted { $0.key < $1.key }.map { ($0.key, Value($0.value)) }, seed: 0)
  }
}

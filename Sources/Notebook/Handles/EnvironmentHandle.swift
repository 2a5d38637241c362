import Language
import RLCore
import Schema

/// An environment of the session: the one that is stepped by hand, and from which agents take their
/// copies.
final class EnvironmentHandle: Handle {
  @exclusivity(unchecked) var instance: EnvironmentInstance
  /// Asked for once: making them anew at each step would cost more than the step.
  let observationSpace: Space
  let actionSpace: Space
  private let isBuiltIn: Bool
  /// The steps made by hand since the last reset; nil before it.
  private var handMade: HandMadeEpisode?

  init(_ instance: EnvironmentInstance) {
    self.instance = instance
    observationSpace = instance.observationSpace
    actionSpace = instance.actionSpace
    isBuiltIn =
      !(instance.environment is ScriptEnvironment)
      && (try? Environments.named(instance.name)) != nil
    super.init()
  }

  override var kind: String { "environment" }

  override var memberNames: [String] {
    [
      "name", "settings", "seed", "observation", "state", "steps", "observation_space",
      "action_space", "actions", "time_limit", "episode",
    ]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "name": .string(instance.name)
    case "settings": Value(settings: instance.settings)
    case "seed": .integer(instance.seed)
    case "observation": observation
    case "state":
      CoreValues.state(instance.environment.state, in: observationSpace)
    case "steps": .integer(instance.elapsedSteps)
    case "observation_space": .string(instance.observationSpace.description)
    case "action_space": .string(instance.actionSpace.description)
    case "actions": .list(instance.environment.actionNames.map(Value.string))
    case "time_limit": instance.timeLimit.map(Value.integer) ?? .null
    case "episode":
      try handMadeEpisode().map {
        .object(EpisodeHandle($0, environment: self, agent: nil))
      } ?? .null
    default: nil
    }
  }

  override var text: String {
    let instance = instance
    return "\(instance.name): observations \(instance.observationSpace), "
      + "actions \(instance.actionSpace)"
      + (instance.timeLimit.map { ", at most \($0) steps" } ?? "") + ", seed \(instance.seed)"
  }

  var observation: Value {
    CoreValues.observation(instance.observation, in: observationSpace)
  }

  /// What the last step tells beside its reward, by name; mostly nothing.
  var info: Settings { Self.info(of: &instance) }

  /// In place: a getter would be given a copy of the instance.
  private static func info(of instance: inout EnvironmentInstance) -> Settings { instance.info }

  /// The steps made by hand since the last reset; nil before it.
  func handMadeEpisode() throws(RunError) -> Episode? {
    do {
      return try handMade?.made()
    } catch {
      throw RunError(converting: error)
    }
  }

  /// What was done last by hand; nil before that.
  var lastAction: Action? { handMade?.lastAction }

  /// Begins an episode by hand.
  func reset(state: [Double]? = nil) throws {
    if let state { try instance.reset(state: state) } else { try instance.reset() }
    handMade = HandMadeEpisode(startingIn: instance, isValue: isBuiltIn)
  }

  /// Acts once by hand; an episode that has not begun is begun first.
  func step(_ action: Action) throws -> EnvironmentInstance.Step {
    if handMade == nil { try reset() }
    do {
      let step = try instance.step(action)
      handMade!.append(action, step, in: self)
      return step
    } catch {
      // The task may have moved before its reward failed.
      try handMade!.goOn(from: instance)
      throw error
    }
  }
}

extension Value {
  /// Settings as a map, by name in their order.
  init(settings: Settings) {
    self.init(.map(settings.sorted { $0.key < $1.key }.map { Setting.Entry($0.key, $0.value) }))
  }
}

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
  private let handMade: HandMadeEpisode
  /// The last two records that were given out. The older one is filled again where nobody holds it any
  /// more; the newer one mostly is, until the next takes its place.
  @exclusivity(unchecked) private var newerRecord: StepRecord
  @exclusivity(unchecked) private var olderRecord: StepRecord

  init(_ instance: EnvironmentInstance) {
    self.instance = instance
    observationSpace = instance.observationSpace
    actionSpace = instance.actionSpace
    let isBuiltIn =
      !(instance.environment is ScriptEnvironment)
      && (try? Environments.named(instance.name)) != nil
    handMade = HandMadeEpisode(isValue: isBuiltIn)
    newerRecord = StepRecord(in: observationSpace)
    olderRecord = StepRecord(in: observationSpace)
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

  /// The steps made by hand since the last reset; nil before it.
  func handMadeEpisode() throws(RunError) -> Episode? {
    do {
      return try handMade.made()
    } catch {
      throw RunError(converting: error)
    }
  }

  /// What was done last by hand; nil before that.
  var lastAction: Action? { handMade.lastAction }

  /// Begins an episode by hand.
  func reset(state: [Double]? = nil) throws {
    if let state { try instance.reset(state: state) } else { try instance.reset() }
    handMade.begin(in: &instance)
  }

  /// What a step brought, apart from what is seen after it.
  typealias Outcome = (reward: Double, terminated: Bool, truncated: Bool)

  /// Acts once by hand; an episode that has not begun is begun first.
  func step(_ action: Action) throws -> Outcome {
    if !handMade.hasBegun { try reset() }
    do {
      let outcome = try instance.stepInPlace(action)
      handMade.append(action, outcome, in: &instance)
      return outcome
    } catch {
      // The task may have moved before its reward failed.
      try handMade.goOn(from: &instance)
      throw error
    }
  }

  /// Acts once by hand, and gives what a script sees of it.
  func stepRecord(_ action: Action) throws -> StepRecord {
    let outcome = try step(action)
    swap(&newerRecord, &olderRecord)
    if !isKnownUniquelyReferenced(&newerRecord) || !newerRecord.isUntouched {
      newerRecord = StepRecord(in: observationSpace)
    }
    let record = newerRecord
    record.fill(outcome, &instance)
    return record
  }

  /// The action that a script gives.
  func action(from value: Value) throws(RunError) -> Action {
    if let choice = value.integer, case .discrete(let count) = actionSpace, choice >= 0,
      choice < count
    {
      return .discrete(choice)
    }
    return try otherAction(from: value)
  }

  @inline(never)
  private func otherAction(from value: Value) throws(RunError) -> Action {
    try CoreValues.action(
      from: value, in: actionSpace, names: instance.environment.actionNames)
  }
}

extension Value {
  /// Settings as a map, by name in their order.
  init(settings: Settings) {
    self.init(.map(settings.sorted { $0.key < $1.key }.map { Setting.Entry($0.key, $0.value) }))
  }
}

import Language
import RLCore
import Schema

/// All that decides what a search does: searches of equal plans try the same and find the same.
struct SearchPlan {
  var sampler: String
  var samplerSettings: Settings
  var pruner = "none"
  var prunerSettings: Settings = [:]
  /// The space as a script writes it.
  var over: Setting
  var direction = Study.Direction.maximize
  var seed = 0
  /// Seeds of each trial: the search's own and those after it.
  var seeds = 1
  /// Nil where each trial sees whatever is known by then.
  var lag: Int?
  /// Repeats included; nil for as many as the sampler has.
  var trials: Int?
  /// Of a whole trial; 1 where nothing counts them.
  var steps = 1
  /// That score a training.
  var episodes = 20
  /// Whether the best are tried again with fresh seeds.
  var confirms = false
  var objective: Objective

  /// What a trial is worth.
  enum Objective {
    /// The return of a trained agent.
    case training(Learner)
    /// How a trained agent is rated by who is asked.
    case feedback(Learner)
    /// What a function of the script gives; a program that makes it, where there can be one.
    case function(String?)
    /// What the script tells.
    case told
  }

  /// What learns in a trial, but for what is searched.
  struct Learner {
    var algorithm: String
    var settings: Settings
    var environment: String
    var environmentSettings: Settings
    /// Whether a function of the script gives the reward.
    var hasOwnReward: Bool
  }

  /// The search that has not begun.
  func study() throws(RunError) -> Study {
    let space = try TrialSpace(script: Value(over).entries ?? OrderedMap())
    do {
      return Study(
        over: space,
        sampler: try Samplers.named(sampler).make(samplerSettings, over: space, seed: seed),
        pruner: try Pruners.named(pruner).make(
          prunerSettings, steps: steps, over: space, seed: seed),
        direction: direction, lag: lag, limit: trials,
        confirmation: confirms ? trials.flatMap { Confirmation(trials: $0, seeds: seeds) } : nil)
    } catch .incompatible(let sentence) {
      throw RunError(.value, sentence, hint: TrialSpace.listHint(sentence), argument: "over")
    } catch {
      throw RunError(converting: error)
    }
  }

  /// The trials of a grid; nil for another search.
  var gridCount: Int? {
    guard sampler == "grid", let map = Value(over).entries else { return nil }
    return try? TrialSpace(script: map).combinations
  }

  /// The seed of a trial's `index`-th try: fresh ones where it is tried again.
  func seed(_ index: Int, of trial: Trial) -> Int {
    seed &+ (trial.repeats?.count ?? 0) &* seeds &+ index
  }

  /// Who learns in its trials; nil where none does.
  var learner: Learner? {
    switch objective {
    case .training(let learner), .feedback(let learner): learner
    case .function, .told: nil
    }
  }

  /// Whether the script tells what comes of trials.
  var isTold: Bool { if case .told = objective { true } else { false } }

  /// Whether an equal plan is the same search; else what it tries may differ all the same.
  var saysAll: Bool {
    switch objective {
    case .training(let learner), .feedback(let learner): !learner.hasOwnReward
    case .function(let program): program != nil
    case .told: false
    }
  }
}

/// A plan as a record keeps it: exactly, so that two texts are equal where the plans are.
extension SearchPlan {
  var encoded: String {
    var settings: Settings = [
      "sampler": .string(sampler), "sampler_settings": .map(samplerSettings.entries),
      "pruner": .string(pruner), "pruner_settings": .map(prunerSettings.entries),
      "over": over, "direction": .string(direction.rawValue), "seed": .integer(seed),
      "seeds": .integer(seeds), "lag": lag.map(Setting.integer) ?? .null,
      "trials": trials.map(Setting.integer) ?? .null, "steps": .integer(steps),
      "episodes": .integer(episodes), "confirms": .boolean(confirms),
    ]
    switch objective {
    case .training: settings["objective"] = "training"
    case .feedback: settings["objective"] = "feedback"
    case .told: settings["objective"] = "told"
    case .function(let program):
      settings["objective"] = "function"
      settings["function"] = program.map(Setting.string) ?? .null
    }
    if let learner { settings["learner"] = .map(learner.settingsOfAll.entries) }
    return settings.encoded
  }

  /// - Throws: `damagedArchive` for what `encoded` never gave.
  init(encoded: String) throws(CoreError) {
    let settings = try Settings(encoded: encoded, name: "settings")
    func damaged(_ name: String) -> CoreError {
      .damagedArchive(reason: "the search's `\(name)` is missing or not what it should be")
    }
    func text(_ name: String) throws(CoreError) -> String {
      guard let text = settings[name]?.string else { throw damaged(name) }
      return text
    }
    func integer(_ name: String) throws(CoreError) -> Int {
      guard let integer = settings[name]?.integer else { throw damaged(name) }
      return integer
    }
    guard let over = settings["over"],
      let direction = Study.Direction(rawValue: try text("direction"))
    else { throw damaged("over") }
    let learner = settings["learner"].flatMap(Learner.init)
    switch (try text("objective"), learner) {
    case ("training", let learner?): objective = .training(learner)
    case ("feedback", let learner?): objective = .feedback(learner)
    case ("function", _): objective = .function(settings["function"]?.string)
    case ("told", _): objective = .told
    default: throw damaged("objective")
    }
    sampler = try text("sampler")
    samplerSettings = Settings(settings["sampler_settings"])
    pruner = try text("pruner")
    prunerSettings = Settings(settings["pruner_settings"])
    self.over = over
    self.direction = direction
    seed = try integer("seed")
    seeds = try integer("seeds")
    lag = settings["lag"]?.integer
    trials = settings["trials"]?.integer
    steps = try integer("steps")
    episodes = try integer("episodes")
    confirms = settings["confirms"]?.boolean ?? false
  }
}

extension SearchPlan.Learner {
  fileprivate var settingsOfAll: Settings {
    [
      "algorithm": .string(algorithm), "settings": .map(settings.entries),
      "environment": .string(environment), "own_reward": .boolean(hasOwnReward),
      "environment_settings": .map(environmentSettings.entries),
    ]
  }

  fileprivate init?(_ setting: Setting) {
    guard let algorithm = setting["algorithm"]?.string,
      let environment = setting["environment"]?.string,
      let hasOwnReward = setting["own_reward"]?.boolean
    else { return nil }
    self.init(
      algorithm: algorithm, settings: Settings(setting["settings"]), environment: environment,
      environmentSettings: Settings(setting["environment_settings"]), hasOwnReward: hasOwnReward)
  }
}

extension [String: Setting] {
  /// By name.
  fileprivate var entries: [Setting.Entry] {
    sorted { $0.key < $1.key }.map { Setting.Entry($0.key, $0.value) }
  }

  /// The settings that a map holds; none where it is no map.
  fileprivate init(_ map: Setting?) {
    self = [:]
    guard case .map(let entries)? = map else { return }
    for entry in entries { self[entry.key] = entry.value }
  }
}

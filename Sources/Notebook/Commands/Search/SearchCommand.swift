import Language
import RLCore
import Schema
import Store

/// `s = search grid steps=20_000 over={learning_rate: [1e-4, 1e-3]}`: which settings do best.
enum SearchCommand: SessionCommand {
  static let declaration = Declaration(
    name: "search",
    summary: "Tries settings of the current agent's algorithm, or arguments of a function.",
    parameters: [
      Parameter(
        "sampler", .member(Samplers.family), .positional, default: .required,
        "How trials are chosen."),
      Parameter(
        "over", .map, default: .required,
        "The space: by name a list to choose from, or `uniform(a, b)`, `loguniform(a, b)`, `int(a, b)`, `quniform(a, b, q)`."
      ),
      Parameter(
        "steps", .integer(from: 1), default: .described("the agent's total_steps"),
        "How long each trial trains; its schedules are laid out for it."),
      Parameter("seeds", .integer(1...1000), default: .setting(1), "How many seeds a trial has."),
      Parameter(
        "episodes", .integer(1...100_000), default: .setting(20),
        "Episodes of the evaluation that scores a trial."),
      Parameter(
        "trials", .integer(from: 1), default: .described("all of a grid, else 10"),
        "At most so many trials."),
      Parameter(
        "objective", .function(1), default: .described("the return after training"),
        "A function of the parameters to search in its place.", isFrozen: true),
      Parameter(
        "direction",
        .words([Word("maximize", "More is better."), Word("minimize", "Less is better.")]),
        default: .setting("maximize"), "Which way is better."),
      Parameter(
        "seed", .integer, default: .described("the environment's"), "Fixes the whole search."),
      Parameter(
        "jobs", .integer(1...1024), default: .described("one a core"),
        "Trials at once; results do not depend on it."),
      Parameter(
        "lag", .integer(1...1024), default: .setting(4),
        "A trial is chosen by the results of those so many before it: as many can run at once."),
      Parameter("name", .string, default: .described("the variable's name"), "For the records."),
    ],
    examples: [
      Example(
        "s = search grid over={x: [1, 2, 3]} objective=fn(p) => (p.x - 2) ** 2 direction=minimize\nprint s.best.params",
        gives: "{x: 2}\n"),
      Example(
        "s = search random trials=5 seed=1 over={x: uniform(-1, 1)} objective=fn(p) => p.x\nprint len(s.trials)",
        gives: "5\n"),
    ],
    group: "search",
    details: """
      A trial is a fresh agent with the current agent's settings and the trial's in their place, \
      trained and then scored by an evaluation of its best weights: the true return, one score a seed. \
      Trials run side by side, one on a core, and give the same results for any number of cores.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let space = try TrialSpace(script: call["over"]?.entries ?? OrderedMap())
    let work = try objective(call, in: session, over: space)
    let sampler = call.text("sampler")!
    let seed = call.integer("seed") ?? session.environment?.instance.seed ?? 0
    let study: Study
    do {
      study = Study(
        over: space, sampler: try Samplers.named(sampler).make(over: space, seed: seed),
        direction: Study.Direction(rawValue: call.text("direction") ?? "maximize") ?? .maximize,
        lag: call.integer("lag") ?? 4,
        limit: call.integer("trials") ?? (sampler == "grid" ? nil : 10))
    } catch {
      throw RunError(.value, error.description, hint: error.hint, argument: "over")
    }
    let search = SearchHandle(
      name: call.text("name") ?? call.target ?? "search", study: study,
      environment: call["objective"] == nil ? session.environment : nil)
    var driver = try SearchDriver(
      search, work: work, seeds: call.integer("seeds") ?? 1, firstSeed: seed,
      jobs: call.integer("jobs"), session: session)
    try driver.run(isShown: call.isShown)
    return .object(search)
  }

  /// What a trial does, for a worker thread.
  private static func objective(
    _ call: CommandCall, in session: Session, over space: TrialSpace
  ) throws -> any TrialWork {
    if call["objective"] != nil {
      return FunctionTrial(function: try call.frozenFunction("objective"))
    }
    let agent = try session.currentAgent()
    let kind = try Algorithms.named(agent.core.algorithmName)
    for dimension in space.dimensions {
      do {
        try dimension.check(against: kind.declaration)
      } catch {
        throw RunError(.value, error.description, hint: error.hint, argument: "over")
      }
    }
    var settings = agent.core.settings
    let steps = call.integer("steps") ?? agent.core.totalSteps
    settings["total_steps"] = .integer(steps)
    return TrainingTrial(
      algorithm: agent.core.algorithmName, settings: settings,
      environment: agent.environment.instance, steps: steps,
      episodes: call.integer("episodes") ?? 20)
  }
}

extension TrialSpace {
  /// The space that a script's map describes.
  init(script map: OrderedMap) throws(RunError) {
    var dimensions: [Dimension] = []
    for (name, value) in map {
      dimensions.append(Dimension(name, try Distribution(script: value, name: name)))
    }
    self.init(dimensions)
    if dimensions.isEmpty {
      throw RunError(.value, "the space is empty", argument: "over")
    }
    if let fault { throw RunError(.value, fault, argument: "over") }
  }
}

extension Distribution {
  fileprivate init(script value: Value, name: String) throws(RunError) {
    if let elements = value.elements {
      let settings = elements.compactMap(\.setting)
      guard settings.count == elements.count else {
        throw RunError(.type, "`\(name)` holds something that is no plain value", argument: "over")
      }
      self = .choice(settings)
      return
    }
    guard let map = value.entries else {
      throw RunError(
        .type, "`\(name)` must be a list, or a space such as `uniform(0, 1)`, not \(value.source)",
        argument: "over")
    }
    let (low, high) = (map["low"]?.real ?? 0, map["high"]?.real ?? 0)
    switch map["space"]?.text {
    case "uniform": self = .real(low, high)
    case "loguniform": self = .real(low, high, isLogarithmic: true)
    case "quniform": self = .quantized(low, high, step: map["step"]?.real ?? 0)
    case "int":
      self = .integer(
        map["low"]?.integer ?? 0, map["high"]?.integer ?? 0,
        isLogarithmic: map["log"]?.boolean ?? false)
    case let other?:
      throw RunError(.value, "`\(name)` cannot be searched over a \(other) space", argument: "over")
    case nil:
      var branches: [Branch] = []
      for (key, value) in map {
        guard let inner = value.entries else {
          throw RunError(
            .type, "what lies under `\(key)` of `\(name)` must be a map", argument: "over")
        }
        var dimensions: [TrialSpace.Dimension] = []
        for (name, value) in inner {
          dimensions.append(.init(name, try Distribution(script: value, name: name)))
        }
        branches.append(Branch(key, TrialSpace(dimensions)))
      }
      self = .branch(branches)
    }
  }
}

extension TrialSpace.Dimension {
  /// Whether the algorithm has the parameter and takes all values of this space.
  fileprivate func check(against declaration: Declaration) throws(CoreError) {
    let values: [Setting] =
      switch distribution {
      case .choice(let settings): settings
      case .real(let low, let high, _): [.real(low), .real(high)]
      case .integer(let low, let high, _): [.integer(low), .integer(high)]
      case .quantized(let low, let high, _): [.real(low), .real(high)]
      case .branch:
        throw CoreError.unknownSetting(name: name, owner: declaration.name, suggestion: nil)
      }
    for value in values { _ = try declaration.resolve([name: value]) }
  }
}

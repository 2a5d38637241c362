import Language
import RLCore
import Schema
import Store

/// A piece of work of a search with one seed.
struct TrialTask: Sendable {
  let parameters: [Setting.Entry]
  let seed: Int
  let steps: Range<Int>
  /// Checkpoints of the agent: where it stands before and after; nil where none is wanted.
  var start: String?
  var end: String?
  /// Whether training goes on from the end.
  var goesOn = false
  /// Where another trial's agent is taken over: a number for its streams, which are to be others
  /// than those of the trial that it was.
  var takeover: Int?
}

/// What one trial does with its parameters. Runs on a worker's thread, which shares nothing.
protocol TrialWork: Sendable {
  /// A copy for one more thread.
  func independentCopy() -> Self

  /// The trial's score at the end of the task's steps.
  ///
  /// - Parameter isStopped: asked often; once true the trial gives up with `CancellationError`.
  func run(_ task: TrialTask, isStopped: () -> Bool) throws -> Double
}

/// Makes a fresh agent and trains it to the end, on any thread.
struct FreshTraining: Sendable {
  var algorithm: String
  var settings: Settings
  var environment: EnvironmentInstance
  let steps: Int

  /// A copy for one more thread.
  func independentCopy() -> FreshTraining {
    var copy = self
    copy.environment = environment.independentCopy()
    return copy
  }

  func agent(seed: Int) throws -> Agent {
    try Agent(
      algorithm: algorithm, settings: settings.merging(["seed": .integer(seed)]) { $1 },
      environment: environment)
  }

  /// - Throws: `CancellationError` once `isStopped`.
  func run(seed: Int, isStopped: () -> Bool) throws -> Agent {
    let agent = try agent(seed: seed)
    try Self.train(agent, steps: steps, isStopped: isStopped)
    return agent
  }

  /// - Throws: `CancellationError` once `isStopped`.
  static func train(_ agent: Agent, steps: Int, isStopped: () -> Bool) throws {
    let isWhole = try begin(agent, steps: steps, isStopped: isStopped).isWhole
    if !isWhole { throw CancellationError() }
  }

  /// Trains to the end, or to where it `isStopped`.
  static func begin(
    _ agent: Agent, steps: Int, isStopped: () -> Bool
  ) throws -> (history: TrainingHistory, isWhole: Bool) {
    var trainer = Trainer(agent, steps: steps)
    while true {
      if case .finished = try trainer.advance() { return (trainer.history, true) }
      if isStopped() { return (trainer.history, false) }
    }
  }
}

/// Trains a fresh agent and evaluates its best weights.
struct TrainingTrial: TrialWork {
  private let training: FreshTraining
  private let episodes: Int

  /// - Parameters:
  ///   - steps: that schedules are laid out for: those of a whole trial.
  ///   - episodes: that score it.
  init(
    algorithm: String, settings: Settings, environment: EnvironmentInstance, steps: Int,
    episodes: Int
  ) {
    training = FreshTraining(
      algorithm: algorithm, settings: settings.merging(["total_steps": .integer(steps)]) { $1 },
      environment: environment, steps: steps)
    self.episodes = episodes
  }

  private init(_ training: FreshTraining, episodes: Int) {
    self.training = training
    self.episodes = episodes
  }

  func independentCopy() -> TrainingTrial {
    TrainingTrial(training.independentCopy(), episodes: episodes)
  }

  func run(_ task: TrialTask, isStopped: () -> Bool) throws -> Double {
    let agent: Agent
    if let start = task.start {
      agent = try Agent(archive: CheckpointStore.load(start), environment: training.environment)
      if let number = task.takeover {
        try Self.adapt(agent, to: task.parameters)
        agent.reseed(agent.seed(for: "takeover", number))
      }
    } else {
      agent = try training(with: task.parameters).agent(seed: task.seed)
    }
    try FreshTraining.train(agent, steps: task.steps.count, isStopped: isStopped)
    let value = try score(agent)
    if let end = task.end {
      let kept = task.goesOn ? agent : agent.bestFork() ?? agent
      try CheckpointStore.write(kept.archive(includingReplay: task.goesOn), to: end)
    }
    return value
  }

  /// Changes settings of an agent that has learned already.
  ///
  /// - Throws: `fixedSetting` for one that what was learned depends on.
  static func adapt(_ agent: Agent, to parameters: [Setting.Entry]) throws(CoreError) {
    for parameter in parameters { try agent.set(parameter.key, to: parameter.value) }
  }

  /// The score of a whole training with the settings as they are.
  func score(seed: Int, isStopped: () -> Bool) throws -> Double {
    try score(training.run(seed: seed, isStopped: isStopped))
  }

  /// The mean return of the best weights.
  private func score(_ agent: Agent) throws -> Double {
    let best = agent.bestFork() ?? agent
    return try best.evaluate(episodes: episodes, seed: agent.seed(for: "score", 0)).mean
  }

  /// The training with a trial's settings. Another algorithm than the agent's begins at its own
  /// preset.
  func training(with parameters: [Setting.Entry]) -> FreshTraining {
    var training = training
    for parameter in parameters where parameter.key == TrialSpace.algorithmName {
      guard let name = parameter.value.string, name != training.algorithm else { continue }
      training.algorithm = name
      training.settings = training.settings.filter { $0.key == "total_steps" }
    }
    for parameter in parameters where parameter.key != TrialSpace.algorithmName {
      training.settings[parameter.key] = parameter.value
    }
    return training
  }
}

/// Calls a script's function with the parameters, and with `{steps, seed}` where it wants both.
struct FunctionTrial: TrialWork {
  let function: FrozenFunction

  func independentCopy() -> FunctionTrial { FunctionTrial(function: function.copy()) }

  func run(_ task: TrialTask, isStopped: () -> Bool) throws -> Double {
    let parameters = Value(.map(task.parameters))
    let budget = Value.map([
      "steps": .integer(task.steps.upperBound), "seed": .integer(task.seed),
    ])
    let takesBudget = function.argumentCounts.lowerBound > 1
    let value = try function.call(takesBudget ? [parameters, budget] : [parameters])
    guard let number = value.real else {
      throw RunError(
        .type, "the objective must give a number, not \(value.source)", argument: "objective")
    }
    return number
  }
}

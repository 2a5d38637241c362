import Language
import RLCore
import Schema

/// What one trial does with its parameters. Runs on a worker's thread, which shares nothing.
protocol TrialWork: Sendable {
  /// A copy for one more thread.
  func independentCopy() -> any TrialWork

  /// - Parameter isStopped: asked often; once true the trial gives up with `CancellationError`.
  func run(
    _ parameters: [Setting.Entry], seed: Int, isStopped: () -> Bool
  ) throws -> TrialOutcome
}

/// What came of a trial with one seed.
struct TrialOutcome: Sendable {
  var value: Double
  /// The trained agent, without its replay buffer; nil where a function was searched.
  var agent: StateArchive?
}

/// Makes a fresh agent and trains it to the end, on any thread.
struct FreshTraining: Sendable {
  let algorithm: String
  var settings: Settings
  var environment: EnvironmentInstance
  let steps: Int

  /// A copy for one more thread.
  func independentCopy() -> FreshTraining {
    var copy = self
    copy.environment = environment.independentCopy()
    return copy
  }

  /// - Throws: `CancellationError` once `isStopped`.
  func run(
    seed: Int, isStopped: () -> Bool
  ) throws -> (agent: Agent, history: TrainingHistory) {
    let agent = try Agent(
      algorithm: algorithm, settings: settings.merging(["seed": .integer(seed)]) { $1 },
      environment: environment)
    var trainer = Trainer(agent, steps: steps)
    while true {
      if case .finished = try trainer.advance() { return (agent, trainer.history) }
      if isStopped() { throw CancellationError() }
    }
  }
}

/// Trains a fresh agent and evaluates its best weights.
struct TrainingTrial: TrialWork {
  let training: FreshTraining
  let episodes: Int

  init(
    algorithm: String, settings: Settings, environment: EnvironmentInstance, steps: Int,
    episodes: Int
  ) {
    training = FreshTraining(
      algorithm: algorithm, settings: settings, environment: environment, steps: steps)
    self.episodes = episodes
  }

  private init(_ training: FreshTraining, episodes: Int) {
    self.training = training
    self.episodes = episodes
  }

  func independentCopy() -> any TrialWork {
    TrainingTrial(training.independentCopy(), episodes: episodes)
  }

  func run(
    _ parameters: [Setting.Entry], seed: Int, isStopped: () -> Bool
  ) throws -> TrialOutcome {
    var training = training
    for parameter in parameters { training.settings[parameter.key] = parameter.value }
    let (agent, _) = try training.run(seed: seed, isStopped: isStopped)
    let best = agent.bestFork() ?? agent
    let evaluation = try best.evaluate(episodes: episodes, seed: agent.seed(for: "score", 0))
    return TrialOutcome(value: evaluation.mean, agent: best.archive(includingReplay: false))
  }
}

/// Calls a script's function.
struct FunctionTrial: TrialWork {
  let function: FrozenFunction

  func independentCopy() -> any TrialWork { FunctionTrial(function: function.copy()) }

  func run(
    _ parameters: [Setting.Entry], seed: Int, isStopped: () -> Bool
  ) throws -> TrialOutcome {
    let value = try function.call([Value(.map(parameters))])
    guard let number = value.real else {
      throw RunError(
        .type, "the objective must give a number, not \(value.source)", argument: "objective")
    }
    return TrialOutcome(value: number)
  }
}

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

/// Trains a fresh agent and evaluates its best weights.
struct TrainingTrial: TrialWork {
  let algorithm: String
  let settings: Settings
  var environment: EnvironmentInstance
  let steps: Int
  let episodes: Int

  func independentCopy() -> any TrialWork {
    var copy = self
    copy.environment = environment.independentCopy()
    return copy
  }

  func run(
    _ parameters: [Setting.Entry], seed: Int, isStopped: () -> Bool
  ) throws -> TrialOutcome {
    var settings = settings
    for parameter in parameters { settings[parameter.key] = parameter.value }
    settings["seed"] = .integer(seed)
    let agent = try Agent(algorithm: algorithm, settings: settings, environment: environment)
    var trainer = Trainer(agent, steps: steps)
    training: while true {
      if case .finished = try trainer.advance() { break training }
      if isStopped() { throw CancellationError() }
    }
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

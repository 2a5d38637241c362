import Language
import RLCore
import Schema

/// Trains fresh agents with an agent's settings, one a seed, side by side.
enum SeedTraining {
  /// A trained agent, handed over whole from the thread that trained it.
  private struct Trained: @unchecked Sendable {
    let agent: Agent
    let history: TrainingHistory
  }

  /// What a worker makes fresh agents of.
  private struct Plan: Sendable {
    let algorithm: String
    let settings: Settings
    var environment: EnvironmentInstance
    let steps: Int

    func run(seed: Int, isStopped: () -> Bool) throws -> Trained {
      var settings = settings
      settings["seed"] = .integer(seed)
      let agent = try Agent(algorithm: algorithm, settings: settings, environment: environment)
      var trainer = Trainer(agent, steps: steps)
      while true {
        if case .finished = try trainer.advance() {
          return Trained(agent: agent, history: trainer.history)
        }
        if isStopped() { throw RunError.interrupted }
      }
    }
  }

  /// A run a seed, in the order of the seeds, which begin at the agent's own.
  static func run(
    _ model: AgentHandle, seeds: Int, steps: Int?, session: Session, isShown: Bool
  ) throws -> [RunHandle] {
    let plan = Plan(
      algorithm: model.core.algorithmName, settings: model.core.settings,
      environment: model.environment.instance, steps: steps ?? model.core.totalSteps)
    let pool = WorkerPool<Int, Trained>(workers: min(Cores.count, seeds)) {
      var own = plan
      own.environment = plan.environment.independentCopy()
      return { [own] seed, isStopped in try own.run(seed: seed, isStopped: isStopped) }
    }
    let firstSeed = model.core.seed
    for index in 0..<seeds { pool.add(firstSeed &+ index) }

    let progress = ProgressLine()
    let start = monotonicSeconds()
    defer { progress.clear() }
    var waiting: [Int: (trained: Trained, seconds: Double)] = [:]
    var runs: [RunHandle] = []
    while runs.count < seeds {
      if InterruptFlag.shared.isSet { throw RunError.interrupted }
      progress.update(
        Progress(
          label: "train \(model.name)", done: runs.count + waiting.count, total: seeds,
          seconds: monotonicSeconds() - start))
      guard let finished = pool.next(milliseconds: 100) else { continue }
      waiting[finished.task &- firstSeed] = (try finished.result.get(), finished.seconds)
      while let (trained, seconds) = waiting.removeValue(forKey: runs.count) {
        progress.clear()
        runs.append(
          try record(
            trained, of: model, steps: plan.steps, seconds: seconds, session: session,
            isShown: isShown))
      }
    }
    return runs
  }

  private static func record(
    _ trained: Trained, of model: AgentHandle, steps: Int, seconds: Double, session: Session,
    isShown: Bool
  ) throws -> RunHandle {
    let agent = AgentHandle(
      trained.agent, name: "\(model.name)-seed\(trained.agent.seed)",
      environment: model.environment)
    agent.history = trained.history
    var recorder = try RunRecorder(agent: agent, session: session)
    let run = RunHandle(
      agent: agent, id: recorder.id, steps: steps, updates: trained.agent.updates,
      seconds: seconds, isInterrupted: false, history: trained.history)
    try recorder.finish(run)
    session.output.report(
      .trained(run, episodes: trained.agent.episodes), isShown: isShown)
    return run
  }
}

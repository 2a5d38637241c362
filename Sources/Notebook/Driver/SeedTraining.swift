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

  /// A run a seed, in the order of the seeds, which begin at the agent's own.
  static func run(
    _ model: AgentHandle, seeds: Int, steps: Int?, session: Session, isShown: Bool
  ) throws -> [RunHandle] {
    let plan = FreshTraining(
      algorithm: model.core.algorithmName, settings: model.core.settings,
      environment: model.environment.instance, steps: steps ?? model.core.totalSteps)
    let pool = WorkerPool<Int, Trained>(workers: min(Cores.count, seeds)) {
      let own = plan.independentCopy()
      return { seed, isStopped in
        let (agent, history) = try own.run(seed: seed, isStopped: isStopped)
        return Trained(agent: agent, history: history)
      }
    }
    let firstSeed = model.core.seed
    for index in 0..<seeds { pool.add(firstSeed &+ index) }

    var waiting: [Int: (trained: Trained, seconds: Double)] = [:]
    var runs: [RunHandle] = []
    try pool.collect(seeds, label: "train \(model.name)", in: session) { finished in
      waiting[finished.task &- firstSeed] = (try finished.result.get(), finished.seconds)
      while let (trained, seconds) = waiting.removeValue(forKey: runs.count) {
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
      trained.agent, name: "\(model.name)-seed\(trained.agent.seed)", settingsOf: model,
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

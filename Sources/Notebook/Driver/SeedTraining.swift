import Language
import RLCore
import Schema

/// Trains fresh agents with an agent's settings, one a seed, side by side.
enum SeedTraining {
  /// A trained agent, handed over whole from the thread that trained it.
  private struct Trained: @unchecked Sendable {
    let agent: Agent
    let history: TrainingHistory
    let isWhole: Bool
  }

  /// A run a seed, in the order of the seeds, which begin at the agent's own.
  ///
  /// - Throws: after an interruption, once what was learned so far is recorded as runs that can be
  ///   resumed.
  static func run(
    _ model: AgentHandle, seeds: Int, steps: Int?, session: Session, isShown: Bool
  ) throws -> [RunHandle] {
    let plan = FreshTraining(
      algorithm: model.core.algorithmName, settings: model.core.settings,
      environment: model.environment.instance, steps: steps ?? model.core.totalSteps)
    let pool = WorkerPool<Int, Trained>(workers: min(Cores.count, seeds)) {
      let own = plan.independentCopy()
      return { seed, isStopped in
        let agent = try own.agent(seed: seed)
        let (history, isWhole) = try FreshTraining.begin(
          agent, steps: own.steps, isStopped: isStopped)
        return Trained(agent: agent, history: history, isWhole: isWhole)
      }
    }
    let firstSeed = model.core.seed
    for index in 0..<seeds { pool.add(firstSeed &+ index) }

    var waiting: [Int: (trained: Trained, seconds: Double)] = [:]
    var runs: [RunHandle] = []
    func record(_ trained: Trained, _ seconds: Double) throws -> RunHandle {
      try Self.record(trained, of: model, seconds: seconds, session: session, isShown: isShown)
    }
    do {
      try pool.collect(seeds, label: "train \(model.name)", in: session) { finished in
        waiting[finished.task &- firstSeed] = (try finished.result.get(), finished.seconds)
        while let (trained, seconds) = waiting.removeValue(forKey: runs.count) {
          runs.append(try record(trained, seconds))
        }
      }
    } catch let error as RunError where error.isInterrupt {
      for finished in pool.finishEarly() {
        guard let trained = try? finished.result.get() else { continue }
        waiting[finished.task &- firstSeed] = (trained, finished.seconds)
      }
      for (_, one) in waiting.sorted(by: { $0.key < $1.key }) {
        _ = try record(one.trained, one.seconds)
      }
      throw error
    }
    return runs
  }

  private static func record(
    _ trained: Trained, of model: AgentHandle, seconds: Double, session: Session, isShown: Bool
  ) throws -> RunHandle {
    let agent = AgentHandle(
      trained.agent, name: "\(model.name)-seed\(trained.agent.seed)", settingsOf: model,
      environment: model.environment)
    agent.history = trained.history
    var recorder = try RunRecorder(agent: agent, session: session)
    let run = RunHandle(
      agent: agent, id: recorder.id, steps: trained.agent.steps, updates: trained.agent.updates,
      seconds: seconds, isInterrupted: !trained.isWhole, history: trained.history)
    try recorder.finish(run)
    session.output.report(
      .trained(run, episodes: trained.agent.episodes), isShown: isShown)
    return run
  }
}

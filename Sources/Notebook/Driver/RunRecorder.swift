import Language
import RLCore
import Schema
import Store

/// Keeps one training in the project's store: the run's record, its metrics, and checkpoints.
struct RunRecorder {
  private var record: RunRecord
  private let agent: AgentHandle
  private let session: Session
  private var kept = (returns: 0, losses: 0, validations: 0)

  var id: Int { record.id }

  /// Records that a training begins.
  init(agent: AgentHandle, session: Session) throws {
    self.agent = agent
    self.session = session
    let core = agent.core
    record = RunRecord(
      agent: agent.name, algorithm: core.algorithmName, environment: core.environment.name,
      settings: Value(settings: core.settings).json, seed: core.seed,
      source: session.currentSource?.text ?? "", started: secondsSince1970(),
      kernels: VectorMath.level, version: Version.text)
    record.id = try session.store.begin(record)
  }

  /// Writes how the training stands now.
  mutating func checkpoint(seconds: Double, history: TrainingHistory) throws {
    let name = "run-\(record.id).safetensors"
    try CheckpointStore.write(
      agent.archive(), to: "\(session.store.checkpointFolder)/\(name)",
      keepingPrevious: record.checkpoint != nil)
    record.checkpoint = name
    record.seconds = seconds
    record.steps = agent.core.steps
    record.meanReturn = history.recentMean
    try session.store.update(record, adding: points(in: history))
  }

  mutating func finish(_ run: RunHandle) throws {
    record.state = run.isInterrupted ? .interrupted : .finished
    try checkpoint(seconds: run.seconds, history: run.history)
    record.steps = run.steps
    try session.store.update(record)
  }

  /// A training that ended in an error keeps its last checkpoint. The error itself is what the person
  /// must hear of, so one of the store is not.
  mutating func fail() {
    record.state = .failed
    try? session.store.update(record)
  }

  /// The metrics that are not kept yet, under Stable-Baselines3's names.
  private mutating func points(in history: TrainingHistory) -> [MetricPoint] {
    func new(_ points: [TrainingHistory.Point], _ name: String, from: inout Int) -> [MetricPoint] {
      defer { from = points.count }
      return points[from...].map { MetricPoint(name: name, step: $0.step, value: $0.value) }
    }
    return new(history.returns, "rollout/ep_rew", from: &kept.returns)
      + new(history.losses, "train/loss", from: &kept.losses)
      + new(history.validations, "eval/mean_reward", from: &kept.validations)
  }
}

extension Value {
  /// A run's record as a map, for tables.
  init(run: RunRecord) {
    self = .map([
      "id": .integer(run.id), "agent": .string(run.agent), "algorithm": .string(run.algorithm),
      "environment": .string(run.environment), "seed": .integer(run.seed),
      "steps": .integer(run.steps), "seconds": .real(run.seconds),
      "mean": run.meanReturn.map(Value.real) ?? .null, "state": .string(run.state.rawValue),
      "checkpoint": run.checkpoint.map(Value.string) ?? .null,
    ])
  }
}

import Language
import RLCore
import Schema
import Store

/// Keeps one training in the project's store: the run's record, its metrics, and checkpoints.
struct RunRecorder {
  private var record: RunRecord
  private let agent: any SessionAgent
  private let session: Session
  private var kept = (returns: 0, losses: 0, validations: 0)

  var id: Int { record.id }

  /// Records that a training begins.
  init(agent: any SessionAgent, session: Session) throws {
    self.agent = agent
    self.session = session
    let profile = agent.profile
    record = RunRecord(
      agent: agent.name, algorithm: profile.algorithm, environment: profile.environment,
      settings: Value(settings: profile.settings).json, seed: profile.seed,
      source: session.currentSource?.text ?? "", started: secondsSince1970(),
      kernels: VectorMath.level, version: Version.text)
    record.id = try session.store.begin(record)
  }

  /// Writes how the training stands now.
  mutating func checkpoint(seconds: Double, history: TrainingHistory) throws {
    try checkpoint(seconds: seconds, mean: history.recentMean, adding: points(in: history))
  }

  /// The same with the figures that are new since the last time.
  mutating func checkpoint(
    seconds: Double, mean: Double? = nil, adding points: [MetricPoint]
  ) throws {
    let name = "run-\(record.id).safetensors"
    try CheckpointStore.write(
      agent.archive(includingReplay: true), to: "\(session.store.checkpointFolder)/\(name)",
      keepingPrevious: record.checkpoint != nil)
    record.checkpoint = name
    record.seconds = seconds
    record.steps = agent.profile.steps
    record.meanReturn = mean
    try session.store.update(record, adding: points)
  }

  mutating func finish(_ run: RunHandle) throws {
    try finish(
      steps: run.steps, seconds: run.seconds, isInterrupted: run.isInterrupted,
      mean: run.history.recentMean, adding: points(in: run.history))
  }

  /// The same with the figures that are new since the last time, and others as a map.
  mutating func finish(
    steps: Int, seconds: Double, isInterrupted: Bool, mean: Double? = nil,
    summary: OrderedMap = OrderedMap(), adding points: [MetricPoint]
  ) throws {
    record.state = isInterrupted ? .interrupted : .finished
    record.summary = Value.map(summary).json
    try checkpoint(seconds: seconds, mean: mean, adding: points)
    record.steps = steps
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

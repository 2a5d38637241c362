import Language
import RLCore
import Schema

/// A recorded training.
final class RunHandle: Handle {
  let agent: AgentHandle
  /// Its number in the project's store.
  let id: Int
  let seed: Int
  let steps: Int
  let updates: Int
  let seconds: Double
  let isInterrupted: Bool
  let history: TrainingHistory

  init(
    agent: AgentHandle, id: Int, steps: Int, updates: Int, seconds: Double, isInterrupted: Bool,
    history: TrainingHistory
  ) {
    self.agent = agent
    self.id = id
    seed = agent.core.seed
    self.steps = steps
    self.updates = updates
    self.seconds = seconds
    self.isInterrupted = isInterrupted
    self.history = history
    super.init()
  }

  override var kind: String { "run" }

  override var memberNames: [String] {
    [
      "id", "agent", "seed", "steps", "updates", "seconds", "steps_per_second", "returns", "losses",
      "validations", "interrupted",
    ]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "id": .integer(id)
    case "agent": .object(agent)
    case "seed": .integer(seed)
    case "steps": .integer(steps)
    case "updates": .integer(updates)
    case "seconds": .real(seconds)
    case "steps_per_second": .real(stepsPerSecond)
    case "returns": CoreValues.list(history.returns.map(\.value))
    case "losses": CoreValues.list(history.losses.map(\.value))
    case "validations": CoreValues.list(history.validations.map(\.value))
    case "interrupted": .boolean(isInterrupted)
    default: nil
    }
  }

  var stepsPerSecond: Double { seconds > 0 ? Double(steps) / seconds : 0 }

  /// The mean return over the latest episodes, as learning curves show it; nil before the first.
  var mean: Double? { history.recentMean }

  override var text: String {
    "run \(id): \(agent.name), \(compact(steps)) steps in \(duration(seconds: seconds))"
  }
}

extension TrainingHistory {
  /// The mean return over the latest 100 episodes; nil before the first.
  var recentMean: Double? {
    let latest = returns.suffix(100)
    return latest.isEmpty ? nil : latest.reduce(0) { $0 + $1.value } / Double(latest.count)
  }

  /// Goes on with what a later training left.
  mutating func append(_ other: TrainingHistory) {
    returns += other.returns
    lengths += other.lengths
    losses += other.losses
    validations += other.validations
  }
}

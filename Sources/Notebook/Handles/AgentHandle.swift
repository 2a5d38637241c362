import Language
import RLCore
import Schema

/// An agent of the session that acts in an environment.
final class AgentHandle: Handle, SessionAgent {
  static let genus = "an agent that acts in an environment"
  static let counterparts = [
    "generate": "rollout AGENT", "logits": "predict AGENT", "tokens": "predict AGENT",
    "text": "predict AGENT",
  ]

  /// Replaced as a whole by `undo` and `keep`.
  var core: Agent
  /// The name it was first assigned to, which events and records carry.
  let name: String
  /// The name of the agent whose settings it has: for one of several seeds that of the agent they
  /// were trained for.
  let settingsName: String
  /// The environment of the session that it was made on; its own copy is in `core`.
  let environment: EnvironmentHandle
  /// What its trainings in this session left for plots.
  var history = TrainingHistory()
  /// What moves its settings by what people say, by the setting's name.
  var controllers: [String: FeedbackController] = [:]
  /// How fast its latest training in this session went; 0 before the first.
  var stepsPerSecond = 0.0
  /// The job that works on it or did.
  var job: BackgroundJob?
  /// How often each purpose drew a seed, so that each call has a new start.
  private var draws: [String: Int] = [:]

  init(
    _ core: Agent, name: String, settingsOf model: AgentHandle? = nil,
    environment: EnvironmentHandle
  ) {
    self.core = core
    self.name = name
    settingsName = model?.settingsName ?? name
    self.environment = environment
    core.threads = Cores.count
    super.init()
  }

  override var kind: String { "agent" }

  override var memberNames: [String] {
    [
      "name", "algorithm", "environment", "settings", "seed", "steps", "updates", "episodes",
      "epsilon", "replay", "best_mean", "best_steps",
    ]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    try checkFree(in: nil)
    return switch name {
    case "name": .string(self.name)
    case "algorithm": .string(core.algorithmName)
    case "environment": .object(environment)
    case "settings": Value(settings: core.settings)
    case "seed": .integer(core.seed)
    case "steps": .integer(core.steps)
    case "updates": .integer(core.updates)
    case "episodes": .integer(core.episodes)
    case "epsilon": core.epsilon.map(Value.real) ?? .null
    case "replay": core.replayCount.map(Value.integer) ?? .null
    case "best_mean": core.best.map { .real($0.mean) } ?? .null
    case "best_steps": core.best.map { .integer($0.steps) } ?? .null
    default: nil
    }
  }

  override var text: String {
    if let job, !job.hasEnded { return "\(name): being worked on by job \(job.number)" }
    return "\(name): \(core.algorithmName) on \(core.environment.name), "
      + "\(compact(core.steps)) steps, seed \(core.seed)"
  }

  /// A new seed for one purpose, such as `rollout`; no bit of the agent changes.
  func drawSeed(for purpose: String) -> Int {
    let index = draws[purpose, default: 0]
    draws[purpose] = index + 1
    return core.seed(for: purpose, index)
  }
}

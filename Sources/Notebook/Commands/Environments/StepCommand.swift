import Language
import RLCore
import Schema

/// `step 1`: acts once by hand.
enum StepCommand: SessionCommand {
  static let declaration = Declaration(
    name: "step", summary: "Acts once in the environment by hand.",
    parameters: [
      .environment,
      Parameter(
        "action", .either([.integer, .list(of: .real), .string]), .positional, default: .required,
        "What to do: an integer, a list for continuous spaces, or an action's name."),
    ],
    examples: [
      Example(
        "env CartPole-v1\nreset state=[0, 0, 0, 0]\nr = step 1\nprint r.reward r.terminated",
        gives: "[0.0, 0.0, 0.0, 0.0]\n1.0 false\n")
    ],
    group: "environments",
    details: """
      Gives `{observation, reward, terminated, truncated, info}`. `terminated` is the task's own end, \
      `truncated` the time limit's. The steps since `reset` form an episode that feedback can be given \
      on.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    let action = try CoreValues.action(
      from: call["action"] ?? .null, in: environment.actionSpace,
      names: environment.instance.environment.actionNames)
    let step = try environment.step(action)
    session.lastShown = .step(environment)
    return .object(StepRecord(step, info: environment.info, in: environment))
  }
}

/// What a step gave. Scripts step often and mostly look at two or three of its parts.
private final class StepRecord: RecordObject {
  private let step: EnvironmentInstance.Step
  private let info: Settings
  private let environment: EnvironmentHandle

  init(_ step: EnvironmentInstance.Step, info: Settings, in environment: EnvironmentHandle) {
    self.step = step
    self.info = info
    self.environment = environment
    super.init(keys: Self.keys)
  }

  nonisolated(unsafe) private static let keys: OrderedMap = {
    var keys = OrderedMap()
    for name in ["observation", "reward", "terminated", "truncated", "info"] { keys[name] = .null }
    return keys
  }()

  override func makeValue(at position: Int) -> Value {
    switch position {
    case 0: CoreValues.observation(step.observation, in: environment.observationSpace)
    case 1: .real(step.reward)
    case 2: .boolean(step.terminated)
    case 3: .boolean(step.truncated)
    default: Value(settings: info)
    }
  }
}

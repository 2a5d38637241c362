import Language
import RLCore
import Schema

/// `info`: what an environment or an agent is.
enum InfoCommand: SessionCommand {
  static let declaration = Declaration(
    name: "info",
    summary: "Shows what an environment is: its spaces, its end, its options, its state.",
    parameters: [
      Parameter(
        "object", .either([.handle("environment"), .handle("agent")]), .positional,
        default: .described("the current environment"), "An environment or an agent.")
    ],
    examples: [Example("env CartPole-v1 gravity=12\ninfo")], group: "environments")

  private static let mostShown = 32

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    if let agent = call["object"]?.handle as? any SessionAgent {
      session.output.printLine(lines(of: agent).joined(separator: "\n"))
      return .null
    }
    let environment: EnvironmentHandle =
      if let given = call["object"]?.handle as? EnvironmentHandle { given } else {
        try session.currentEnvironment()
      }
    session.output.printLine(lines(of: environment).joined(separator: "\n"))
    return .null
  }

  private static func lines(of handle: EnvironmentHandle) -> [String] {
    let instance = handle.instance
    let environment = instance.environment
    var lines = [handle.text]
    for (index, name) in environment.observationNames.enumerated() {
      lines.append("  observation \(index)  \(name)")
    }
    for (index, name) in environment.actionNames.enumerated() {
      lines.append("  action \(index)       \(name)")
    }
    if let threshold = instance.rewardThreshold {
      lines.append("  solved from    a mean return of \(significant(threshold))")
    }
    if instance.rewardFunction != nil { lines.append("  reward         an own function") }
    for (name, value) in instance.settings.sorted(by: { $0.key < $1.key }) {
      lines.append("  option         \(name)=\(value)")
    }
    lines.append(
      instance.needsReset && instance.elapsedSteps == 0
        ? "  not begun: `reset`"
        : "  step \(instance.elapsedSteps)         \(observation(of: handle))"
          + (instance.needsReset ? ", over" : ""))
    return lines
  }

  /// What is seen now; of more numbers than a person reads only how many.
  private static func observation(of handle: EnvironmentHandle) -> String {
    let size = handle.instance.observationSpace.size
    return size > mostShown
      ? "observation of \(size) numbers: `render` draws it"
      : "observation \(handle.observation.printed)"
  }

  private static func lines(of agent: any SessionAgent) -> [String] {
    var lines = [agent.text]
    for (name, value) in agent.profile.settings.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(name)=\(value)")
    }
    return lines
  }
}

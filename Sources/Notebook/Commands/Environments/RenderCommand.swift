import Language
import RLCore
import Schema

/// `render`: what the environment looks like now.
enum RenderCommand: SessionCommand {
  static let declaration = Declaration(
    name: "render", summary: "Draws the current state of an environment in the terminal.",
    parameters: [.environment],
    examples: [Example("env CartPole-v1\nreset\nrender")], group: "environments")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    let instance = environment.instance
    if instance.needsReset && instance.elapsedSteps == 0 { try environment.reset() }
    let lines = EpisodePlayer.frame(
      environment.instance, state: environment.instance.environment.state,
      action: environment.lastAction,
      caption: "\(instance.name)  step \(environment.instance.elapsedSteps)",
      appearance: session.output.appearance)
    session.output.printLine(lines.joined(separator: "\n"))
    return .null
  }
}

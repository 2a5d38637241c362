import Language
import RLCore
import Schema

/// `coach a method=tamer`: how feedback is folded in.
enum CoachCommand: SessionCommand {
  static let declaration = Declaration(
    name: "coach", summary: "Chooses the method that folds feedback into an agent.",
    parameters: [
      .agent,
      Parameter(
        "method", .member(FeedbackMethods.family), default: .described("shows the current one"),
        "Which method; its settings are options."),
    ],
    examples: [Example("env CartPole-v1\na = agent dqn\ncoach a method=tamer beta=0.5")],
    group: "feedback")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.agent(in: session)
    if let method = call.text("method") {
      try agent.core.coach(method: method, settings: try call.settings())
    }
    let feedback = agent.core.feedback
    session.output.report(
      Event(
        "coach",
        [
          ("agent", .string(agent.name)), ("method", .string(feedback.method)),
          ("settings", Value(settings: feedback.settings)),
        ],
        text:
          "\(agent.name): feedback by \(feedback.method), \(Value(settings: feedback.settings).source)"
      ),
      isShown: call.isShown)
    return call.nothing()
  }
}

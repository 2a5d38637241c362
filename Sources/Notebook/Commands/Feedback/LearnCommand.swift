import Language
import RLCore
import Schema

/// `learn a`: folds feedback in.
enum LearnCommand: SessionCommand {
  static let declaration = Declaration(
    name: "learn", summary: "Folds the feedback given since the last time into an agent.",
    parameters: [.agent],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        feedback (rollout a) -1
        learn a
        """)
    ],
    group: "feedback",
    details: """
      How is chosen by `coach`; by default a TAMER head learns what the ratings say of each action, \
      and is added to the values that choose the action, which themselves stay untouched. It prints \
      what changed. With nothing new it changes nothing.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    try call.anyAgent(in: session).learn(call, in: session)
  }
}

extension AgentHandle {
  /// Folds in what was given since the last time.
  func learn(_ call: CommandCall, in session: Session) throws -> Value {
    guard let event = try learn(in: session) else {
      session.output.note("\(name): no new feedback to learn from")
      return call.nothing()
    }
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }
}

extension Event {
  /// What learning from feedback changed.
  ///
  /// - Parameter latency: seconds from the key that gave the last of it to the changed agent; nil
  ///   where no key did.
  static func learned(
    _ report: LearnReport, by agent: AgentHandle, seconds: Double, latency: Double? = nil
  ) -> Event {
    let count = report.newAnswers
    return Event(
      "learn",
      [("agent", .string(agent.name))] + report.fields + [
        ("seconds", .real(seconds)), ("latency", latency.map(Value.real) ?? .null),
      ],
      text: "learn \(agent.name): \(count) answer\(count == 1 ? "" : "s") by \(report.method), "
        + "\(report.answers) in all; error \(significant(report.lossBefore)) -> "
        + "\(significant(report.lossAfter)); the greedy action changed in "
        + "\(report.changedStates) of \(report.states) states "
        + "(\(significant(100 * report.changedShare)) %), in \(duration(seconds: seconds))"
        + (latency.map { ", \(milliseconds($0)) after the key" } ?? ""))
  }
}

extension LearnReport {
  fileprivate var fields: [(String, Value)] {
    [
      ("method", .string(method)), ("new", .integer(newAnswers)), ("answers", .integer(answers)),
      ("loss_before", .real(lossBefore)), ("loss_after", .real(lossAfter)),
      ("states", .integer(states)), ("changed", .integer(changedStates)),
    ]
  }
}

import Language
import RLCore
import Schema
import Store

/// `undo`: takes the last feedback back.
enum UndoCommand: SessionCommand {
  static let declaration = Declaration(
    name: "undo", summary: "Takes the last feedback back, with what `learn` made of it.",
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        before = hash a
        feedback (rollout a) -1
        learn a
        undo
        print (hash a) == before
        """)
    ],
    group: "feedback",
    details: """
      The agent is again what it would be had the rating never been given, to the bit, unless it was \
      trained since it learned: what came of that training stays, and `undo` says so. The ledger \
      keeps the rating, marked as taken back.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard let record = session.given.popLast() else {
      throw RunError(.command, "there is no feedback of this session to take back")
    }
    try session.store.retract(
      record.stored.id, .init(person: record.stored.person, time: secondsSince1970()))
    let agent = record.subject.agent
    var isExact = true
    if let agent, let rating = record.rating,
      case .learned(_, let trainedSince)? = try agent.core.retract(rating)
    {
      isExact = !trainedSince
      agent.feedbackSteps.removeLast()
    }
    session.output.report(
      Event(
        "undo",
        [
          ("id", .integer(record.stored.id)), ("agent", agent.map { .string($0.name) } ?? .null),
          ("exact", .boolean(isExact)),
        ],
        text: "took back feedback \(record.stored.id)"
          + (isExact ? "" : "; what \(agent?.name ?? "the agent") did in training since stays")),
      isShown: call.isShown)
    return call.reported(.object(record))
  }
}

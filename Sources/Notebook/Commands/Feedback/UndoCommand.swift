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
    guard let record = session.given.last else {
      throw RunError(.command, "there is no feedback of this session to take back")
    }
    let event = try session.takeBack(record, as: "undo")
    session.output.report(event, isShown: call.isShown)
    return call.reported(.object(record))
  }
}

import Language
import RLCore
import Schema
import Store

/// `undo`: takes the last feedback back.
enum UndoCommand: SessionCommand {
  static let declaration = Declaration(
    name: "undo", summary: "Takes the last feedback back, with what `learn` made of it.",
    parameters: [.replay],
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
      The agent is again what it would be had the feedback never been given, to the bit. What it was \
      trained since it learned is done again without it: that takes time, which is said and asked \
      first; `replay=true` goes on without asking. Feedback of an earlier session is taken back where \
      the agent that got it is loaded. The ledger keeps it, marked as taken back.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard let record = try session.lastStanding() else {
      throw RunError(
        .command, "there is no feedback to take back",
        hint: "feedback of an earlier session needs its agent: `load` or `resume`")
    }
    return try session.takeBack(record, call)
  }
}

extension Session {
  /// The last feedback given that was not taken back: of this session, else the latest of the ledger
  /// that an agent of this session holds.
  fileprivate func lastStanding() throws -> FeedbackHandle? {
    if let last = given.last { return last }
    for record in try store.feedback().reversed() {
      if let handle = try standing(record) { return handle }
    }
    return nil
  }

  /// Takes feedback back as a command does.
  func takeBack(_ record: FeedbackHandle, _ call: CommandCall) throws -> Value {
    let event = try takeBack(
      record, as: call.declaration.name, replay: call.boolean("replay") ?? false)
    guard let event else {
      output.note("left as it was")
      return call.nothing()
    }
    output.report(event, isShown: call.isShown)
    return call.reported(.object(record))
  }
}

extension Parameter {
  /// Consent to training again.
  static let replay = Parameter(
    "replay", .boolean, default: .setting(false),
    "Does training since then again without the feedback, and does not ask.")
}

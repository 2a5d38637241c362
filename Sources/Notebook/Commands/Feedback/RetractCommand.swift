import Language
import RLCore
import Schema

/// `retract 17`: takes any feedback of this session back.
enum RetractCommand: SessionCommand {
  static let declaration = Declaration(
    name: "retract", summary: "Takes one feedback back, as if it had never been given.",
    parameters: [
      Parameter(
        "id", .integer(from: 1), .positional, default: .required, "Its number in the ledger.")
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        f = feedback(rollout(a), -1)
        feedback (rollout a) 1
        learn a
        retract f.id
        print len(filter(ledger(), fn(r) => r.retracted)) >= 1
        """, gives: "true\n")
    ],
    group: "feedback",
    details: """
      The agent learns anew from its other ratings, so that it is what it would be without this one, \
      to the bit; what it did in training since stays, and that is said.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let id = call.integer("id")
    guard let record = session.given.first(where: { $0.stored.id == id }) else {
      throw RunError(
        .value, "feedback \(id ?? 0) was not given in this session, or is taken back already",
        hint: "`ledger | table` lists what was given", argument: "id")
    }
    let event = try session.takeBack(record, as: "retract")
    session.output.report(event, isShown: call.isShown)
    return call.reported(.object(record))
  }
}

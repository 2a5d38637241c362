import Language
import RLCore
import Schema

/// `retract 17`: takes any feedback back.
enum RetractCommand: SessionCommand {
  static let declaration = Declaration(
    name: "retract", summary: "Takes one feedback back, as if it had never been given.",
    parameters: [
      Parameter(
        "id", .integer(from: 1), .positional, default: .required, "Its number in the ledger."),
      .replay,
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
      The agent is again what it would be without this one, to the bit; what came after it stays as \
      far as it is other people's words, and is done again as far as it is training. That cost is said \
      and asked first; `replay=true` goes on without asking. Works for feedback of earlier sessions \
      too, where the agent that got it is loaded.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let id = call.integer("id") ?? 0
    guard let record = try session.store.feedback(after: id - 1).first(where: { $0.id == id })
    else {
      throw RunError(
        .value, "there is no feedback \(id)", hint: "`ledger | table` lists what was given",
        argument: "id")
    }
    if record.retraction != nil {
      throw RunError(.value, "feedback \(id) is taken back already", argument: "id")
    }
    guard let handle = try session.standing(record) else {
      throw RunError(
        .value, "no agent here has got feedback \(id)",
        hint: "`load` or `resume` the agent \(record.agent)", argument: "id")
    }
    return try session.takeBack(handle, call)
  }
}

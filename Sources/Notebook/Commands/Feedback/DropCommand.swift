import Language
import RLCore
import Schema

/// `drop`: forgets what was tried out.
enum DropCommand: SessionCommand {
  static let declaration = Declaration(
    name: "drop", summary: "Forgets what `whatif` tried out.",
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        before = hash a
        whatif feedback (rollout a) -1
        drop
        print (hash a) == before len(ledger())
        """, gives: "true 0\n")
    ],
    group: "feedback",
    details: "No bit of the agent has changed, and the ledger knows nothing of it.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let hypothesis = try session.endHypothesis()
    session.output.report(
      Event(
        "drop", [("agent", .string(hypothesis.agent.name))],
        text: "dropped; \(hypothesis.agent.name) is as it was"),
      isShown: call.isShown)
    return call.nothing()
  }
}

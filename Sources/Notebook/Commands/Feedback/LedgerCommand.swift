import Language
import RLCore
import Schema
import Store

/// `ledger`: all that was ever said.
enum LedgerCommand: SessionCommand {
  static let declaration = Declaration(
    name: "ledger", summary: "Gives all feedback of this project, the oldest first.",
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nfeedback (rollout a) 1\nprint (ledger)[-1].value",
        gives: "1\n")
    ],
    group: "feedback",
    details: "What was taken back stays in it, with `retracted` set.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    .list(try session.store.feedback().map { FeedbackHandle.map(of: $0) })
  }
}

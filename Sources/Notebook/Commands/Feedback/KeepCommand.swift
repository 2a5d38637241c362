import Language
import RLCore
import Schema

/// `keep`: makes what was tried out real.
enum KeepCommand: SessionCommand {
  static let declaration = Declaration(
    name: "keep", summary: "Makes real what `whatif` tried out.",
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        whatif feedback (rollout a) -1
        keep
        print (ledger)[-1].value
        """, gives: "-1\n")
    ],
    group: "feedback",
    details: "The feedback goes to the ledger, and the copy takes the agent's place.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let hypothesis = try session.endHypothesis()
    guard hypothesis.isCurrent else {
      throw RunError(
        .command, "\(hypothesis.agent.name) was trained since `whatif`, which is dropped",
        hint: "try it again")
    }
    try session.keep(hypothesis)
    hypothesis.agent.core = hypothesis.changed ?? hypothesis.original
    session.output.report(
      Event(
        "keep",
        [("agent", .string(hypothesis.agent.name)), ("answers", .integer(hypothesis.given.count))],
        text: "kept \(hypothesis.given.count) answer\(hypothesis.given.count == 1 ? "" : "s") "
          + "and what \(hypothesis.agent.name) made of it"),
      isShown: call.isShown)
    return call.nothing()
  }
}

extension Session {
  /// Takes what is tried out off the session.
  func endHypothesis() throws(RunError) -> Hypothesis {
    guard let hypothesis else {
      throw RunError(
        .command, "nothing is being tried out", hint: "try something: `whatif feedback ep -1`")
    }
    self.hypothesis = nil
    return hypothesis
  }
}

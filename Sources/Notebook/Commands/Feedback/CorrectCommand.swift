import Language
import RLCore
import Schema

/// `correct ep 12 action=1`: what should have been done in a step.
enum CorrectCommand: SessionCommand {
  static let declaration = Declaration(
    name: "correct", summary: "Takes what should have been done in a step.",
    parameters: [
      Parameter(
        "episode", .handle("episode"), .subject,
        default: .described("the steps just made by hand, or the last episode"), "Which episode."),
      Parameter(
        "step", .integer(from: 0), .positional, default: .described("the last"),
        "Which step of it, from 0."),
      Parameter(
        "action", .either([.integer, .list(of: .real), .string]),
        default: .described("asked for"), "What should have been done."),
      .note, .from(agent: true), .person, .maxAttempts,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        ep = rollout a
        f = correct ep 3 action=1
        print f.kind f.value
        """, gives: "correction 1\n")
    ],
    group: "feedback",
    details: """
      At a terminal what led to the step plays, and a digit, an arrow or a name is the action. The \
      function of `from=` gets the step as a map `.observation .action .reward .next`; an agent \
      answers with what it would do.
      """, source: "Ross et al. 2011 (DAgger), arXiv 1011.0686")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let subject = try FeedbackSubject(call, in: session)
    let length = subject.episode.episode.length
    let step = call.integer("step") ?? subject.step ?? length - 1
    guard (0..<length).contains(step) else {
      throw RunError(
        .index, "an episode of \(length) steps has no step \(step)", argument: "step")
    }
    return try session.answer(
      Inquiry.correction(subject.at(step: step, agent: subject.agent)), given: call["action"],
      as: "action", call)
  }
}

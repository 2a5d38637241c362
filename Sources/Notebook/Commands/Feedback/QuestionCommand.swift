import Language
import RLCore
import Schema

/// `question "Was it safe?" of=ep options=["yes", "no"]`.
enum QuestionCommand: SessionCommand {
  static let declaration = Declaration(
    name: "question", summary: "Asks a question with options, and keeps the answer.",
    parameters: [
      Parameter("text", .string, .positional, default: .required, "What is asked."),
      Parameter(
        "options", .list(of: .string), default: .setting(["yes", "no"]),
        "What can be answered; about an episode, from the best to the worst."),
      Parameter(
        "of", .handle("episode"), default: .described("about nothing in particular"),
        "The episode that it is about, which plays first."),
      Parameter(
        "choice", .either([.string, .integer]), default: .described("asked for"),
        "The answer: an option, or its place from 0."),
      .note, .from(), .person, .maxAttempts,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        ep = rollout a
        q = question "Was it safe?" of=ep options=["yes", "no"] from=fn(e) => if e.length > 100 { "yes" } else { "no" }
        print q.kind q.value in ["yes", "no"]
        """, gives: "question true\n")
    ],
    group: "feedback",
    details: """
      At a terminal a digit answers. The function of `from=` gets the episode, or the question where \
      it is about none, and gives an option. About an episode of an agent, the answer counts as a \
      rating from 1 for the first option to -1 for the last.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let options =
      call["options"].map { ($0.elements ?? []).compactMap(\.text) } ?? ["yes", "no"]
    guard options.count >= 2, Set(options).count == options.count else {
      throw RunError(.value, "a question has two or more different options", argument: "options")
    }
    let subject = (call["of"]?.handle as? EpisodeHandle).map { FeedbackSubject($0, in: session) }
    return try session.answer(
      Inquiry.question(call.text("text")!, options: options, of: subject), given: call["choice"],
      as: "choice", call)
  }
}

import Language
import RLCore
import Schema

/// `feedback ep`, `feedback +1`: a rating of an episode or of the step just made by hand.
enum FeedbackCommand: SessionCommand {
  static let declaration = Declaration(
    name: "feedback", summary: "Takes a rating of an episode, or of the step just made by hand.",
    parameters: [
      Parameter(
        "episode", .handle("episode"), .subject,
        default: .described("the step just made by hand, or the last episode"), "What is rated."),
      Parameter(
        "value", .real, .positional, default: .described("asked for at the terminal"),
        "From -1, bad, to 1, good."),
      .note, .from(), .person, .maxAttempts,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        ep = rollout a
        f = feedback ep -0.5 note="drifts"
        print f.kind f.value
        """, gives: "rating -0.5\n"),
      Example(
        "env CartPole-v1\na = agent dqn\nreset\nstep 1\nf = feedback +1\nprint f.value"),
    ],
    group: "feedback",
    details: """
      At a terminal the episode plays, and one key rates it: + is good, - is bad, 0..9 a finer \
      rating, text is kept as a note, Tab plays it again, Enter skips. With `from=` a teacher or a \
      function of the episode answers. The rating is on disk before anything else happens; `learn` \
      folds it in, `undo` takes it back.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    try session.answer(
      Inquiry.rating(FeedbackSubject(call, in: session)), given: call["value"], as: "value", call)
  }
}

extension Session {
  /// Keeps the answer given in the call, or the one that is asked for, and gives its record.
  func answer(
    _ question: any Question, given value: Value?, as name: String, _ call: CommandCall
  ) throws -> Value {
    let answer: Answer?
    if let value, !value.isNull {
      answer = Answer(
        value: try question.answer(from: value, argument: name), note: call.text("note") ?? "",
        source: "human")
    } else {
      answer = try Asker(call, in: self).answer(to: question)
    }
    guard let answer else {
      output.note("skipped")
      return call.nothing()
    }
    let record = try take(answer, to: question, person: call.text("person"))
    output.report(record.event, isShown: call.isShown)
    return call.reported(.object(record))
  }
}

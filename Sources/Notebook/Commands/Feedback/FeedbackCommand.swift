import Language
import RLCore
import Schema

/// `feedback ep`, `feedback +1`: a rating of an episode or of the step just made by hand.
enum FeedbackCommand: SessionCommand {
  static let declaration = Declaration(
    name: "feedback",
    summary: "Takes a rating of an episode, of the step just made by hand, or of a text.",
    parameters: [
      Parameter(
        "episode", .either([.handle("episode"), .handle("generation")]), .subject,
        default: .described("the step just made by hand, or the last episode or text"),
        "What is rated: an episode, or a text as `generate` gives it."),
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
      try question(call, in: session), given: call["value"], as: "value", call)
  }

  private static func question(
    _ call: CommandCall, in session: Session
  ) throws -> any Question {
    if let generation = call.generation(in: session) { return TextInquiry.rating(generation) }
    return Inquiry.rating(try FeedbackSubject(call, in: session))
  }
}

extension CommandCall {
  /// The text given as the subject of feedback, or shown last where nothing is given; nil where
  /// feedback is about something else.
  func generation(in session: Session) -> GenerationHandle? {
    if let given = self["episode"] { return given.handle as? GenerationHandle }
    if case .generation(let generation) = session.lastShown { return generation }
    return nil
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

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
      Parameter("note", .string, default: .described("none"), "Words to keep with it."),
      .from, .person, .maxAttempts,
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
      At a terminal it asks: + is good, - is bad, 0..9 a finer rating, text is kept as a note, Enter \
      skips. With `from=` a teacher or a function of the episode answers. The rating is on disk \
      before anything else happens; `learn` folds it in, `undo` takes it back.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let subject = try RatingSubject(call, in: session)
    let answer: Answer?
    if let value = call["value"], !value.isNull {
      answer = Answer(value: value, note: call.text("note") ?? "", source: "human")
    } else {
      answer = try Asker(call, in: session).answer(about: subject)
    }
    guard let answer else {
      session.output.note("skipped")
      return call.nothing()
    }
    let record = try session.take(answer, about: subject, person: call.text("person"))
    session.output.report(record.event, isShown: call.isShown)
    return call.reported(.object(record))
  }
}

extension Parameter {
  /// Who answers in a person's place.
  static let from = Parameter(
    "from", .either([.handle("teacher"), .function(1)]),
    default: .described("a person at the terminal"),
    "A teacher, or a function that gets what is asked about and gives the answer; null skips.")

  /// Who the person is.
  static let person = Parameter(
    "person", .string, default: .described("the login name"), "Who answers, for the ledger.")

  static let maxAttempts = Parameter(
    "max_attempts", .integer(from: 1), default: .setting(3),
    "Takes so many invalid answers, then skips.")
}

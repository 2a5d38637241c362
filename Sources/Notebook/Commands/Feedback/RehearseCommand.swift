import Language
import RLCore
import Schema

/// `rehearse study.rlhs from=t`: what a study will ask of people, and what their answers buy.
enum RehearseCommand: SessionCommand {
  static let declaration = Declaration(
    name: "rehearse",
    summary: "Runs a script with a teacher in each person's place, and says what answers it needs.",
    parameters: [
      Parameter("path", .path, .positional, default: .required, "The script."),
      Parameter("from", .handle("teacher"), default: .required, "Who answers."),
      Parameter(
        "episodes", .integer(1...100_000), default: .setting(20),
        "How many episodes each agent is evaluated on after each learning."),
    ],
    examples: [
      Example(
        """
        write_text("study.rlhs", 'env CartPole-v1; a = agent dqn; for i in 1..3 { feedback (rollout a); learn a }')
        r = rehearse study.rlhs from=(teacher oracle)
        print r.answers len(r.curve)
        """, gives: "3 3\n")
    ],
    group: "feedback",
    details: """
      Wherever the script would ask a person, the teacher answers. Its store is a temporary one: the \
      project's ledger and runs stay as they are; files that the script itself saves are saved. Gives \
      `.answers .kinds .minutes .curve`: the curve holds `{agent, answers, mean, ci}` after each \
      learning, and the minutes are what a person needs at 4 s an answer.
      """)

  /// What people were seen to need for a comparison of two short clips is 3 to 5 s.
  /// Source: Christiano et al. 2017, section 3.
  private static let secondsPerAnswer = 4.0

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let path = try call.path("path", in: session, isInput: true)!
    guard let teacher = call["from"]?.handle as? TeacherHandle else {
      throw RunError(.type, "`from` must be a teacher", argument: "from")
    }
    let rehearsal = Rehearsal(teacher, episodes: call.integer("episodes") ?? 20)
    try rehearsal.run(
      Source(name: path, text: TextFile.read(path)), in: session.project)
    let event = event(of: rehearsal, path: path)
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }

  private static func event(of rehearsal: Rehearsal, path: String) -> Event {
    let minutes = Double(rehearsal.answers) * secondsPerAnswer / 60
    let kinds = FeedbackKind.allCases.compactMap { kind in
      rehearsal.counts[kind].map { (kind.rawValue, $0) }
    }
    var counts = OrderedMap()
    for (kind, count) in kinds { counts[kind] = .integer(count) }
    var text =
      "rehearse \(path): \(rehearsal.answers) answers"
      + (kinds.isEmpty
        ? "" : " (" + kinds.map { "\($0.1) \($0.0)s" }.joined(separator: ", ") + ")")
      + ", about \(significant(minutes, digits: 2)) min of a person's time"
    let rows = rehearsal.curve.map { point in
      [
        point.agent, "\(point.answers)", significant(point.evaluation.mean),
        "[\(significant(point.evaluation.ci.lowerBound)), \(significant(point.evaluation.ci.upperBound))]",
      ]
    }
    if !rows.isEmpty {
      text +=
        "\n"
        + Table(titles: ["agent", "answers", "mean return", "95% CI"], rows: rows)
        .lines(width: 80, appearance: Appearance()).joined(separator: "\n")
    }
    return Event(
      "rehearse",
      [
        ("answers", .integer(rehearsal.answers)),
        ("kinds", .map(counts)),
        ("minutes", .real(minutes)),
        ("curve", .list(rehearsal.curve.map(value))),
      ], text: text)
  }

  private static func value(
    _ point: (agent: String, answers: Int, evaluation: Evaluation)
  ) -> Value {
    .map([
      "agent": .string(point.agent), "answers": .integer(point.answers),
      "mean": .real(point.evaluation.mean),
      "ci": CoreValues.list([point.evaluation.ci.lowerBound, point.evaluation.ci.upperBound]),
    ])
  }
}

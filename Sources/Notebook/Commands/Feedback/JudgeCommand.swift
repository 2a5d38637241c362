import Language
import RLCore
import Schema
import Store

/// `judge a`: how far what was learned from feedback can be trusted.
enum JudgeCommand: SessionCommand {
  static let declaration = Declaration(
    name: "judge",
    summary: "Says how far what an agent learned from feedback can be trusted, and who gave it.",
    parameters: [.agent],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        for i in 1..8 { feedback (rollout a epsilon=0.5) (if i % 2 == 0 { 1 } else { -1 }) }
        learn a
        j = judge a
        print j.answers
        """, gives: "8\n")
    ],
    group: "feedback",
    details: """
      Gives `.accuracy` on answers it did not learn from with its 95 % `.interval`, `.answers`, \
      `.held_out`, `.calibration`, `.margins`, `.spread_on_answers` and `.spread_on_training` of the \
      ensemble, `.correlation` of learned and true returns, `.alarms`, and of each person in `.people` \
      the answers, self-consistency on repeated pairs, side bias, skipped pairs and time.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.anyAgent(in: session)
    let card = try agent.judgeCard()
    let people = try people(of: agent, in: session)
    let event = Event(
      "judge",
      [("agent", .string(agent.name))] + fields(card) + [
        ("people", .list(people.map { value($0.person, $0.health) }))
      ],
      text: text(agent, card, people, session.output.appearance))
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }

  private typealias Person = (person: String, health: PersonHealth)

  /// What the ledger knows of those who taught this agent, in the order of their first answers.
  private static func people(of agent: any SessionAgent, in session: Session) throws -> [Person] {
    var order: [String] = []
    var answers: [String: [GivenAnswer]] = [:]
    for record in try session.store.feedback(agent: agent.name) where record.retraction == nil {
      guard let id = record.agentFeedback, try session.standing(record)?.question.learner === agent
      else { continue }
      if answers[record.person] == nil { order.append(record.person) }
      answers[record.person, default: []].append(
        GivenAnswer(
          id: id,
          choice: (try? parseJSON(record.value))?.text.flatMap(Preference.init),
          repeats: Inquiry.repeats(of: record), seconds: record.seconds))
    }
    return order.map { ($0, PersonHealth(answers[$0] ?? [])) }
  }

  private static func fields(_ card: RewardModelCard) -> [(String, Value)] {
    [
      ("method", .string(card.method)), ("answers", .integer(card.answers)),
      ("held_out", .integer(card.heldOut)), ("accuracy", value(card.accuracy)),
      ("interval", value(card.interval)),
      (
        "calibration",
        .list(
          card.calibration.map {
            .map([
              "predicted": .real($0.predicted), "observed": .real($0.observed),
              "count": .integer($0.count),
            ])
          })
      ),
      ("margins", CoreValues.list(card.margins)),
      ("spread_on_answers", value(card.spreadOnAnswers)),
      ("spread_on_training", value(card.spreadOnTraining)),
      ("correlation", value(card.correlation)),
      ("alarms", .list(card.alarms.map(Value.string))),
    ]
  }

  private static func value(_ person: String, _ health: PersonHealth) -> Value {
    .map([
      "person": .string(person), "answers": .integer(health.answers),
      "repeats": .integer(health.repeats),
      "self_consistency": value(health.selfConsistency), "left_share": value(health.leftShare),
      "left_interval": value(health.leftInterval), "skipped": .real(health.skipped),
      "seconds": value(health.seconds), "warnings": .list(health.warnings.map(Value.string)),
    ])
  }

  private static func value(_ number: Double?) -> Value { number.map(Value.real) ?? .null }

  private static func value(_ interval: ClosedRange<Double>?) -> Value {
    interval.map { CoreValues.list([$0.lowerBound, $0.upperBound]) } ?? .null
  }

  // MARK: In words

  private static func text(
    _ agent: any SessionAgent, _ card: RewardModelCard, _ people: [Person], _ appearance: Appearance
  ) -> String {
    var lines = [
      "judge \(agent.name): \(card.method), \(card.answers) answer\(card.answers == 1 ? "" : "s")"
    ]
    if let accuracy = card.accuracy, let interval = card.interval {
      lines.append(
        "  held-out accuracy \(significant(accuracy))   95% CI "
          + "[\(significant(interval.lowerBound)), \(significant(interval.upperBound))]   "
          + "n \(card.heldOut)")
    }
    if !card.margins.isEmpty, card.margins.count < RewardModelCard.fewest {
      let margins = card.margins.map { significant($0, digits: 3) }
      lines.append("  margins of the held-out answers: " + margins.joined(separator: ", "))
    } else if !card.margins.isEmpty {
      lines.append("  margins of the held-out answers")
      lines += Bars(title: "", histogramOf: card.margins, bins: 5).lines(
        width: 60, appearance: appearance
      )
      .map { "  " + $0 }
    }
    for bin in card.calibration {
      lines.append(
        "  left was expected with \(significant(100 * bin.predicted, digits: 2)) %, and chosen in "
          + "\(significant(100 * bin.observed, digits: 2)) % (n \(bin.count))")
    }
    if let answers = card.spreadOnAnswers, let training = card.spreadOnTraining {
      lines.append(
        "  members disagree by \(significant(answers)) on what was asked, "
          + "\(significant(training)) on the latest training")
    }
    if let correlation = card.correlation {
      lines.append("  learned and true return correlate at \(significant(correlation, digits: 2))")
    }
    lines += card.alarms.map { "  ALARM: \($0)" }
    for (person, health) in people { lines += words(person, health) }
    return lines.joined(separator: "\n")
  }

  private static func words(_ person: String, _ health: PersonHealth) -> [String] {
    var line = "  \(person): \(health.answers) answer\(health.answers == 1 ? "" : "s")"
    if let consistency = health.selfConsistency {
      line +=
        ", \(significant(100 * consistency, digits: 3)) % of \(health.repeats) repeats the same"
    }
    if let left = health.leftShare {
      line += ", left in \(significant(100 * left, digits: 3)) % of pairs"
    }
    if let seconds = health.seconds {
      line += ", \(significant(seconds, digits: 2)) s an answer"
    }
    return [line] + health.warnings.map { "    warning: \($0)" }
  }
}

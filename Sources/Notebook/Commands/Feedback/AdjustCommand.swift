import Language
import RLCore
import Schema

/// `adjust a episodes=20 from=t`: evaluate, ask, update, evaluate again, keep or roll back.
enum AdjustCommand: SessionCommand {
  static let declaration = Declaration(
    name: "adjust",
    summary:
      "Evaluates an agent, asks about it, lets it learn, and keeps that only if it got no worse.",
    parameters: [
      .agent,
      Parameter(
        "episodes", .integer(1...100_000), default: .setting(20),
        "How many episodes it is evaluated on, before and after with the same starts."),
      Parameter(
        "questions", .integer(1...10_000), default: .setting(5),
        "How many episodes are rated, compared or demonstrated."),
      Parameter(
        "steps", .integer(from: 0), default: .setting(0), "Trains so long after it has learned."),
      Parameter(
        "setting", .name, default: .described("none"),
        "A setting that follows what is said, such as learning_rate or train_freq."),
      .from(arguments: 1...2, agent: true), .person, .maxAttempts,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        train a steps=1000
        r = adjust a episodes=10 questions=3 from=fn(ep) => if ep.length > 50 { 1 } else { -1 }
        print r.kept in [true, false] len(r.before)
        """, gives: "true 10\n")
    ],
    group: "feedback",
    details: """
      What is asked is what the agent's method learns from: a rating of its episodes (tamer and its \
      kin, coach), which of two is better (preferences; a function gets both), or how it is done \
      (bc, dagger, dqfd, sqil, trex: a person plays, a function gets the observation and gives the \
      action, an agent acts).

      A person at the terminal decides whether to keep it; else it is kept where the mean return did \
      not fall. What is rolled back is taken back in the ledger, too. With `setting=` many negative \
      answers make the agent change faster and few lead back; where what was learned predicts answers \
      badly it changes slower: by 1.5 once two rounds in a row ask for it, within a quarter and four \
      times the first value. Gives `.kept .difference .ci .before .after`, the returns, and `.log` with \
      the setting's value after each round.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.agent(in: session)
    let questions = try AdjustmentQuestions(for: agent)
    let respondent = try questions.respondent(call, for: agent, in: session)
    let episodes = call.integer("episodes") ?? 20
    let seed = agent.drawSeed(for: "adjust")
    let before = try evaluation(of: agent.core, episodes: episodes, seed: seed)
    session.output.note("adjust \(agent.name): return \(summary(of: before))")

    let (original, controllers) = (agent.core.fork(), agent.controllers)
    let given = try questions.ask(
      respondent, count: call.integer("questions") ?? 5, about: agent, in: session)
    if let report = try given.isEmpty ? nil : agent.learn(in: session) {
      session.output.report(report, isShown: false)
    }
    let controller = try call.text("setting").map { try follow($0, agent) }
    if let steps = call.integer("steps"), steps > 0 {
      var driver = TrainingDriver(
        agent: agent, session: session, steps: steps, updates: nil, detail: .progress,
        isShown: false)
      _ = try driver.run()
    }
    let after = try evaluation(of: agent.core, episodes: episodes, seed: seed)
    let differences = zip(after.returns, before.returns).map { $0 - $1 }
    let isKept = try keeps(differences, after, asksPerson: respondent.isPerson, session)
    if !isKept {
      try rollBack(agent, to: original, given, session)
      agent.controllers = controllers
    }
    var event = event(agent, before, after, differences, isKept: isKept, answers: given.count)
    if let controller, let name = call.text("setting") {
      event.fields.append(("log", log(controller)))
      event.text +=
        "\n  \(name) now \(significant(controller.value)), at first "
        + significant(controller.base)
    }
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }

  /// Lets a setting follow what was said.
  private static func follow(_ name: String, _ agent: AgentHandle) throws -> FeedbackController {
    guard let present = agent.core.settings[name]?.real, present > 0 else {
      throw RunError(
        .value, "`\(name)` of \(agent.name) is no number above 0", argument: "setting")
    }
    var controller = agent.controllers[name] ?? FeedbackController(base: present)
    _ = try agent.core.adjust(name, by: &controller)
    agent.controllers[name] = controller
    return controller
  }

  private static func log(_ controller: FeedbackController) -> Value {
    .list(
      controller.log.map { entry in
        .map([
          "accuracy": entry.accuracy.map(Value.real) ?? .null,
          "negative_share": .real(entry.negativeShare), "value": .real(entry.value),
        ])
      })
  }

  private static func summary(of evaluation: Evaluation) -> String {
    "\(significant(evaluation.mean)), 95% CI [\(significant(evaluation.ci.lowerBound)), "
      + "\(significant(evaluation.ci.upperBound))]"
  }

  private static func keeps(
    _ differences: [Double], _ after: Evaluation, asksPerson: Bool, _ session: Session
  ) throws -> Bool {
    guard asksPerson else { return mean(differences) >= 0 }
    let difference = mean(differences)
    return try PersonAtTerminal(output: session.output, attempts: 3).agrees(
      "return now \(summary(of: after)), on average \(significant(abs(difference))) "
        + "\(difference < 0 ? "less" : "more"). Keep it?")
  }

  /// The agent as it was; what was said is taken back with it.
  private static func rollBack(
    _ agent: AgentHandle, to original: Agent, _ given: [FeedbackHandle], _ session: Session
  ) throws {
    agent.core = original
    for record in given {
      try session.store.retract(
        record.stored.id,
        .init(person: record.stored.person, time: secondsSince1970(), note: "rolled back by adjust")
      )
      session.given.removeAll { $0 === record }
    }
  }

  private static func event(
    _ agent: AgentHandle, _ before: Evaluation, _ after: Evaluation, _ differences: [Double],
    isKept: Bool, answers: Int
  ) -> Event {
    let interval = bootstrapInterval(differences)
    return Event(
      "adjust",
      [
        ("agent", .string(agent.name)), ("answers", .integer(answers)),
        ("kept", .boolean(isKept)), ("difference", .real(mean(differences))),
        ("ci", CoreValues.list([interval.lowerBound, interval.upperBound])),
        ("before", CoreValues.list(before.returns)), ("after", CoreValues.list(after.returns)),
      ],
      text: "adjust \(agent.name): \(answers) answer\(answers == 1 ? "" : "s"), return "
        + "\(significant(before.mean)) -> \(significant(after.mean)) on the same starts, difference "
        + "95% CI [\(significant(interval.lowerBound)), \(significant(interval.upperBound))]: "
        + (isKept ? "kept" : "rolled back"))
  }
}

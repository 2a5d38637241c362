import Language
import RLCore
import Schema
import Store

/// How feedback shapes a language model: its coaching, and the commands that need it.
extension TextAgentHandle {
  /// The next number of an answer.
  var nextFeedbackID: Int { max(lastFeedbackID, coaching?.answers.map(\.id).max() ?? 0) + 1 }

  /// Updates by text and iterations by feedback.
  var totalSteps: Int { learner.steps + (coaching?.steps ?? 0) }

  /// - Throws: for texts that the model cannot look at as a whole.
  func checkFits(_ responses: [TextResponse]) throws(RunError) {
    let context = model.shape.context
    for response in responses {
      let count = response.promptTokens.count + response.tokens.count
      if count > context {
        throw RunError(
          .value,
          "\(name) learns from texts of \(context) tokens at most, the prompt included, and this "
            + "one has \(count)", hint: "let it write with fewer `tokens=`")
      }
    }
  }

  /// A coaching of the model as its text made it. Until another method is chosen it is PPO, whose
  /// reward is learned from answers.
  func begunCoaching(
    _ method: String = "ppo", _ settings: Settings = [:]
  ) throws -> TextCoaching {
    try TextCoaching(
      learner.model, tokenizer: tokenizer, method: method, settings: settings,
      seed: learner.seed)
  }

  /// - Throws: where feedback has shaped the model: learning from the text would undo it.
  func checkUnshaped() throws(RunError) {
    guard let coaching, coaching.learnedCount > 0 || coaching.steps > 0 else { return }
    throw RunError(
      .command, "\(name) was shaped by feedback, which learning from its text would undo",
      hint: "`train \(name) prompts=[\"…\"]` goes on by what it learned from feedback")
  }

  /// After learning from the text: answers that nothing was made of yet wait for the new model.
  func rebaseCoaching() {
    guard let answers = coaching?.answers, !isCoached,
      var fresh = try? begunCoaching()
    else { return }
    for answer in answers { try? fresh.receive(answer) }
    coaching = fresh
  }

  // MARK: coach

  func coach(_ call: CommandCall, in session: Session) throws {
    if let method = call.text("method") {
      guard TextMethods.all.contains(where: { $0.declaration.name == method }) else {
        throw RunError(
          .value,
          "`\(method)` is for agents that act in environments, and \(name) is \(Self.genus)",
          hint: "its methods are "
            + TextMethods.all.map { "`\($0.declaration.name)`" }.joined(separator: ", "),
          argument: "method")
      }
      if var coaching {
        try coaching.coach(method: method, settings: call.settings())
        self.coaching = coaching
      } else {
        coaching = try begunCoaching(method, call.settings())
      }
      isCoached = true
      reward = nil
      judge = nil
    }
    if call["reward"] != nil { reward = try call.frozenFunction("reward") }
    if call["judge"] != nil { judge = try call.frozenFunction("judge") }
    guard let coaching else {
      session.output.note("\(name) is not coached yet: `coach \(name) method=ppo`")
      return
    }
    // What was chosen now; without a choice everything in force is shown.
    let chosen =
      call["method"] == nil
      ? coaching.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      : call.options.map { "\($0.name)=\($0.value.source)" }
    session.output.report(
      Event(
        "coach",
        [
          ("agent", .string(name)), ("method", .string(coaching.method)),
          ("settings", Value(settings: coaching.settings)),
        ],
        text: "\(name): feedback by \(coaching.method)"
          + (reward == nil ? "" : " on the reward given")
          + (chosen.isEmpty ? "" : ": " + chosen.joined(separator: " "))), isShown: call.isShown)
  }

  // MARK: train

  /// Learns by a reward: iterations of the method that `coach` chose.
  func trainByReward(_ call: CommandCall, in session: Session) throws -> Value {
    try call.refuse(["corpus"], for: self)
    guard let coaching else {
      throw RunError(
        .command, "\(name) has no method that learns by a reward yet",
        hint: "`coach \(name) method=ppo reward=fn(prompt, response) => …`", argument: "prompts")
    }
    guard coaching.kind.trains else {
      throw RunError(
        .command, "`\(coaching.method)` learns from answers alone, not from a reward",
        hint: "give feedback, then `learn \(name)`")
    }
    guard let plan = try plan(call) ?? self.plan else {
      throw RunError(
        .call, "`train \(name)` needs prompts: \(coaching.method) learns from what it writes",
        hint: "`train \(name) steps=30 prompts=[\"…\"] tokens=40`")
    }
    self.plan = plan
    let total = coaching.settings["total_steps"]?.integer ?? coaching.reports.count
    let steps =
      call.integer("steps") ?? iterationsLeft ?? max(total - coaching.reports.count, 0)
    let training = try RewardTraining(self, coaching, plan: plan, steps: steps)
    let driver = TextTrainingDriver(
      session: session, isShown: call.isShown, checkpointSeconds: call.real("checkpoint") ?? 30)
    return call.reported(.object(try driver.run(training)))
  }

  private func plan(_ call: CommandCall) throws -> TextPlan? {
    guard call["prompts"] != nil else { return nil }
    return try TextPlan(
      prompts: call.texts("prompts"),
      tokens: call.integer("tokens") ?? plan?.tokens ?? Parameter.respondedTokens,
      stop: call["stop"] == nil ? plan?.stop ?? [] : call.stop)
  }

  // MARK: learn

  func learn(_ call: CommandCall, in session: Session) throws -> Value {
    guard let coaching, !coaching.pending.isEmpty else {
      session.output.note("\(name): no new feedback to learn from")
      return call.nothing()
    }
    let new = coaching.pending.count
    let clock = ContinuousClock()
    let start = clock.now
    var trainer = try TextTrainer(learning: coaching, pool: ThreadPool(threads: Cores.count))
    var outcome = TextOutcome()
    do {
      outcome = try pull(&trainer, label: "learn \(name)", in: session)
    } catch {
      // What was done of it is kept: `learn` goes on there.
      self.coaching = trainer.coaching
      throw error
    }
    self.coaching = trainer.coaching
    let event = learned(outcome, new: new, seconds: (clock.now - start).inSeconds)
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }

  private func learned(_ outcome: TextOutcome, new: Int, seconds: Double) -> Event {
    let card = try? coaching?.judge()
    let answers = coaching?.learnedCount ?? 0
    var text =
      "learn \(name): \(new) answer\(new == 1 ? "" : "s") by \(coaching?.method ?? ""), "
      + "\(answers) in all"
    if let first = outcome.reports.first, let last = outcome.reports.last {
      text += "; loss \(significant(first.loss)) -> \(significant(last.loss))"
    }
    if let card, let accuracy = card.accuracy {
      text += "; held-out accuracy \(significant(accuracy)) (n \(card.heldOut))"
    }
    if let report = outcome.end?.report { text += "; KL \(significant(report.kl))" }
    text += ", in \(duration(seconds: seconds))"
    if outcome.end?.reason == .divergence {
      text += "\n  ended where the KL came to kl_target; the policy is the last one within"
    }
    return Event(
      "learn",
      [
        ("agent", .string(name)), ("method", .string(coaching?.method ?? "")),
        ("new", .integer(new)), ("answers", .integer(answers)),
        ("losses", CoreValues.list(outcome.reports.map(\.loss))),
        ("accuracy", card?.accuracy.map(Value.real) ?? .null),
        ("kl", outcome.end?.report.map { .real($0.kl) } ?? .null), ("ended", outcome.reason),
        ("seconds", .real(seconds)),
      ], text: text)
  }

  /// Pulls a trainer to its end, with a live line.
  ///
  /// - Throws: `interrupted` where Ctrl-C asks to stop; the trainer's coaching is whole then.
  private func pull(
    _ trainer: inout TextTrainer, label: String, in session: Session
  ) throws -> TextOutcome {
    var outcome = TextOutcome()
    let progress = ProgressLine()
    defer { progress.clear() }
    let clock = ContinuousClock()
    let start = clock.now
    while true {
      switch try trainer.advance() {
      case .working(let share):
        session.show(
          Progress(
            label: label, done: Int(share * 100), total: 100,
            seconds: (clock.now - start).inSeconds), on: progress)
      case .iterated(let report): outcome.reports.append(report)
      case .finished(let end):
        outcome.end = end
        return outcome
      }
      if session.isInterrupted { throw RunError.interrupted }
    }
  }

  // MARK: judge, undo

  func judgeCard() throws -> RewardModelCard {
    guard let coaching else {
      throw RunError(.command, "\(name) has learned nothing from feedback yet", hint: "`learn`")
    }
    return try coaching.judge()
  }

  func question(
    of record: FeedbackRecord, _ value: Value, own id: Int, in store: ProjectStore
  ) throws -> (any Question)? {
    guard let answer = coaching?.answers.first(where: { $0.id == id }) else { return nil }
    let inquiry = try TextInquiry(record, in: store, agent: self)
    return inquiry.feedback(value, id: id) == answer ? inquiry : nil
  }

  func retractionCost(_ id: Int) -> Int { coaching?.cost(without: id) ?? 0 }

  func retract(_ id: Int, replay: Bool, in session: Session) throws -> Bool {
    guard var coaching else { return true }
    if !coaching.forget(id) {
      var trainer = try TextTrainer(
        retracting: id, from: coaching, reward: reward.map(RewardTraining.asked),
        judge: judge.map(RewardTraining.asked), pool: ThreadPool(threads: Cores.count))
      _ = try pull(&trainer, label: "take back \(id)", in: session)
      coaching = trainer.coaching
    }
    // A coaching that only answers made is gone with them.
    self.coaching = isCoached || !coaching.answers.isEmpty ? coaching : nil
    return true
  }

  func redeliver(
    from name: String, given times: Range<Double>, in session: Session
  ) throws -> Int {
    var count = 0
    for record in try session.store.feedback(agent: name)
    where times.contains(record.time) && record.agentSteps >= totalSteps
      && record.retraction == nil && record.agentFeedback.map({ $0 >= nextFeedbackID }) == true
    {
      let inquiry = try TextInquiry(record, in: session.store, agent: self)
      guard let answer = inquiry.feedback(try parseJSON(record.value), id: nextFeedbackID) else {
        continue
      }
      try receive(answer)
      count += 1
    }
    return count
  }
}

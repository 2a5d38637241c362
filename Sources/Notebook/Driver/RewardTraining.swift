import Language
import RLCore
import Schema
import Store

/// A language model that learns by a reward: iterations of sampling, judging and moving towards what
/// did better.
struct RewardTraining: TextTraining {
  let agent: TextAgentHandle
  private(set) var history: [MetricPoint] = []
  private(set) var reports: [TextReport] = []
  private var trainer: TextTrainer
  private var end: TextTrainer.End?
  private let total: Int

  /// - Throws: for a method that does not sample, and without a reward.
  init(_ agent: TextAgentHandle, _ coaching: TextCoaching, plan: TextPlan, steps: Int) throws {
    self.agent = agent
    total = steps
    trainer = try TextTrainer(
      training: coaching, steps: steps, plan: plan, reward: agent.reward.map(Self.asked),
      judge: agent.judge.map(Self.asked), pool: ThreadPool(threads: Cores.count))
  }

  /// A script's function of prompt and response, asked about each of some responses.
  static func asked(_ function: FrozenFunction) -> TextReward {
    { responses in
      try responses.map { response in
        let value = try function.call([.string(response.prompt), .string(response.text)])
        guard let number = value.real, number.isFinite else {
          throw RunError(.type, "the reward must be a finite number, not \(value.source)")
        }
        return number
      }
    }
  }

  var steps: (done: Int, total: Int) { (reports.count, total) }

  var standing: (loss: Double?, remark: String?) {
    guard let report = reports.last else { return (nil, nil) }
    return (
      nil,
      (report.reward.map { "reward \(significant($0)), " } ?? "") + "KL \(significant(report.kl))"
    )
  }

  mutating func advance() throws -> [Event]? {
    switch try trainer.advance() {
    case .working: return []
    case .iterated(let report):
      // An alarm is told once, and again at the end.
      let isNews = reports.last?.alarms.isEmpty ?? true
      reports.append(report)
      note(report)
      let last = report.iteration - reports.count + total
      return [.iterated(report, of: last, by: agent, withAlarms: isNews)]
    case .finished(let end):
      self.end = end
      return nil
    }
  }

  private mutating func note(_ report: TextReport) {
    let figures: [(TextMetric, Double?)] = [
      (.reward, report.reward), (.trueReward, report.trueReward), (.kl, report.kl),
      (.entropy, report.entropy), (.length, report.length), (.distinct2, report.distinct2),
    ]
    for (metric, value) in figures {
      if let value { history.add(metric, value, at: trainer.coaching.steps) }
    }
  }

  func settle() {
    agent.coaching = trainer.coaching
    agent.iterationsLeft = end == nil && total > reports.count ? total - reports.count : nil
  }

  var outcome: TextOutcome { TextOutcome(reports: reports, end: end) }

  var summary: OrderedMap {
    var map = OrderedMap()
    if let last = end?.report ?? reports.last {
      map["reward"] = last.reward.map(Value.real) ?? .null
      map["kl"] = .real(last.kl)
    }
    return map
  }

  func event(of run: TextRunHandle) -> Event {
    agent.stepsPerSecond = run.stepsPerSecond
    var text =
      "train \(agent.name): \(run.steps) iteration\(run.steps == 1 ? "" : "s") by "
      + "\(trainer.coaching.method) in \(duration(seconds: run.seconds))"
    if let first = reports.first, let last = end?.report ?? reports.last {
      if let before = first.reward, let now = last.reward {
        text += ", reward \(significant(before)) -> \(significant(now))"
      }
      text +=
        ", KL \(significant(last.kl))\n  length \(significant(first.length)) -> "
        + "\(significant(last.length)), distinct-2 \(significant(first.distinct2)) -> "
        + "\(significant(last.distinct2))"
    }
    if end?.reason == .divergence {
      text += "\n  ended where the KL came to kl_target; the policy is the last one within"
    }
    for alarm in outcome.alarms { text += "\n  ALARM: \(alarm)" }
    if run.isInterrupted { text += "\n  interrupted: `train \(agent.name)` goes on" }
    return Event(
      "train",
      [
        ("agent", .string(agent.name)), ("method", .string(trainer.coaching.method)),
        ("steps", .integer(run.steps)), ("seconds", .real(run.seconds)),
      ] + outcome.fields + [
        ("interrupted", .boolean(run.isInterrupted)), ("run", .integer(run.id)),
      ], text: text)
  }
}

/// What iterations of learning from feedback showed.
struct TextOutcome {
  var reports: [TextReport] = []
  var end: TextTrainer.End?

  /// What the policy is like at the end, or was before the last iteration.
  var last: TextReport? { end?.report ?? reports.last }

  var alarms: [String] { last?.alarms ?? [] }

  /// `goal`, `divergence` or `nothing_new`; null while it goes on.
  var reason: Value {
    switch end?.reason {
    case .goal: .string("goal")
    case .divergence: .string("divergence")
    case .nothingNew: .string("nothing_new")
    case nil: .null
    }
  }

  var fields: [(String, Value)] {
    [
      ("reward", last?.reward.map(Value.real) ?? .null),
      ("kl", last.map { .real($0.kl) } ?? .null), ("ended", reason),
      ("alarms", .list(alarms.map(Value.string))),
    ]
  }
}

extension Event {
  /// What one iteration showed.
  static func iterated(
    _ report: TextReport, of last: Int, by agent: TextAgentHandle, withAlarms: Bool
  ) -> Event {
    var parts: [String] = []
    if let reward = report.reward { parts.append("reward \(significant(reward))") }
    if let judged = report.trueReward { parts.append("true reward \(significant(judged))") }
    if let accuracy = report.accuracy { parts.append("held-out accuracy \(significant(accuracy))") }
    if report.length > 0 {
      parts += [
        "KL \(significant(report.kl))", "entropy \(significant(report.entropy))",
        "length \(significant(report.length))", "distinct-2 \(significant(report.distinct2))",
      ]
    } else {
      parts.append("loss \(significant(report.loss))")
    }
    var text =
      "  \(report.iteration)/\(last): " + parts.joined(separator: "  ")
    if !report.sample.isEmpty {
      text +=
        "\n    "
        + truncated(
          Value.string(report.prompt).source + " -> " + Value.string(report.sample).source, to: 96)
    }
    if withAlarms { for alarm in report.alarms { text += "\n    ALARM: \(alarm)" } }
    func real(_ number: Double?) -> Value { number.map(Value.real) ?? .null }
    return Event(
      "iteration",
      [
        ("agent", .string(agent.name)), ("iteration", .integer(report.iteration)),
        ("reward", real(report.reward)), ("true_reward", real(report.trueReward)),
        ("kl", .real(report.kl)), ("entropy", .real(report.entropy)),
        ("length", .real(report.length)), ("distinct_2", .real(report.distinct2)),
        ("ended", .real(report.ended)), ("loss", .real(report.loss)),
        ("accuracy", real(report.accuracy)),
        ("prompt", .string(report.prompt)), ("sample", .string(report.sample)),
        ("alarms", .list(report.alarms.map(Value.string))),
      ], text: text)
  }
}

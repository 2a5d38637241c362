import Interchange
import Language
import RLCore
import Store

/// From an inquiry and its answer to the ledger's record, and back.
extension Inquiry {
  /// What only some kinds have.
  private enum Detail {
    static let (question, options, step, given, times, repeats) =
      ("question", "options", "step", "given", "times", "repeats")
  }

  /// The times of the steps that are kept.
  func cut(_ stamps: Rating.Stamps) -> Rating.Stamps? {
    guard let kept = subjects.first?.kept else { return nil }
    return Rating.Stamps(
      given: stamps.given, steps: Array(stamps.steps.suffix(kept.episode.length + 1)))
  }

  func take(_ answer: Answer, person: String) -> TakenAnswer {
    let id = agent?.core.nextFeedbackID ?? 0
    let stamps = answer.stamps.flatMap { cut($0) }
    let feedback = agent == nil ? nil : feedback(answer.value, id: id, stamps: stamps)
    return TakenAnswer(
      record: record(
        of: answer, stamps: stamps, agentFeedback: feedback == nil ? nil : id, person: person),
      pieces: subjects.map { $0.kept.episode.archive() },
      deliver: feedback.map { feedback in { try agent?.core.receive(feedback) } })
  }

  private func record(
    of answer: Answer, stamps: Rating.Stamps?, agentFeedback: Int?, person: String
  ) -> Store.FeedbackRecord {
    Store.FeedbackRecord(
      kind: kind.rawValue, value: answer.value.json, source: answer.source, person: person,
      time: secondsSince1970(), note: answer.note.isEmpty ? nil : answer.note,
      agent: agent?.name ?? "",
      agentHash: agent.map { digest(of: $0.core.archive(includingReplay: false)) } ?? "",
      agentSteps: agent?.core.steps ?? 0, agentFeedback: agentFeedback, seconds: answer.seconds,
      details: details(stamps),
      shown: subjects.map { subject in
        let kept = subject.kept
        return .init(
          episode: digest(of: kept.episode.archive()), label: subject.text, steps: kept.steps)
      })
  }

  private func details(_ stamps: Rating.Stamps?) -> String? {
    var map = OrderedMap()
    if case .question(let text, let options, _) = self {
      map[Detail.question] = .string(text)
      map[Detail.options] = .list(options.map(Value.string))
    }
    if case .comparison(_, _, let repeats?) = self { map[Detail.repeats] = .integer(repeats) }
    if let step = subjects.first?.kept.step { map[Detail.step] = .integer(step) }
    if let stamps {
      map[Detail.given] = .real(stamps.given)
      map[Detail.times] = CoreValues.list(stamps.steps)
    }
    return map.count == 0 ? nil : Value.map(map).json
  }

  /// What a record was about, with `agent` as who learns from it.
  ///
  /// - Throws: where its episodes do not fit the agent's environment, or the record is damaged.
  init(_ record: Store.FeedbackRecord, in store: ProjectStore, agent: AgentHandle) throws {
    let details = Self.details(of: record)
    let subjects = try record.shown.map { shown in
      let episode = try Episode(
        archive: store.episode(shown.episode), in: agent.core.environment)
      return FeedbackSubject(
        EpisodeHandle(episode, environment: agent.environment, agent: agent),
        step: details.entries?[Detail.step]?.integer, agent: agent)
    }
    switch (FeedbackKind(rawValue: record.kind), subjects.count) {
    case (.rating, 1): self = .rating(subjects[0])
    case (.correction, 1): self = .correction(subjects[0])
    case (.demonstration, 1): self = .demonstration(subjects[0])
    case (.comparison, 2):
      self = .comparison(subjects[0], subjects[1], repeats: Self.repeats(of: record))
    case (.question, 0...1):
      self = .question(
        details.entries?[Detail.question]?.text ?? "",
        options: details.entries?[Detail.options]?.elements?.compactMap(\.text) ?? [],
        of: subjects.first)
    default:
      throw RunError(.file, "feedback \(record.id) of the ledger is damaged")
    }
  }

  /// The times that a record holds.
  static func stamps(of record: Store.FeedbackRecord) -> Rating.Stamps? {
    let map = details(of: record).entries
    guard let given = map?[Detail.given]?.real, let times = map?[Detail.times] else { return nil }
    return CoreValues.reals(times).map { Rating.Stamps(given: given, steps: $0) }
  }

  /// Which comparison of the agent's a record asked again.
  static func repeats(of record: Store.FeedbackRecord) -> Int? {
    details(of: record).entries?[Detail.repeats]?.integer
  }

  private static func details(of record: Store.FeedbackRecord) -> Value {
    record.details.flatMap { try? parseJSON($0) } ?? .null
  }
}

/// Feedback of an earlier process, found again by what it says.
extension Session {
  /// A record of the ledger as a handle, with the agent of this session that holds just this
  /// feedback; nil where none does.
  func standing(_ record: Store.FeedbackRecord) throws -> FeedbackHandle? {
    if let handle = given.first(where: { $0.stored.id == record.id }) { return handle }
    guard record.retraction == nil, let own = record.agentFeedback else { return nil }
    let value = try parseJSON(record.value)
    for agent in (current.map { [$0] } ?? []) + agents {
      if let question = try? agent.question(of: record, value, own: own, in: store) {
        return FeedbackHandle(record, value: value, question: question)
      }
    }
    return nil
  }

}

extension AgentHandle {
  func judgeCard() throws -> RewardModelCard { try core.judge() }

  func question(
    of record: Store.FeedbackRecord, _ value: Value, own id: Int, in store: ProjectStore
  ) throws -> (any Question)? {
    guard core.holds(id) else { return nil }
    let inquiry = try Inquiry(record, in: store, agent: self)
    let feedback = inquiry.feedback(value, id: id, stamps: Inquiry.stamps(of: record))
    return feedback != nil && core.feedback(id) == feedback ? inquiry : nil
  }

  /// Takes in what people gave after the checkpoint was written.
  func redeliver(
    from name: String, given times: Range<Double>, in session: Session
  ) throws -> Int {
    var count = 0
    for record in try session.store.feedback(agent: name)
    where times.contains(record.time) && record.agentSteps >= core.steps
      && record.retraction == nil
      && record.agentFeedback.map({ $0 >= core.nextFeedbackID }) == true
    {
      let inquiry = try Inquiry(record, in: session.store, agent: self)
      let feedback = inquiry.feedback(
        try parseJSON(record.value), id: core.nextFeedbackID, stamps: Inquiry.stamps(of: record))
      guard let feedback else { continue }
      try core.receive(feedback)
      count += 1
    }
    return count
  }
}

extension Agent {
  /// The feedback of that number, whether learned from or not.
  fileprivate func feedback(_ id: Int) -> Feedback? {
    feedback.pending.first { $0.id == id }
      ?? feedback.learned.first { $0.feedback.id == id }?.feedback
  }

  func holds(_ id: Int) -> Bool { feedback(id) != nil }
}

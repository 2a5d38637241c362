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

  /// The record of an answer, without its number, which the ledger gives.
  func record(
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
    let current = agent.map { [$0] } ?? []
    for agent in current + agents where agent.core.holds(own) {
      guard let inquiry = try? Inquiry(record, in: store, agent: agent) else { continue }
      let value = try parseJSON(record.value)
      let feedback = inquiry.feedback(value, id: own, stamps: Inquiry.stamps(of: record))
      if let feedback, agent.core.feedback(own) == feedback {
        return FeedbackHandle(record, value: value, inquiry: inquiry)
      }
    }
    return nil
  }

  /// Hands an agent what people gave it after its checkpoint was written: answers that the process
  /// which took them did not live to keep in the agent.
  ///
  /// - Parameters:
  ///   - start: when the run began that the checkpoint belongs to, in seconds since 1970.
  ///   - end: when the next run began that has a checkpoint of its own.
  /// - Returns: how many.
  func redeliver(
    to agent: AgentHandle, named name: String, from start: Double, to end: Double
  ) throws -> Int {
    var count = 0
    for record in try store.feedback(agent: name)
    where record.time >= start && record.time < end && record.agentSteps >= agent.core.steps
      && record.retraction == nil
      && record.agentFeedback.map({ $0 >= agent.core.nextFeedbackID }) == true
    {
      let inquiry = try Inquiry(record, in: store, agent: agent)
      let feedback = inquiry.feedback(
        try parseJSON(record.value), id: agent.core.nextFeedbackID,
        stamps: Inquiry.stamps(of: record))
      guard let feedback else { continue }
      try agent.core.receive(feedback)
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

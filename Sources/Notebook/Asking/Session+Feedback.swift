import Glibc
import Interchange
import Language
import RLCore
import Store

/// From an answer to a changed agent: on disk first, then to the agent.
extension Session {
  /// Keeps an answer in the ledger and hands it to the agent that it is about.
  func take(
    _ answer: Answer, about subject: RatingSubject, person: String? = nil
  ) throws -> FeedbackHandle {
    let episode = subject.episode.episode
    let archive = episode.archive()
    let steps = subject.step.map { $0..<($0 + 1) } ?? 0..<episode.length
    var record = Store.FeedbackRecord(
      kind: "rating", value: answer.value.json, source: answer.source,
      person: person ?? (answer.source == "human" ? Self.loginName : answer.source),
      time: secondsSince1970(), note: answer.note.isEmpty ? nil : answer.note,
      agent: subject.agent?.name ?? "",
      agentHash: subject.agent.map { digest(of: $0.core.archive(includingReplay: false)) } ?? "",
      agentSteps: subject.agent?.core.steps ?? 0,
      shown: [.init(episode: digest(of: archive), label: subject.text, steps: steps)])
    record.id = try store.append(record, episodes: [archive])

    var ratingID: Int?
    if let agent = subject.agent, let value = answer.value.real {
      let id = agent.core.nextRatingID
      try agent.core.receive(
        subject.step.map { Rating(id: id, value: value, step: $0, of: episode) }
          ?? Rating(id: id, value: value, episode: episode))
      ratingID = id
    }
    let handle = FeedbackHandle(record, value: answer.value, subject: subject, rating: ratingID)
    given.append(handle)
    return handle
  }

  private static let loginName: String = {
    getenv("USER").map { String(cString: $0) } ?? getenv("LOGNAME").map { String(cString: $0) }
      ?? "human"
  }()
}

/// The wall clock, for records: results never depend on it.
func secondsSince1970() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

extension AgentHandle {
  /// Folds in what was given since the last time; nil where there was nothing new.
  func learn(in session: Session) throws -> Event? {
    let clock = ContinuousClock()
    let start = clock.now
    guard let report = try core.learn() else { return nil }
    feedbackSteps.append(core.steps)
    return .learned(report, by: self, seconds: (clock.now - start).inSeconds)
  }

  /// What it was told so far, in a line; nil for nothing.
  var feedbackSummary: String? {
    let (learned, pending) = (core.feedback.learned.count, core.feedback.pending.count)
    guard learned + pending > 0 else { return nil }
    return "\(learned) rating\(learned == 1 ? "" : "s")"
      + (pending > 0 ? ", \(pending) not yet learned from" : "")
  }
}

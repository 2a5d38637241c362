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
    let (episode, steps, step) = subject.fragment
    let archive = episode.archive()
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
      let id = agent.core.nextFeedbackID
      try agent.core.receive(
        .rating(
          step.map { Rating(id: id, value: value, step: $0, of: episode) }
            ?? Rating(id: id, value: value, episode: episode)))
      ratingID = id
    }
    let handle = FeedbackHandle(record, value: answer.value, subject: subject, rating: ratingID)
    given.append(handle)
    return handle
  }

  /// Takes feedback back: in the ledger, which keeps it marked, and in the agent that learned from it.
  func takeBack(_ record: FeedbackHandle, as name: String) throws -> Event {
    let id = record.stored.id
    try store.retract(id, .init(person: record.stored.person, time: secondsSince1970()))
    given.removeAll { $0 === record }
    let agent = record.subject.agent
    var isExact = true
    if let agent, let rating = record.rating,
      case .learned(_, let trainedSince)? = try agent.core.retract(rating)
    {
      isExact = !trainedSince
    }
    return Event(
      name,
      [
        ("id", .integer(id)), ("agent", agent.map { .string($0.name) } ?? .null),
        ("exact", .boolean(isExact)),
      ],
      text: "took back feedback \(id)"
        + (isExact ? "" : "; what \(agent?.name ?? "the agent") did in training since stays"))
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

/// A time of the wall clock for a person to read: `2026-11-24 14:39:05`, in UTC.
func utcText(secondsSince1970 seconds: Double) -> String {
  var whole = time_t(seconds)
  var parts = tm()
  gmtime_r(&whole, &parts)
  func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
  return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
    + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
}

extension AgentHandle {
  /// Folds in what was given since the last time; nil where there was nothing new.
  func learn(in session: Session) throws -> Event? {
    let clock = ContinuousClock()
    let start = clock.now
    guard let report = try core.learn() else { return nil }
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

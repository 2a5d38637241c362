import Glibc
import Interchange
import Language
import RLCore
import Store

/// From an answer to a changed agent: on disk first, then to the agent.
extension Session {
  /// Keeps an answer in the ledger and hands it to the agent that it is about. Where something is
  /// only tried out, the ledger gets it when it is kept.
  func take(
    _ answer: Answer, to question: any Question, person: String? = nil
  ) throws -> FeedbackHandle {
    try hypothesis?.turn(to: question.learner)
    let taken = try question.take(
      answer, person: person ?? (answer.source == "human" ? Self.loginName : answer.source))
    let handle = try keep(
      taken.record, taken.pieces, value: answer.value, question: question)
    try taken.deliver?()
    return handle
  }

  private func keep(
    _ record: Store.FeedbackRecord, _ pieces: [StateArchive], value: Value,
    question: any Question
  ) throws -> FeedbackHandle {
    if let hypothesis {
      guard hypothesis.changed == nil else {
        throw RunError(
          .command, "what feedback would make of \(hypothesis.agent.name) is being tried out",
          hint: "`keep` or `drop` it first")
      }
      let handle = FeedbackHandle(record, value: value, question: question)
      self.hypothesis?.given.append((handle, pieces))
      return handle
    }
    var record = record
    record.id = try store.append(record, episodes: pieces)
    let handle = FeedbackHandle(record, value: value, question: question)
    given.append(handle)
    rehearsal?.answered(question.kind)
    return handle
  }

  /// Puts in the ledger what was given while it was only tried out.
  func keep(_ hypothesis: Hypothesis) throws {
    for (handle, pieces) in hypothesis.given {
      _ = try keep(handle.stored, pieces, value: handle.value, question: handle.question)
    }
  }

  /// Takes feedback back: in the agent that learned from it, and in the ledger, which keeps it marked.
  ///
  /// - Parameter replay: trains again what was trained since, without asking.
  /// - Returns: what was done; nil where a person thought better of it.
  func takeBack(_ record: FeedbackHandle, as name: String, replay: Bool) throws -> Event? {
    let id = record.stored.id
    let agent = record.question.learner
    var isExact = true
    if let agent, let own = record.stored.agentFeedback {
      let cost = agent.retractionCost(own)
      guard try replay || cost == 0 || agrees(toReplay: cost, of: agent, for: name, id) else {
        return nil
      }
      isExact = try agent.retract(own, replay: replay || cost > 0, in: self)
    }
    try store.retract(id, .init(person: record.stored.person, time: secondsSince1970()))
    given.removeAll { $0.stored.id == id }
    return Event(
      name,
      [
        ("id", .integer(id)), ("agent", agent.map { .string($0.name) } ?? .null),
        ("exact", .boolean(isExact)),
      ],
      text: "took back feedback \(id)"
        + (isExact ? "" : "; what \(agent?.name ?? "the agent") did in training since stays"))
  }

  /// Says what training again costs, and asks.
  private func agrees(
    toReplay steps: Int, of agent: any SessionAgent, for name: String, _ id: Int
  ) throws -> Bool {
    let speed = agent.stepsPerSecond
    let words =
      "\(compact(steps)) step\(steps == 1 ? "" : "s") of \(agent.name)'s training are to be done again"
      + (speed > 0 ? ", about \(duration(seconds: Double(steps) / speed))" : "")
    guard canAsk else {
      throw RunError(
        .command, "for that, \(words)",
        hint: "write `\(name)\(name == "undo" ? "" : " \(id)") replay=true`")
    }
    return try PersonAtTerminal(output: output, attempts: 3).agrees("\(words). Go on?")
  }

  static let loginName: String = {
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
  /// Without a state to go back to there is no cost; taking back then says what can be done.
  func retractionCost(_ id: Int) -> Int { (try? core.retractionCost(id)) ?? 0 }

  func retract(_ id: Int, replay: Bool, in session: Session) throws -> Bool {
    if case .learned(_, let trainedSince)? = try core.retract(id, replay: replay) {
      return !trainedSince
    }
    return true
  }

  /// Folds in what was given since the last time; nil where there was nothing new.
  ///
  /// - Parameter given: when the key was pressed that gave the last of it.
  func learn(
    in session: Session, since given: ContinuousClock.Instant? = nil
  ) throws -> Event? {
    let clock = ContinuousClock()
    let start = clock.now
    guard let report = try foldIn() else { return nil }
    let end = clock.now
    try session.rehearsal?.learned(self)
    return .learned(
      report, by: self, seconds: (end - start).inSeconds,
      latency: given.map { (end - $0).inSeconds })
  }

  /// Folds in what was given since the last time; nil where there was nothing new.
  ///
  /// - Throws: where the method learns from nothing of it, with the methods that would as the hint.
  func foldIn() throws -> LearnReport? {
    do {
      return try core.learn()
    } catch {
      throw RunError(.command, error.description, hint: fittingMethods ?? error.hint)
    }
  }

  /// Which methods would learn from what waits to be folded in; nil where the present one does, or
  /// none.
  private var fittingMethods: String? {
    let pending = core.feedback.pending
    let names = FeedbackMethods.all.filter { method in
      method.algorithms.contains(core.algorithmName)
        && pending.contains { method.kinds.contains($0.kind) }
    }.map(\.declaration.name)
    guard let first = names.first, !names.contains(core.feedback.method) else { return nil }
    let others = names.dropFirst().joined(separator: ", ")
    return "`coach \(name) method=\(first)` does" + (others.isEmpty ? "" : ", or \(others)")
  }

  /// What it was told so far, in a line; nil for nothing.
  var feedbackSummary: String? {
    let feedback = core.feedback
    let counts = FeedbackKind.allCases.compactMap { kind -> String? in
      let count = feedback.count(of: kind)
      return count == 0 ? nil : "\(count) \(kind.rawValue)\(count == 1 ? "" : "s")"
    }
    guard !counts.isEmpty else { return nil }
    let pending = feedback.pending.count
    return counts.joined(separator: ", ") + (pending > 0 ? ", \(pending) not yet learned from" : "")
  }
}

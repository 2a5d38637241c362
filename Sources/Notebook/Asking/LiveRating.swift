import Language
import RLCore

/// Shows an agent act and takes a person's ratings meanwhile, each with the times of its key and of the
/// frames, so that a method can tell which steps it was about.
///
/// Source: Knox and Stone, "Interactively Shaping Agents via Human Reinforcement", 2009 (TAMER).
final class LiveRating {
  private let agent: AgentHandle
  private let session: Session
  private let person: String?
  /// Whether each rating is folded in before the next step.
  private let learnsAtOnce: Bool
  private let reader: KeyReader
  private let player: Player
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  /// When each step of the episode began to be shown.
  private var times: [Double] = []
  private var ratings = 0
  private var latencies: [Double] = []
  private var isQuiet = false

  /// Slow enough for a person to judge single steps.
  private static let framesPerSecond = 8.0

  /// Nil where there is nothing to draw on.
  init?(_ agent: AgentHandle, in session: Session, person: String?, learnsAtOnce: Bool) {
    let appearance = session.output.progressAppearance
    guard appearance.isLive, let reader = KeyReader.open() else { return nil }
    self.agent = agent
    self.session = session
    self.person = person
    self.learnsAtOnce = learnsAtOnce
    self.reader = reader
    player = Player(appearance: appearance) { reader.next(milliseconds: $0) }
    start = clock.now
    session.output.flush()
  }

  /// Shows the last step, for as long as its frame stands, and takes ratings of it.
  func stepped(_ episode: Episode) throws {
    if episode.length <= 1 { times = [] }
    times.append(seconds(clock.now))
    if isQuiet { return }
    let end = try player.show(
      frame(episode), framesPerSecond: Self.framesPerSecond, hint: "+ - rate"
    ) { key in
      let value: Double
      switch key {
      case .character("+"): value = 1
      case .character("-"): value = -1
      default: return .ignored
      }
      try rate(value, episode)
      return .taken
    }
    switch end {
    case .interrupted: throw RunError.interrupted
    case .quit: isQuiet = true
    case .finished, .ended, nil: break
    }
  }

  /// Gives the terminal back and says what was given.
  func finish() {
    player.finish()
    reader.close()
    guard ratings > 0 else { return }
    var text = "\(ratings) rating\(ratings == 1 ? "" : "s")"
    if let slowest = latencies.max() {
      let middle = latencies.sorted()[latencies.count / 2]
      text +=
        "; from key to changed agent \(milliseconds(middle)), at most \(milliseconds(slowest))"
    }
    session.output.note(text)
  }

  private func rate(_ value: Double, _ episode: Episode) throws {
    let given = clock.now
    let stamps = Rating.Stamps(
      given: seconds(given), steps: times.suffix(episode.length) + [seconds(given)])
    let answer = Answer(
      value: .integer(Int(value)), source: "human", seconds: nil, given: given, stamps: stamps)
    _ = try session.take(
      answer, to: Inquiry.rating(FeedbackSubject(lastStepOf: episode, by: agent)), person: person)
    ratings += 1
    if learnsAtOnce, try agent.learn(in: session, since: given) != nil {
      latencies.append((clock.now - given).inSeconds)
    }
  }

  private func frame(_ episode: Episode) -> [String] {
    let last = latencies.last.map { "  key to changed agent \(milliseconds($0))" } ?? ""
    return EpisodePlayer.frame(
      agent.environment.instance, state: episode.states[episode.length],
      action: episode.actions.last,
      caption: "step \(episode.length)  return \(significant(episode.return))  "
        + "\(ratings) rating\(ratings == 1 ? "" : "s")\(last)",
      appearance: player.appearance)
  }

  private func seconds(_ instant: ContinuousClock.Instant) -> Double {
    (instant - start).inSeconds
  }
}

/// A short time in a person's words: `3.2 ms`.
func milliseconds(_ seconds: Double) -> String { "\(significant(seconds * 1000, digits: 2)) ms" }

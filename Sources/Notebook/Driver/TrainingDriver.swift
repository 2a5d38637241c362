import Language
import RLCore
import Schema
import Store

/// Pulls a trainer from start to end: draws progress, keeps the run's record and checkpoints, calls a
/// script's functions, and stops at a safe point when asked to.
struct TrainingDriver {
  private let agent: AgentHandle
  private let session: Session
  private let isShown: Bool
  private var trainer: Trainer
  private let firstEpisode: Int

  /// Called with what happened in each step.
  var onStep: ((Value) throws(RunError) -> Void)?
  /// Called with each finished episode.
  var onEpisode: ((EpisodeHandle) throws(RunError) -> Void)?
  /// Asks for feedback; nil where nobody answers.
  private let asker: TrainingAsker?

  private let progress = ProgressLine()
  private let clock = ContinuousClock()
  private let checkpointInterval: Duration
  /// The first comes soon, so that whoever is killed early finds what was there before; trainings that
  /// are over by then have one at their end.
  private static let firstCheckpoint = Duration.seconds(1)
  /// A training that seems to be over within this time waits for the one at its end.
  private static let soon = Duration.seconds(1)

  init(
    agent: AgentHandle, session: Session, steps: Int?, updates: Int?, detail: Trainer.Detail,
    asker: TrainingAsker? = nil, isShown: Bool, checkpointSeconds: Double = 30
  ) {
    self.asker = asker
    self.agent = agent
    self.session = session
    self.isShown = isShown
    checkpointInterval = .seconds(checkpointSeconds)
    trainer = Trainer(
      agent.core, steps: steps, updates: updates,
      detail: max(detail, asker?.detail ?? .progress), asks: asker != nil)
    firstEpisode = agent.core.episodes
  }

  /// Whether there is nothing left to do.
  var isAtGoal: Bool { agent.core.steps >= trainer.goal }

  /// Trains to the goal, or to where Ctrl-C asks to stop.
  ///
  /// - Throws: after an interruption, once everything is kept.
  mutating func run() throws -> RunHandle {
    session.willWork()
    var recorder = try RunRecorder(agent: agent, session: session)
    let start = clock.now
    var checkpointAt = start + Self.firstCheckpoint
    var waitsForEnd = false
    var isInterrupted = false
    do {
      loop: while true {
        let before = clock.now
        let event = try trainer.advance()
        switch event {
        case .finished:
          progress.clear()
          try asker?.finish()
          break loop
        case .stepped(let transition, let ended):
          try onStep?(value(of: transition))
          if let asker {
            progress.clear()
            try asker.stepped(transition, state: agent.core.environment.environment.state)
          }
          if let ended { try episodeEnded(ended) }
        case .episodeEnded(let ended): try episodeEnded(ended)
        case .asks(let query):
          progress.clear()
          try asker?.answer(query)
        case .learned(let report):
          try asker?.learned(report, seconds: (clock.now - before).inSeconds)
        case .progressed, .validated: break
        }
        if session.isInterrupted {
          isInterrupted = true
          break
        }
        let now = clock.now
        session.show(state(seconds: (now - start).inSeconds), on: progress)
        if now >= checkpointAt {
          // Once: it may seem so for long.
          waitsForEnd = !waitsForEnd && remaining(after: now - start) < Self.soon
          if waitsForEnd {
            checkpointAt = now + Self.soon
            continue
          }
          try recorder.checkpoint(seconds: (now - start).inSeconds, history: trainer.history)
          checkpointAt = now + checkpointInterval
        }
      }
    } catch {
      progress.clear()
      if (error as? RunError)?.isInterrupt != true {
        recorder.fail()
        throw error
      }
      isInterrupted = true
    }
    progress.clear()
    let run = try finish(
      &recorder, seconds: (clock.now - start).inSeconds, isInterrupted: isInterrupted)
    if isInterrupted { throw RunError.interrupted }
    return run
  }

  /// How long the rest will take at the pace so far.
  private func remaining(after elapsed: Duration) -> Duration {
    let progress = max(trainer.progress, 1e-6)
    return elapsed * ((1 - progress) / progress)
  }

  private mutating func finish(
    _ recorder: inout RunRecorder, seconds: Double, isInterrupted: Bool
  ) throws -> RunHandle {
    let run = RunHandle(
      agent: agent, id: recorder.id, steps: trainer.steps, updates: trainer.updates,
      seconds: seconds, isInterrupted: isInterrupted, history: trainer.history)
    agent.history.append(trainer.history)
    agent.stepsPerSecond = run.stepsPerSecond
    try recorder.finish(run)
    session.output.report(
      .trained(run, episodes: agent.core.episodes - firstEpisode), isShown: isShown)
    session.output.attach(.chart(session.learningCurve(of: agent)))
    return run
  }

  private func episodeEnded(_ ended: FinishedEpisode) throws {
    guard let episode = ended.episode else { return }
    progress.clear()
    let handle = EpisodeHandle(episode, environment: agent.environment, agent: agent)
    session.lastShown = .episode(handle)
    try onEpisode?(handle)
    try asker?.ended(handle)
  }

  private func value(of transition: Transition) -> Value {
    let space = agent.core.environment.observationSpace
    return .map([
      "observation": CoreValues.observation(transition.observation, in: space),
      "action": CoreValues.action(transition.action),
      "reward": .real(transition.reward),
      "next": CoreValues.observation(transition.next, in: space),
      "terminated": .boolean(transition.terminated),
      "truncated": .boolean(transition.truncated),
    ])
  }

  private func state(seconds: Double) -> Progress {
    Progress(
      label: "train \(agent.name)", done: trainer.steps,
      total: trainer.steps + trainer.goal - agent.core.steps,
      seconds: seconds, meanReturn: trainer.history.recentMean,
      loss: trainer.history.losses.last?.value)
  }
}

extension Event {
  /// What a training did; `episodes` were finished in it.
  static func trained(_ run: RunHandle, episodes: Int) -> Event {
    let agent = run.agent
    var text =
      "train \(agent.name): \(compact(run.steps)) steps in \(duration(seconds: run.seconds)) "
      + "(\(compact(run.stepsPerSecond)) steps/s), \(episodes) episode\(episodes == 1 ? "" : "s")"
    if let mean = run.mean { text += ", mean return \(significant(mean))" }
    if let best = agent.core.best, let last = agent.history.validations.last {
      text +=
        "\n  validation \(significant(last.value)) now, best \(significant(best.mean)) "
        + "at step \(compact(best.steps))"
      // One of several seeds has no name that could be typed.
      if agent.settingsName == agent.name { text += ": `best \(agent.name)`" }
    }
    if run.isInterrupted {
      // One of several seeds has no name that could be typed.
      let mend =
        agent.settingsName == agent.name
        ? "`train \(agent.name)` goes on" : "`b = resume \(run.id)`, then `train b` goes on"
      text += "\n  interrupted at step \(compact(agent.core.steps)): \(mend)"
    }
    return Event(
      "train",
      [
        ("agent", .string(agent.name)), ("steps", .integer(run.steps)),
        ("seconds", .real(run.seconds)), ("steps_per_second", .integer(Int(run.stepsPerSecond))),
        ("episodes", .integer(episodes)), ("mean", run.mean.map(Value.real) ?? .null),
        ("interrupted", .boolean(run.isInterrupted)), ("updates", .integer(run.updates)),
        ("best", agent.core.best.map { .real($0.mean) } ?? .null),
        ("best_steps", agent.core.best.map { .integer($0.steps) } ?? .null),
        ("run", .integer(run.id)),
      ], text: text)
  }
}

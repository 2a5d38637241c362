import Language
import RLCore
import Schema
import Store

/// Long work on a language model that is pulled: learning from a text, or from feedback.
protocol TextTraining {
  /// What is worked on.
  var agent: TextAgentHandle { get }
  /// What came of it so far, oldest first.
  var history: [MetricPoint] { get }
  /// Steps made in this call, and how many there are to be.
  var steps: (done: Int, total: Int) { get }
  /// How it stands, for the live line: the loss, and what else there is to say.
  var standing: (loss: Double?, remark: String?) { get }

  /// Does a little.
  ///
  /// - Returns: what is to be told at once, or nil at the end.
  mutating func advance() throws -> [Event]?
  /// Puts what was learned so far into the agent.
  func settle()
  /// The event of the finished or interrupted work.
  func event(of run: TextRunHandle) -> Event
  /// What iterations showed; empty for learning from a text.
  var outcome: TextOutcome { get }
  /// Further figures of the run's record.
  var summary: OrderedMap { get }
}

/// Pulls the training of a language model from start to end: draws progress, keeps the run's record
/// and checkpoints, and stops at a safe point when asked to.
struct TextTrainingDriver {
  let session: Session
  let isShown: Bool
  let checkpointInterval: Duration
  private let progress = ProgressLine()
  private let clock = ContinuousClock()
  /// As for agents in environments: who is killed early finds what was there before.
  private static let firstCheckpoint = Duration.seconds(1)

  init(session: Session, isShown: Bool, checkpointSeconds: Double = 30) {
    self.session = session
    self.isShown = isShown
    checkpointInterval = .seconds(checkpointSeconds)
  }

  /// Trains to the goal, or to where Ctrl-C asks to stop.
  ///
  /// - Throws: after an interruption, once everything is kept.
  func run(_ training: some TextTraining) throws -> TextRunHandle {
    var training = training
    session.willWork()
    var recorder = try RunRecorder(agent: training.agent, session: session)
    var recorded = 0
    let start = clock.now
    var checkpointAt = start + Self.firstCheckpoint
    var isInterrupted = false
    defer { progress.clear() }
    do {
      while let news = try training.advance() {
        if !news.isEmpty { progress.clear() }
        for event in news { session.output.report(event, isShown: false) }
        if session.isInterrupted {
          isInterrupted = true
          break
        }
        let now = clock.now
        session.show(state(of: training, seconds: (now - start).inSeconds), on: progress)
        if now >= checkpointAt {
          training.settle()
          try recorder.checkpoint(
            seconds: (now - start).inSeconds, adding: Array(training.history[recorded...]))
          recorded = training.history.count
          checkpointAt = now + checkpointInterval
        }
      }
    } catch {
      training.settle()
      guard (error as? RunError)?.isInterrupt == true else {
        recorder.fail()
        throw error
      }
      isInterrupted = true
    }
    progress.clear()
    training.settle()
    let run = TextRunHandle(
      agent: training.agent, id: recorder.id, steps: training.steps.done,
      seconds: (clock.now - start).inSeconds, isInterrupted: isInterrupted,
      history: training.history, outcome: training.outcome)
    training.agent.history += training.history
    try recorder.finish(
      steps: run.steps, seconds: run.seconds, isInterrupted: isInterrupted,
      summary: training.summary, adding: Array(training.history[recorded...]))
    session.output.report(training.event(of: run), isShown: isShown)
    session.output.attach(.chart(training.agent.learningCurve))
    if isInterrupted { throw RunError.interrupted }
    return run
  }

  private func state(of training: some TextTraining, seconds: Double) -> Progress {
    let standing = training.standing
    return Progress(
      label: "train \(training.agent.name)", done: training.steps.done,
      total: training.steps.total, seconds: seconds, loss: standing.loss, remark: standing.remark)
  }
}

extension TextTraining {
  var outcome: TextOutcome { TextOutcome() }
}

extension TextAgentHandle {
  var learningCurve: Chart { .learning(of: history, title: text) }
}

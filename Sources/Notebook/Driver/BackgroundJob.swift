import Foundation
import Language
import Synchronization

/// Work that goes on behind the prompt: one command call on a thread of its own, in a session of its
/// own that shares nothing with the person's but the project's files. What it is about (its agent)
/// is lent to it until it ends.
///
/// Its output is held back until somebody waits for it, so that what a script prints does not depend
/// on time.
final class BackgroundJob: @unchecked Sendable {
  let number: Int
  /// The command as it was written.
  let label: String
  /// Only the job's thread touches it until the job has ended.
  private let session: Session
  private let board = Mutex(Board())
  private let started = monotonicSeconds()
  private let news = DispatchSemaphore(value: 0)
  private let detached = DispatchSemaphore(value: 0)

  private struct Board {
    var progress: Progress?
    var isStopping = false
    var outcome: Outcome?
    var seconds = 0.0
  }

  struct Outcome {
    var value: Value
    var error: RunError?
    var items: [Journal.Item]
    var output: [UInt8]
  }

  init(number: Int, label: String, session: Session) {
    self.number = number
    self.label = label
    self.session = session
  }

  /// Starts the call, and returns once it no longer needs the functions and values of the session
  /// that it came from.
  ///
  /// - Parameter whenEnded: called on the job's thread.
  func start(
    _ call: CommandCall, of command: any SessionCommand.Type,
    whenEnded: @escaping @Sendable (BackgroundJob) -> Void
  ) {
    nonisolated(unsafe) let call = call
    session.job = self
    let thread = Thread { [self] in
      var outcome = Outcome(value: .null, error: nil, items: [], output: [])
      do {
        outcome.value = try command.run(call, in: session)
      } catch {
        outcome.error = RunError(converting: error)
      }
      outcome.items = session.output.takeItems()
      outcome.output = session.output.takeHeldBack()
      let result = outcome
      board.withLock {
        $0.outcome = result
        $0.seconds = monotonicSeconds() - started
      }
      detached.signal()
      news.signal()
      whenEnded(self)
    }
    thread.stackSize = 64 << 20
    thread.start()
    detached.wait()
    detached.signal()
  }

  /// From here on the work reads nothing of the session that it came from. For the job's thread.
  func detach() { detached.signal() }

  /// For the job's thread.
  func report(_ progress: Progress) { board.withLock { $0.progress = progress } }

  /// Asks for a stop at the next safe point.
  func stop() { board.withLock { $0.isStopping = true } }

  var isStopping: Bool { board.withLock { $0.isStopping } }
  var hasEnded: Bool { board.withLock { $0.outcome != nil } }
  var seconds: Double {
    board.withLock { $0.outcome == nil ? monotonicSeconds() - started : $0.seconds }
  }
  var progress: Progress? { board.withLock { $0.progress } }

  /// How the work ended; nil while it goes on.
  var outcome: Outcome? { board.withLock { $0.outcome } }

  /// Whether it ended within so many milliseconds.
  func waitForEnd(milliseconds: Int) -> Bool {
    guard news.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else { return false }
    news.signal()
    return true
  }

  /// `running`, `done`, `stopped` or `failed`.
  var state: String {
    guard let outcome else { return "running" }
    guard let error = outcome.error else { return "done" }
    return error.isInterrupt ? "stopped" : "failed"
  }

  /// How it stands, in a line of less than the width.
  func status(appearance: Appearance) -> String {
    let start = "job \(number): "
    guard outcome == nil else {
      return truncated(
        "\(start)\(state) after \(duration(seconds: seconds)): \(label)",
        to: appearance.columns - 1)
    }
    var narrower = appearance
    narrower.columns = max(appearance.columns - start.count, 1)
    return start + (progress.map { $0.line(appearance: narrower) } ?? label)
  }
}

/// A job as a value: what `bg` gives.
final class JobHandle: Handle {
  let job: BackgroundJob

  init(_ job: BackgroundJob) {
    self.job = job
    super.init()
  }

  override var kind: String { "job" }
  override var memberNames: [String] { ["number", "command", "state", "seconds", "value"] }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "number": .integer(job.number)
    case "command": .string(job.label)
    case "state": .string(job.state)
    case "seconds": .real(job.seconds)
    case "value": job.outcome?.value ?? .null
    default: nil
    }
  }

  override var text: String { "job \(job.number): \(job.state), \(job.label)" }
}

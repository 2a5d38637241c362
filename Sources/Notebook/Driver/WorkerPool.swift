import Foundation
import Language
import Synchronization

/// Threads that work on tasks in the order of adding, one task a thread at a time. Each thread makes
/// its own `work`, so that what cannot be shared is not.
///
/// The thread that made the pool adds tasks and takes what is finished, in the order of finishing.
final class WorkerPool<Task: Sendable, Output: Sendable> {
  /// What a worker does; `isStopped` is asked often, and once it is true the work is given up.
  typealias Work = @Sendable (_ task: Task, _ isStopped: () -> Bool) throws -> Output

  struct Finished: Sendable {
    let task: Task
    let result: Result<Output, any Error>
    let seconds: Double
  }

  private let board = Board()
  private let workers: Int
  /// Tasks that were added, and that were given back.
  private var (added, returned) = (0, 0)

  /// - Parameter makeWork: called once for each worker, before any works.
  init(workers: Int, makeWork: () -> Work) {
    self.workers = workers
    for _ in 0..<workers { start(makeWork()) }
  }

  /// The work that goes on is given up.
  deinit { board.stop(workers: workers) }

  func add(_ task: Task) {
    added += 1
    board.add(task)
  }

  /// What was finished first of what is not taken yet; nil if nothing is within `milliseconds`.
  func next(milliseconds: Int) -> Finished? {
    guard board.news.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else {
      return nil
    }
    returned += 1
    return board.finished.withLock { $0.removeFirst() }
  }

  /// Ends what goes on, and gives what came of it so far. Nothing is begun any more.
  func finishEarly() -> [Finished] {
    board.stop(workers: workers)
    let waiting = board.tasks.withLock { $0.count }
    var finished: [Finished] = []
    // A task looks often whether it is to stop; one that never does is not waited for.
    while returned < added - waiting, let one = next(milliseconds: 10_000) {
      finished.append(one)
    }
    return finished
  }

  /// Takes `count` finished tasks with a line of progress; `take` may print.
  ///
  /// - Throws: what `take` throws, and `RunError.interrupted` on Ctrl-C.
  func collect(
    _ count: Int, label: String, in session: Session, take: (Finished) throws -> Void
  ) throws {
    session.willWork()
    let progress = ProgressLine()
    let start = monotonicSeconds()
    defer { progress.clear() }
    var done = 0
    while done < count {
      if session.isInterrupted { throw RunError.interrupted }
      session.show(
        Progress(label: label, done: done, total: count, seconds: monotonicSeconds() - start),
        on: progress)
      guard let finished = next(milliseconds: 100) else { continue }
      progress.clear()
      try take(finished)
      done += 1
    }
  }

  private func start(_ work: @escaping Work) {
    let board = board
    let thread = Thread {
      let clock = ContinuousClock()
      while let task = board.take() {
        let start = clock.now
        let result = Result { try work(task) { board.isStopped.load(ordering: .relaxed) } }
        let seconds = (clock.now - start).inSeconds
        board.finished.withLock {
          $0.append(Finished(task: task, result: result, seconds: seconds))
        }
        board.news.signal()
      }
    }
    // A script's function may nest its calls deep.
    thread.stackSize = 64 << 20
    thread.start()
  }

  /// What the threads share.
  private final class Board: Sendable {
    let tasks = Mutex<[Task]>([])
    let finished = Mutex<[Finished]>([])
    let isStopped = Atomic<Bool>(false)
    /// Counts tasks to take.
    let work = DispatchSemaphore(value: 0)
    /// Counts what is finished.
    let news = DispatchSemaphore(value: 0)

    func add(_ task: Task) {
      tasks.withLock { $0.append(task) }
      work.signal()
    }

    /// Waits for a task; nil when the pool has ended.
    func take() -> Task? {
      work.wait()
      if isStopped.load(ordering: .relaxed) { return nil }
      return tasks.withLock { $0.removeFirst() }
    }

    func stop(workers: Int) {
      isStopped.store(true, ordering: .relaxed)
      for _ in 0..<workers { work.signal() }
    }
  }
}

/// How much runs at once.
enum Cores {
  /// The cores to use: all, or as many as RLHS_THREADS says.
  static var count: Int { limit ?? max(1, ProcessInfo.processInfo.activeProcessorCount) }

  /// What RLHS_THREADS says; nil where it says nothing.
  private static var limit: Int? {
    ProcessInfo.processInfo.environment["RLHS_THREADS"].flatMap { Int($0) }.map { max(1, $0) }
  }

  /// How many workers to start where a script wants so many, or leaves it open.
  static func workers(wanted: Int?) -> Int {
    guard let wanted else { return count }
    return min(wanted, limit ?? wanted)
  }
}

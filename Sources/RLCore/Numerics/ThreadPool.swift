#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Threads that share the parts of one computation and wait in between.
///
/// What each part computes must not depend on who carries it out or when; then the result has the
/// same bits for any number of threads. A part should take 50 µs at least.
public final class ThreadPool: @unchecked Sendable {
  /// How many parts are worked on at once, the caller's own among them.
  public let threads: Int
  private let work = SharedWork()
  private var workers: [pthread_t] = []

  /// - Parameter threads: at least 1; with 1 the caller does all the work and no thread is made.
  public init(threads: Int) {
    precondition(threads >= 1, "a pool of \(threads) threads")
    self.threads = threads
    for worker in 1..<max(threads, 1) {
      let start = Unmanaged.passRetained(WorkerStart(work: work, worker: worker))
      if let thread = Self.makeThread(start.toOpaque()) {
        workers.append(thread)
      } else {
        // The system grants no more threads: the others do the work.
        start.release()
      }
    }
  }

  deinit {
    work.stop()
    for worker in workers { pthread_join(worker, nil) }
  }

  /// Carries out `body` for every index below `count`, each once, and returns when all are done.
  ///
  /// - Parameter body: gets the index and who carries it out, a number below `threads`, by which
  ///   scratch memory can be told apart.
  /// - Precondition: one thread at a time calls this.
  public func run(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    guard !workers.isEmpty, count > 1 else {
      for index in 0..<count { body(index, 0) }
      return
    }
    // It ends before this returns: nobody is left in `body` when the last part is done.
    withoutActuallyEscaping(body) { work.share(count, $0) }
  }

  private static func makeThread(_ start: UnsafeMutableRawPointer) -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
      return pthread_create(&thread, nil, { runWorker($0) }, start) == 0 ? thread : nil
    #else
      var thread = pthread_t()
      return pthread_create(&thread, nil, { runWorker($0!) }, start) == 0 ? thread : nil
    #endif
  }
}

/// What a new thread is given.
private final class WorkerStart {
  let work: SharedWork
  let worker: Int

  init(work: SharedWork, worker: Int) {
    self.work = work
    self.worker = worker
  }
}

private func runWorker(_ raw: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  let start = Unmanaged<WorkerStart>.fromOpaque(raw).takeRetainedValue()
  start.work.serve(worker: start.worker)
  return nil
}

/// The parts of the computation under way, guarded by one lock: parts are so long that taking the
/// next one by a lock costs nothing.
private final class SharedWork: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let begun: UnsafeMutablePointer<pthread_cond_t>
  private let ended: UnsafeMutablePointer<pthread_cond_t>
  private var body: ((Int, Int) -> Void)?
  private var count = 0
  private var next = 0
  private var finished = 0
  private var isStopped = false

  init() {
    mutex = .allocate(capacity: 1)
    begun = .allocate(capacity: 1)
    ended = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(begun, nil)
    pthread_cond_init(ended, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(begun)
    pthread_cond_destroy(ended)
    mutex.deallocate()
    begun.deallocate()
    ended.deallocate()
  }

  /// The caller's part: hands out the work, takes its share and waits for the rest.
  func share(_ count: Int, _ body: @escaping (Int, Int) -> Void) {
    pthread_mutex_lock(mutex)
    precondition(self.body == nil, "two callers of one pool")
    (self.body, self.count, next, finished) = (body, count, 0, 0)
    pthread_cond_broadcast(begun)
    takeParts(worker: 0)
    while finished < count { pthread_cond_wait(ended, mutex) }
    self.body = nil
    pthread_mutex_unlock(mutex)
  }

  /// A worker's life.
  func serve(worker: Int) {
    pthread_mutex_lock(mutex)
    while !isStopped {
      takeParts(worker: worker)
      if !isStopped { pthread_cond_wait(begun, mutex) }
    }
    pthread_mutex_unlock(mutex)
  }

  /// Takes parts until none is left; the lock is held before, after and in between.
  private func takeParts(worker: Int) {
    while let body, next < count {
      let index = next
      next += 1
      pthread_mutex_unlock(mutex)
      body(index, worker)
      pthread_mutex_lock(mutex)
      finished += 1
      if finished == count { pthread_cond_signal(ended) }
    }
  }

  func stop() {
    pthread_mutex_lock(mutex)
    isStopped = true
    pthread_cond_broadcast(begun)
    pthread_mutex_unlock(mutex)
  }
}

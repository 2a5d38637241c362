import Synchronization

/// Asks running programs to stop. A signal handler may set it: it is one atomic flag, polled in
/// loops and calls.
package final class Interrupt: Sendable {
  private let flag = Atomic<Bool>(false)

  /// Whether a stop was asked for and not yet taken.
  package var isRequested: Bool { flag.load(ordering: .relaxed) }

  package func request() { flag.store(true, ordering: .relaxed) }

  package func clear() { flag.store(false, ordering: .relaxed) }

  /// Throws, once for each request.
  @inline(__always) func poll() throws(RunError) {
    if flag.load(ordering: .relaxed) { try stop() }
  }

  @inline(never) private func stop() throws(RunError) {
    clear()
    throw .interrupted
  }
}

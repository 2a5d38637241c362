import Synchronization

/// Asks running programs to stop. A signal handler may set it: it is one atomic flag that lives as
/// long as the process, polled in loops and calls.
package struct Interrupt: @unchecked Sendable {
  private let flag: UnsafeMutablePointer<Atomic<Bool>>

  package init() {
    flag = .allocate(capacity: 1)
    flag.initialize(to: Atomic(false))
  }

  /// Whether a stop was asked for and not yet taken.
  package var isRequested: Bool { flag.pointee.load(ordering: .relaxed) }

  package func request() { flag.pointee.store(true, ordering: .relaxed) }

  package func clear() { flag.pointee.store(false, ordering: .relaxed) }

  /// Throws, once for each request.
  @inline(__always) func poll() throws(RunError) {
    if flag.pointee.load(ordering: .relaxed) { try stop() }
  }

  @inline(never) private func stop() throws(RunError) {
    clear()
    throw .interrupted
  }
}

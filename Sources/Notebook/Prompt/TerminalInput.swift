import CLineEditor
import Glibc

/// Keys from a terminal, and the signals that come while waiting for one.
package final class TerminalInput {
  package enum Event: Equatable, Sendable {
    case key(Key)
    /// Ctrl-C from outside (a signal), not the key.
    case interrupted
    case resized
    /// The process was stopped and goes on: the terminal's modes must be set again.
    case continued
    /// Another thread asked for attention.
    case woken
    case timedOut
    case closed
  }

  let descriptor: Int32
  private var decoder = KeyDecoder()
  private var waiting: [Event] = []

  package init(descriptor: Int32) {
    signals_install()
    self.descriptor = descriptor
  }

  /// Whether something is there to be read at once; then painting can wait.
  package var hasMore: Bool { !waiting.isEmpty || terminal_wait(descriptor, 0) & 1 != 0 }

  /// Puts an event back, to be the next.
  package func unread(_ event: Event) { waiting.append(event) }

  /// The next event; `.timedOut` after `milliseconds` (nil waits for ever).
  ///
  /// Bytes are taken one at a time, so that what follows a key stays with the terminal.
  package func next(milliseconds: Int32? = nil) -> Event {
    while true {
      if let event = waiting.popLast() { return event }
      let limit = decoder.isWaiting ? escapeDelay : milliseconds ?? -1
      let ready = terminal_wait(descriptor, limit)
      if ready < 0 { return .closed }
      if ready == 0 {
        guard decoder.isWaiting else { return .timedOut }
        if let key = decoder.timeOut() { return .key(key) }
      }
      if ready & 2 != 0 { noteSignals() }
      if ready & 1 != 0 {
        var byte: UInt8 = 0
        let count = read(descriptor, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { return .closed }
        if count == 1, let key = decoder.feed(byte) { waiting.insert(.key(key), at: 0) }
      }
    }
  }

  /// What happened, the most pressing last because it is taken first.
  private func noteSignals() {
    let set = signals_take()
    if set & 8 != 0 { waiting.append(.woken) }
    if set & 4 != 0 { waiting.append(.continued) }
    if set & 2 != 0 { waiting.append(.resized) }
    if set & 1 != 0 { waiting.append(.interrupted) }
  }
}

/// How long the rest of an escape sequence may take, in milliseconds: longer than a slow line needs
/// between two bytes, shorter than a person notices.
private let escapeDelay: Int32 = 25

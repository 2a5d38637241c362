import CLineEditor
import Glibc

/// Single keys from the terminal, without Enter and without echo: for ratings, for the speed of a
/// replay. The terminal gets its modes back with `close()`, at exit and when a signal ends the
/// process. Ctrl-C still raises SIGINT.
package final class KeyReader {
  package enum Answer: Equatable, Sendable {
    case key(Key)
    case interrupted
    case timedOut
    case closed
  }

  private let input: TerminalInput
  private let owned: Bool
  private var isOpen = true

  /// Nil where there is no terminal to ask at.
  package static func open() -> KeyReader? {
    if isatty(STDIN_FILENO) == 1 { return KeyReader(descriptor: STDIN_FILENO, owned: false) }
    let terminal = Glibc.open("/dev/tty", O_RDWR | O_CLOEXEC)
    return terminal < 0 ? nil : KeyReader(descriptor: terminal, owned: true)
  }

  private init?(descriptor: Int32, owned: Bool) {
    input = TerminalInput(descriptor: descriptor)
    self.owned = owned
    terminal_guard_begin(descriptor)
    guard terminal_enter_key_mode(descriptor) else {
      terminal_guard_end()
      return nil
    }
  }

  deinit { close() }

  /// Gives the terminal back. Again is harmless.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    terminal_guard_end()
    if owned { Glibc.close(input.descriptor) }
  }

  /// The next key, or `.timedOut` after `milliseconds` (nil waits for ever).
  package func next(milliseconds: Int32? = nil) -> Answer {
    while true {
      switch input.next(milliseconds: milliseconds) {
      case .key(.control("c")), .interrupted: return .interrupted
      case .key(let key): return .key(key)
      case .timedOut: return .timedOut
      case .closed: return .closed
      case .continued: _ = terminal_enter_key_mode(input.descriptor)
      case .resized, .woken: if milliseconds != nil { return .timedOut }
      }
    }
  }

  /// A line typed on after `start`, shown as it grows. Nil when given up (Escape, Ctrl-C, or all taken
  /// back) or where the terminal is gone. Backspace takes back, Ctrl-U all.
  package func line(startingWith start: String = "", show: (String) -> Void) -> String? {
    var text = start
    show(text)
    while true {
      switch next() {
      case .key(.enter): return text
      case .key(.character(let scalar)): text.unicodeScalars.append(scalar)
      case .key(.paste(let more)): text += more.split(separator: "\n").joined(separator: " ")
      case .key(.backspace): if !text.isEmpty { text.removeLast() }
      case .key(.control("u")): text = ""
      case .key(.escape), .interrupted, .closed: return nil
      case .key, .timedOut: continue
      }
      show(text)
      if text.isEmpty { return nil }
    }
  }
}

/// Shows frames in place, one after the other, at a speed that keys change: `+` and `-` (or `f` and
/// `s`), space to pause, `n` for a single frame, `q` to leave.
package final class Player {
  package enum End: Equatable, Sendable {
    /// There were no more frames.
    case finished
    /// `q`: the rest is not to be shown.
    case quit
    /// Ctrl-C.
    case interrupted
    /// A key that the caller waited for.
    case ended
  }

  /// What the caller makes of a key before the player looks at it.
  package enum KeyUse: Sendable {
    case ignored, taken
    /// The next frame.
    case next
    case ends
  }

  let appearance: Appearance
  private let write: (String) -> Void
  private let wait: (Int32?) -> KeyReader.Answer
  private var shownLines = 0
  private var isPaused = false
  /// Frames a second are multiplied by 2 to this power; above the last power frames do not wait.
  private var power = 0
  /// Frames follow on the caller's keys, not on time.
  var isTurnBased = false
  /// The caller's keys, in the line below the frame.
  private var hint = ""

  private static let slowest = -4
  private static let fastest = 5

  /// `wait` gives the next key or `.timedOut` after so many milliseconds, as `KeyReader.next` does.
  package init(
    appearance: Appearance, write: @escaping (String) -> Void = writeToStandardOutput,
    wait: @escaping (Int32?) -> KeyReader.Answer
  ) {
    self.appearance = appearance
    self.write = write
    self.wait = wait
  }

  /// Shows what `next` gives until it gives nil. The last frame stays.
  ///
  /// - Parameters:
  ///   - hint: what the caller's keys do.
  ///   - onKey: gets each key first.
  package func play(
    framesPerSecond: Double, hint: String = "", onKey: (Key) throws -> KeyUse = { _ in .ignored },
    next: () throws -> [String]?
  ) rethrows -> End {
    self.hint = hint
    write("\u{1B}[?25l")
    defer { write("\u{1B}[?25h") }
    shownLines = 0
    while let frame = try next() {
      show(frame)
      if let end = try pass(framesPerSecond: framesPerSecond, frame, onKey) {
        removeStatus()
        return end
      }
    }
    removeStatus()
    return .finished
  }

  /// Shows one frame for its time, for a caller that makes frames as it goes; `finish` ends it.
  ///
  /// - Returns: nil to go on, or how it ended.
  func show(
    _ frame: [String], framesPerSecond: Double, hint: String, onKey: (Key) throws -> KeyUse
  ) rethrows -> End? {
    if shownLines == 0 { write("\u{1B}[?25l") }
    self.hint = hint
    show(frame)
    let end = try pass(framesPerSecond: framesPerSecond, frame, onKey)
    if end != nil { finish() }
    return end
  }

  /// The last frame stays. Again is harmless.
  func finish() {
    guard shownLines > 0 else { return }
    removeStatus()
    shownLines = 0
    write("\u{1B}[?25h")
  }

  /// Waits for the frame's time, and for what keys ask meanwhile. Nil goes on to the next frame.
  private func pass(
    framesPerSecond: Double, _ frame: [String], _ onKey: (Key) throws -> KeyUse
  ) rethrows -> End? {
    while true {
      let answer = wait(isPaused || isTurnBased ? nil : milliseconds(framesPerSecond))
      if case .key(let key) = answer {
        switch try onKey(key) {
        case .ignored: break
        case .taken: continue
        case .next: return nil
        case .ends: return .ended
        }
      }
      switch answer {
      case .timedOut: if !isPaused { return nil }
      case .interrupted: return .interrupted
      case .closed:
        isPaused = false
        return nil
      case .key(.character("q")), .key(.escape): return .quit
      case .key(.character(" ")): isPaused.toggle()
      case .key(.character("n")), .key(.right):
        isPaused = true
        return nil
      case .key(.character("+")), .key(.character("=")), .key(.character("f")), .key(.up):
        power = min(power + 1, Self.fastest + 1)
      case .key(.character("-")), .key(.character("s")), .key(.down):
        power = max(power - 1, Self.slowest)
      case .key: continue
      }
      show(frame)
    }
  }

  private func milliseconds(_ framesPerSecond: Double) -> Int32 {
    if power > Self.fastest { return 0 }
    let speed = framesPerSecond * (power < 0 ? 1 / Double(1 << -power) : Double(1 << power))
    return Int32(max(min(1000 / max(speed, 0.01), 60_000), 1))
  }

  private var status: String {
    let speed =
      power > Self.fastest
      ? "full speed" : power < 0 ? "speed 1/\(1 << -power)" : "speed \(1 << power)x"
    if isTurnBased {
      return appearance.styled(truncated("\(hint)  q leave", to: appearance.columns - 1), .hint)
    }
    let own = hint.isEmpty ? "+ - speed" : "\(hint)  f s speed"
    let keys =
      isPaused
      ? (hint.isEmpty ? "" : hint + "  ") + "space goes on  n next  q leave"
      : "\(own)  space pause  n step  q leave"
    return appearance.styled(
      truncated("\(isPaused ? "paused" : speed)  \(keys)", to: appearance.columns - 1), .hint)
  }

  /// Draws over the frame before. A frame higher than the screen loses its lower lines.
  private func show(_ frame: [String]) {
    let lines = frame.prefix(max(appearance.rows - 2, 1)) + [status]
    var text = shownLines > 0 ? "\u{1B}[\(shownLines)A\r" : "\r"
    for line in lines { text += line + "\u{1B}[K\n" }
    write(text + "\u{1B}[J")
    shownLines = lines.count
  }
  /// The last frame stays without the line of keys.
  private func removeStatus() {
    if shownLines > 0 { write("\u{1B}[1A\r\u{1B}[J") }
  }
}

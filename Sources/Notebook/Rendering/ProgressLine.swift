import CLineEditor
import Glibc
import Language

/// What is known of a piece of long work.
package struct Progress: Equatable, Sendable {
  package var label: String
  package var done: Int
  /// Nil where the end is not known.
  package var total: Int?
  /// Since the work began.
  package var seconds: Double
  package var stepsPerSecond: Double?
  package var meanReturn: Double?
  package var loss: Double?
  /// What else there is to say, in a few words.
  package var remark: String?
  /// Shown above the line, as far as half of the terminal has room.
  package var table: Table?

  package init(
    label: String, done: Int, total: Int?, seconds: Double, stepsPerSecond: Double? = nil,
    meanReturn: Double? = nil, loss: Double? = nil, remark: String? = nil, table: Table? = nil
  ) {
    self.label = label
    self.done = done
    self.total = total
    self.seconds = seconds
    self.stepsPerSecond = stepsPerSecond
    self.meanReturn = meanReturn
    self.loss = loss
    self.remark = remark
    self.table = table
  }

  /// The rows of the table, then the line, all of less than the terminal's width.
  fileprivate func lines(appearance: Appearance) -> [String] {
    let rows = table?.lines(width: appearance.columns - 1, appearance: appearance) ?? []
    return rows.prefix(appearance.rows / 2) + [line(appearance: appearance)]
  }

  /// One line of less than the terminal's width; what matters least gives way where it is narrow.
  package func line(appearance: Appearance) -> String {
    let rate = stepsPerSecond ?? (seconds > 0 ? Double(done) / seconds : 0)
    let share = total.map { $0 > 0 ? min(Double(done) / Double($0), 1) : 1 }
    let count = compact(done) + (total.map { "/" + compact($0) } ?? " steps")
    let timeLeft = total.map {
      rate > 0 ? duration(seconds: Double(max($0 - done, 0)) / rate) : "?"
    }
    // In the order shown, with a rank: the lowest is kept longest.
    let parts: [(text: String?, rank: Int)] = [
      (label, 1),
      (share.map { "\(Int(($0 * 100).rounded(.down)))%" }, 0),
      (count, 5),
      (rate > 0 ? compact(rate) + "/s" : nil, 4),
      (timeLeft.map { $0 + " left" } ?? duration(seconds: seconds), 2),
      (meanReturn.map { "return " + significant($0) }, 3),
      (loss.map { "loss " + significant($0, digits: 3) }, 6),
      (remark, 7),
    ]
    var room = appearance.columns - 1
    var kept: Set<Int> = []
    for part in parts.sorted(by: { $0.rank < $1.rank }) {
      guard let text = part.text, displayWidth(of: text) + 2 <= room else { continue }
      kept.insert(part.rank)
      room -= displayWidth(of: text) + 2
    }
    var shown = parts.filter { kept.contains($0.rank) }.compactMap(\.text)
    if let share, room >= 8 {
      let place = kept.contains(1) ? 1 : 0
      shown.insert(meter(share, columns: min(room - 2, 24), appearance), at: place)
    }
    return shown.joined(separator: "  ")
  }

  private func meter(_ share: Double, columns: Int, _ appearance: Appearance) -> String {
    let filled = Int((share * Double(columns)).rounded())
    let signs = appearance.unicode ? ("━", "─") : ("#", ".")
    return appearance.styled(String(repeating: signs.0, count: filled), .good)
      + appearance.styled(String(repeating: signs.1, count: columns - filled), .hint)
  }
}

/// A line on standard error that follows long work, with a table above it where there is one, drawn at most ten times a second and taken
/// away at its end. Where standard error is no live terminal nothing is drawn.
package final class ProgressLine {
  private let appearance: () -> Appearance
  private let write: (String) -> Void
  private let now: () -> Double
  private var lastDrawn = -Double.infinity
  /// Lines on the screen.
  private var height = 0

  private static let interval = 0.1

  /// `appearance` is asked at each drawing, because a terminal can change its size.
  package init(
    appearance: @escaping () -> Appearance = { .of(descriptor: STDERR_FILENO) },
    write: @escaping (String) -> Void = writeToStandardError,
    now: @escaping () -> Double = monotonicSeconds
  ) {
    self.appearance = appearance
    self.write = write
    self.now = now
  }

  /// Shows the state, unless the last was shown just now: cheap enough to call at every step that
  /// has news, and `progress` is only made up when it will be drawn.
  package func update(_ progress: @autoclosure () -> Progress) {
    let time = now()
    guard time - lastDrawn >= Self.interval else { return }
    lastDrawn = time
    let appearance = appearance()
    guard appearance.isLive else { return }
    let lines = progress().lines(appearance: appearance)
    // What is left of more lines before is taken away.
    let end = height > lines.count ? "\u{1B}[J" : ""
    write(rewinding + lines.joined(separator: "\u{1B}[K\n") + "\u{1B}[K" + end)
    height = lines.count
  }

  /// Moves to the first of the lines on the screen.
  private var rewinding: String { height > 1 ? "\r\u{1B}[\(height - 1)A" : "\r" }

  /// Takes the line away, before something else is printed. The next update draws it again.
  package func clear() {
    guard height > 0 else { return }
    write(rewinding + (height > 1 ? "\u{1B}[J" : "\u{1B}[K"))
    height = 0
    lastDrawn = -Double.infinity
  }

  /// Ends the line; a summary stays in its place, also where nothing was drawn.
  package func finish(summary: String? = nil) {
    clear()
    if let summary { write(summary + "\n") }
  }
}

package func writeToStandardError(_ text: String) { writeAll(text, to: STDERR_FILENO) }

package func writeToStandardOutput(_ text: String) { writeAll(text, to: STDOUT_FILENO) }

private func writeAll(_ text: String, to descriptor: Int32) {
  var text = text
  text.withUTF8 { _ = terminal_write(descriptor, $0.baseAddress, $0.count) }
}

package func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

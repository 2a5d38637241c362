import Language
import Testing

@testable import Notebook

/// What was written, and a clock that is set by hand.
private final class Desk {
  var written: [String] = []
  var time = 0.0
  var answers: [KeyReader.Answer] = []
  var waits: [Int32?] = []

  func line(isLive: Bool = true) -> ProgressLine {
    ProgressLine(
      appearance: { Appearance(columns: 60, isLive: isLive) },
      write: { self.written.append($0) }, now: { self.time })
  }

  func player() -> Player {
    Player(
      appearance: Appearance(columns: 60, isLive: true), write: { self.written.append($0) },
      wait: { milliseconds in
        self.waits.append(milliseconds)
        return self.answers.isEmpty ? .timedOut : self.answers.removeFirst()
      })
  }
}

private func progress(_ done: Int) -> Progress {
  Progress(
    label: "train a", done: done, total: 50_000, seconds: 10, stepsPerSecond: 2000,
    meanReturn: 231.5, loss: 0.0123)
}

@Suite struct RenderingLiveTests {
  @Test func `progress says share, speed, time left, return and loss`() {
    #expect(
      progress(20_000).line(appearance: Appearance(columns: 100))
        == "train a  ━━━━━━━━━━──────────────  40%  20k/50k  2k/s  15s left  return 231.5  loss 0.0123"
    )
  }

  @Test(arguments: [100, 60, 40, 20, 8])
  func `progress fits the terminal and keeps the share longest`(columns: Int) {
    let line = progress(20_000).line(appearance: Appearance(columns: columns))
    #expect(displayWidth(of: line) < columns)
    #expect(line.contains("40%"))
  }

  @Test func `the line is drawn at most ten times a second and leaves its summary`() {
    let desk = Desk()
    let line = desk.line()
    for step in 0..<100 {
      desk.time = Double(step) * 0.01
      line.update(progress(step))
    }
    #expect(desk.written.count == 10)
    #expect(desk.written.allSatisfy { $0.hasPrefix("\r") && $0.hasSuffix("\u{1B}[K") })
    line.finish(summary: "trained")
    #expect(desk.written.suffix(2) == ["\r\u{1B}[K", "trained\n"])
  }

  @Test func `a table stands above the line, and goes with it`() {
    let desk = Desk()
    let line = desk.line()
    var state = progress(1)
    state.table = Table(titles: ["trial", "score"], rows: [["0", "1.5"], ["1", "2.5"]])
    line.update(state)
    let first = desk.written.removeLast()
    #expect(first.split(separator: "\n").count == 5)
    #expect(first.hasPrefix("\rtrial  score"))
    desk.time = 1
    state.table?.rows.removeLast()
    line.update(state)
    let second = desk.written.removeLast()
    #expect(second.hasPrefix("\r\u{1B}[4A") && second.hasSuffix("\u{1B}[J"))
    line.clear()
    #expect(desk.written == ["\r\u{1B}[3A\u{1B}[J"])
  }

  @Test func `without a live terminal only the summary is written`() {
    let desk = Desk()
    let line = desk.line(isLive: false)
    line.update(progress(1))
    line.finish(summary: "trained")
    #expect(desk.written == ["trained\n"])
  }

  @Test func `frames follow one another until there are no more`() throws {
    let desk = Desk()
    var frames = [["one"], ["two"]]
    let end = try desk.player().play(framesPerSecond: 10) {
      frames.isEmpty ? nil : frames.removeFirst()
    }
    #expect(end == .finished)
    #expect(desk.waits == [100, 100])
    #expect(desk.written.contains { $0.hasPrefix("\u{1B}[2A\rtwo") })
  }

  @Test func `plus plays faster, space pauses, n steps and q leaves`() throws {
    let desk = Desk()
    desk.answers = [
      .key(.character("+")), .timedOut, .key(.character(" ")), .key(.character("n")),
      .key(.character("q")),
    ]
    var count = 0
    let end = try desk.player().play(framesPerSecond: 10) {
      count += 1
      return ["frame \(count)"]
    }
    #expect(end == .quit)
    #expect(desk.waits == [100, 50, 50, nil, nil])
    #expect(count == 3)
  }

  @Test func `Ctrl-C stops the replay`() throws {
    let desk = Desk()
    desk.answers = [.interrupted]
    #expect(try desk.player().play(framesPerSecond: 10) { ["frame"] } == .interrupted)
  }
}

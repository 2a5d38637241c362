import Foundation
import Testing

@testable import Notebook

/// Gives a path in a fresh folder that is taken away afterwards.
private func withPath(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.appendingPathComponent("history").path)
}

private func append(_ text: String, to path: String) throws {
  let file = try #require(FileHandle(forWritingAtPath: path))
  file.seekToEndOfFile()
  file.write(Data(text.utf8))
}

@Suite struct PromptHistoryTests {
  @Test func `cells come back whole, whatever is in them`() throws {
    try withPath { path in
      let cells = ["print 1", "fn f() {\n  \"\\n\\\\\"\n}", "日本語 👍", "trailing \\"]
      let history = History(path: path)
      cells.forEach(history.append)
      #expect(History(path: path).entries == cells)
    }
  }

  @Test func `the folder of a new project's history is made`() throws {
    try withPath { path in
      History(path: path + ".rlhs/history").append("print 1")
      #expect(History(path: path + ".rlhs/history").entries == ["print 1"])
    }
  }

  @Test func `blank cells and the last cell again are not kept`() throws {
    let history = History(path: nil)
    ["a", "a", " \n", "b", "a"].forEach(history.append)
    #expect(history.entries == ["a", "b", "a"])
  }

  @Test func `a line torn by a crash is passed over and spoils no other`() throws {
    try withPath { path in
      History(path: path).append("first")
      try append("half a ce", to: path)
      #expect(History(path: path).entries == ["first"])
      History(path: path).append("second")
      #expect(History(path: path).entries == ["first", "second"])
    }
  }

  @Test func `several prompts write one file without losing a cell`() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    await withTaskGroup { group in
      for writer in 0..<4 {
        group.addTask {
          let history = History(path: path)
          for i in 0..<100 { history.append("cell \(writer)\nline \(i)") }
        }
      }
    }
    let entries = History(path: path).entries
    #expect(Set(entries).count == 400)
    for writer in 0..<4 {
      let own = entries.filter { $0.hasPrefix("cell \(writer)\n") }
      #expect(own == (0..<100).map { "cell \(writer)\nline \($0)" })
    }
  }

  @Test func `up goes back through what begins as typed, and down returns to it`() {
    let history = History(path: nil)
    ["train a", "print 1", "train b", "train b x"].forEach(history.append)
    var walk = HistoryWalk(history, from: "train")
    let seen = (0..<4).map { _ in walk.back() ? walk.text : "none" }
    #expect(seen == ["train b x", "train b", "train a", "none"])
    let back = (0..<4).map { _ in walk.forward() ? walk.text : "none" }
    #expect(back == ["train b", "train b x", "train", "none"])
  }

  @Test func `a search finds any part in any script, and goes on further back`() {
    let history = History(path: nil)
    ["x = \"訓練\"", "Train b", "y = \"訓練する\"", "train a"].forEach(history.append)
    var search = HistorySearch(history)
    "訓練".unicodeScalars.forEach { search.extend(with: $0) }
    #expect(search.found?.text == "y = \"訓練する\"")
    #expect(search.found?.beforeCursor == "y = \"訓練")
    search.older()
    #expect(search.found?.text == "x = \"訓練\"")
    search.older()
    #expect(search.hasFailed)
    #expect(search.found?.text == "x = \"訓練\"")
    search.newer()
    #expect(search.found?.text == "y = \"訓練する\"")
  }

  @Test func `small letters find capitals, capitals only themselves`() {
    #expect(History.place(of: "train", in: "a Train") == 2..<7)
    #expect(History.place(of: "Train", in: "a train") == nil)
  }

  @Test func `ten thousand cells are read and searched without a wait`() throws {
    try withPath { path in
      let lines = (0..<12_000).map { "train agent_\($0) steps=\($0)\\nprint \($0)\n" }
      try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: path))
      let start = monotonicSeconds()
      let history = History(path: path)
      #expect(history.previous(before: .max, prefix: "nothing", unlike: "") == nil)
      #expect(monotonicSeconds() - start < 0.5)
      #expect(history.entries.count == 10_000)
      #expect(history.entries.last == "train agent_11999 steps=11999\nprint 11999")
    }
  }

  @Test func `a Tab among ten thousand cells takes less than ten milliseconds`() throws {
    try withPath { path in
      let cells = (0..<10_000).map { "train agent_\($0) steps=\($0) learning_rate=0.001\n" }
      let joined = cells.map { String(decoding: History.encode($0), as: UTF8.self) + "\n" }.joined()
      try Data(joined.utf8).write(to: URL(fileURLWithPath: path))
      let history = History(path: path)
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      let session = Session(
        output: Output(isJSON: false, destination: .nowhere),
        project: try Project(folder: folder, allowed: [], isConfined: true), isPrompt: true)
      let assistant = PromptBridge(session.interpreter)
      let clock = ContinuousClock()
      // All that a Tab asks for: the candidates, colours, and the hint from a history that has none.
      let taken = (0..<5).map { turn in
        let text = "agent ppo seed=\(turn) lear"
        return clock.measure {
          let found = assistant.completions(in: text, at: text.utf8.count)
          #expect(found.candidates.contains { $0.text.hasPrefix("learning_rate") })
          #expect(!assistant.highlights(of: text).isEmpty)
          #expect(history.previous(before: .max, prefix: text, unlike: text) == nil)
          _ = assistant.hint(for: text)
        }
      }
      #expect(taken.min()! < .milliseconds(10), "\(taken)")
    }
  }

  @Test func `among ten thousand cells the nearest is found in a few milliseconds`() throws {
    try withPath { path in
      let cells = (0..<10_000).map {
        "train agent_\($0) steps=\($0) learning_rate=0.001  # \($0)\n"
      }
      let joined = cells.map { String(decoding: History.encode($0), as: UTF8.self) + "\n" }.joined()
      try Data(joined.utf8).write(to: URL(fileURLWithPath: path))
      let history = History(path: path)
      #expect(history.entries.count == 10_000)
      // The oldest, and one that is not there; the best of three, since the machine does other
      // things too.
      let clock = ContinuousClock()
      let taken = (0..<3).map { _ in
        clock.measure {
          #expect(history.previous(before: 10_000, prefix: "train agent_0", unlike: "") == 0)
          #expect(history.previous(before: 10_000, prefix: "train b", unlike: "") == nil)
        }
      }
      #expect(taken.min()! < .milliseconds(10))
    }
  }
}

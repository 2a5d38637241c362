import Foundation
import GRDB
import Interchange
import RLCore
import Store
import Testing

struct LedgerTests {
  private let temporary = TemporaryFolder()
  private var folder: String { temporary.path }

  @Test("What is given comes back as it was given, and what it shows with it")
  func roundTrip() throws {
    let store = ProjectStore(folder: folder)
    let left = Self.episode(1)
    let right = Self.episode(2)
    var record = Self.rating("\"left\"")
    record.kind = "preference"
    record.note = "über\nzwei"
    record.shown = [
      .init(episode: digest(of: left), label: "ep1", steps: 0..<2),
      .init(episode: digest(of: right), label: "ep2", steps: 1..<3),
    ]
    record.id = 0
    let id = try store.append(record, episodes: [left, right])
    record.id = id
    #expect(try store.feedback() == [record])
    #expect(try store.episode(digest(of: left)) == left)
    #expect(try store.episode(digest(of: right)) == right)
  }

  @Test("An episode rated twice is kept once")
  func sharedEpisode() throws {
    let store = ProjectStore(folder: folder)
    var record = Self.rating("1")
    record.shown = [.init(episode: digest(of: Self.episode(1)), label: "ep1", steps: 0..<3)]
    let first = try store.append(record, episodes: [Self.episode(1)])
    let second = try store.append(record, episodes: [Self.episode(1)])
    let third = try store.append(record)
    #expect((first, second, third) == (1, 2, 3))
    #expect(try store.feedback().map(\.shown) == [record.shown, record.shown, record.shown])
  }

  @Test("Feedback about an episode that is nowhere is refused as a whole")
  func unknownEpisode() throws {
    let store = ProjectStore(folder: folder)
    var record = Self.rating("1")
    record.shown = [.init(episode: "00", label: "ep1", steps: 0..<3)]
    #expect(throws: StoreError.missing(kind: "episode", name: "00")) {
      try store.append(record, episodes: [Self.episode(1)])
    }
    #expect(try store.feedback().isEmpty)
    #expect(throws: StoreError.missing(kind: "episode", name: digest(of: Self.episode(1)))) {
      try store.episode(digest(of: Self.episode(1)))
    }
  }

  @Test("Taking back is a line of its own, once, and the feedback stays")
  func retraction() throws {
    let store = ProjectStore(folder: folder)
    let id = try store.append(Self.rating("1"))
    let retraction = Store.FeedbackRecord.Retraction(person: "ann", time: 9, note: "slip")
    try store.retract(id, retraction)
    let record = try #require(try store.feedback().first)
    #expect(record.value == "1")
    #expect(record.retraction == retraction)
    #expect(throws: StoreError.alreadyRetracted(id)) { try store.retract(id, retraction) }
    #expect(throws: StoreError.missing(kind: "feedback", name: "7")) {
      try store.retract(7, retraction)
    }
  }

  @Test("The ledger of one agent, or from one number on, is a part of the whole")
  func filters() throws {
    let store = ProjectStore(folder: folder)
    for agent in ["a", "b", "a"] {
      var record = Self.rating("1")
      record.agent = agent
      _ = try store.append(record)
    }
    #expect(try store.feedback(agent: "a").map(\.id) == [1, 3])
    #expect(try store.feedback(after: 1).map(\.id) == [2, 3])
    #expect(try store.feedback(agent: "a", after: 1).map(\.id) == [3])
  }

  @Test(
    "The database itself refuses to change the ledger, whoever asks",
    arguments: [
      "UPDATE feedback SET value = '-1'", "DELETE FROM feedback",
      "INSERT OR REPLACE INTO feedback SELECT * FROM feedback",
      "UPDATE episodes SET data = x'00'", "DELETE FROM episodes",
      "INSERT OR REPLACE INTO episodes SELECT digest, x'00' FROM episodes",
      "UPDATE fragments SET start = 1", "DELETE FROM fragments",
      "INSERT OR REPLACE INTO fragments SELECT * FROM fragments",
      "UPDATE retractions SET time = 0", "DELETE FROM retractions",
      "INSERT OR REPLACE INTO retractions SELECT * FROM retractions",
    ])
  func appendOnly(change: String) throws {
    let store = ProjectStore(folder: folder)
    var record = Self.rating("1")
    record.shown = [.init(episode: digest(of: Self.episode(1)), label: "ep1", steps: 0..<3)]
    let id = try store.append(record, episodes: [Self.episode(1)])
    try store.retract(id, .init(person: "ann", time: 9))
    let before = try store.feedback()
    // Another program, with none of the store's settings.
    var plain = Configuration()
    plain.foreignKeysEnabled = false
    let other = try DatabaseQueue(path: store.path, configuration: plain)
    let error = #expect(throws: DatabaseError.self) {
      try other.write { try $0.execute(sql: change) }
    }
    #expect(error?.message == "the ledger is append-only")
    #expect(try store.feedback() == before)
    #expect(try store.episode(digest(of: Self.episode(1))) == Self.episode(1))
  }

  @Test("What was given before kill -9 is there afterwards")
  func killed() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
      let store = ProjectStore(folder: folder)
      var record = Self.rating("0.5")
      record.shown = [.init(episode: digest(of: Self.episode(1)), label: "ep1", steps: 0..<3)]
      for _ in 0..<3 { _ = try store.append(record, episodes: [Self.episode(1)]) }
      kill(getpid(), SIGKILL)
    }
    let store = ProjectStore(folder: folder)
    #expect(try store.feedback().map(\.value) == ["0.5", "0.5", "0.5"])
    #expect(try store.episode(digest(of: Self.episode(1))) == Self.episode(1))
  }

  @Test("Several that append at once lose nothing and share no number")
  func concurrency() async throws {
    let ids = try await withThrowingTaskGroup(of: [Int].self) { group in
      for writer in 0..<4 {
        group.addTask {
          // Each opens the store for itself, at first use all at once.
          let store = ProjectStore(folder: folder)
          return try (0..<25).map { _ in try store.append(Self.rating("\(writer)")) }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(ids.sorted() == Array(1...100))
    let records = try ProjectStore(folder: folder).feedback()
    for writer in 0..<4 { #expect(records.count { $0.value == "\(writer)" } == 25) }
  }
}

extension LedgerTests {
  static func rating(_ value: String) -> Store.FeedbackRecord {
    Store.FeedbackRecord(
      kind: "rating", value: value, source: "human", person: "ann", time: 1_700_000_000.25,
      agent: "a", agentHash: "ab12", agentSteps: 5000)
  }

  static func episode(_ fill: UInt8) -> StateArchive {
    var archive = StateArchive()
    archive.tensors = [
      .init(
        name: "observations", elementType: .float32, shape: [4, 2],
        bytes: .init(repeating: fill, count: 32)),
      .init(
        name: "rewards", elementType: .float32, shape: [3], bytes: .init(repeating: 1, count: 12)),
    ]
    archive.metadata = ["environment": "CartPole-v1"]
    return archive
  }
}

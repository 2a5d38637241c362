import Foundation
import GRDB
import Store
import Testing

struct ProjectStoreTests {
  private let temporary = TemporaryFolder()
  private var folder: String { temporary.path }

  @Test("Nothing is made before something is kept, and an absent store is an empty one")
  func laziness() throws {
    let store = ProjectStore(folder: folder)
    #expect(try store.runs().isEmpty)
    #expect(try store.feedback().isEmpty)
    #expect(try store.cells().isEmpty)
    #expect(try store.studies().isEmpty)
    #expect(try store.study("s") == nil)
    #expect(throws: StoreError.missing(kind: "run", name: "3")) { try store.run(3) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    _ = try store.begin(sampleRun("a"))
    #expect(FileManager.default.fileExists(atPath: folder + "/.rlhs/store.sqlite"))
  }

  @Test("The file is in write-ahead mode and every change waits for the disk")
  func durability() throws {
    let store = ProjectStore(folder: folder)
    _ = try store.begin(sampleRun("a"))
    #expect(try store.setting("journal_mode") == "wal")
    #expect(try store.setting("synchronous") == "2")
    #expect(try store.setting("foreign_keys") == "1")
  }

  @Test("A store closed and opened again has what it had")
  func reopening() throws {
    let store = ProjectStore(folder: folder)
    let id = try store.begin(sampleRun("a"))
    try store.close()
    #expect(try store.runs().map(\.id) == [id])
    #expect(try ProjectStore(folder: folder).runs().map(\.id) == [id])
  }

  @Test("Several that open a new store at once all find it whole")
  func openingAtOnce() throws {
    for round in 0..<10 {
      let project = folder + "/\(round)"
      DispatchQueue.concurrentPerform(iterations: 4) { _ in
        #expect(throws: Never.self) {
          _ = try ProjectStore(folder: project).begin(sampleRun("a"))
        }
      }
      #expect(try ProjectStore(folder: project).runs().map(\.id) == [1, 2, 3, 4])
    }
  }

  @Test("A file that is no database gives an error and stays as it is")
  func noDatabase() throws {
    let store = ProjectStore(folder: folder)
    let content = Data(String(repeating: "this is no database\n", count: 100).utf8)
    try FileManager.default.createDirectory(
      atPath: store.storeFolder, withIntermediateDirectories: true)
    try content.write(to: URL(filePath: store.path))
    #expect(throws: StoreError.notAStore(path: store.path)) { try store.runs() }
    #expect(throws: StoreError.notAStore(path: store.path)) { try store.begin(sampleRun("a")) }
    #expect(try Data(contentsOf: URL(filePath: store.path)) == content)
  }

  @Test("Bytes of the file changed at random give an error or an answer, never a crash")
  func damage() throws {
    let store = ProjectStore(folder: folder)
    try store.addRuns(20)
    _ = try store.append(
      LedgerTests.rating("1"), episodes: [LedgerTests.episode(1), LedgerTests.episode(2)])
    try store.close()
    let sound = try Data(contentsOf: URL(filePath: store.path))
    var random = SystemRandomNumberGenerator()
    var refused = 0
    for _ in 0..<60 {
      var bytes = sound
      for _ in 0..<30 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      try bytes.write(to: URL(filePath: store.path))
      let damaged = ProjectStore(folder: folder)
      do {
        _ = try damaged.runs()
        _ = try damaged.feedback()
        _ = try damaged.append(LedgerTests.rating("1"))
      } catch {
        refused += 1
      }
      try? damaged.close()
      for ending in ["-wal", "-shm"] { unlink(store.path + ending) }
    }
    #expect(refused > 0)
  }

  @Test("A field that was given a wrong value from outside gives an error")
  func wrongField() throws {
    let store = ProjectStore(folder: folder)
    try store.addRuns(1)
    try store.writeUnchecked("UPDATE runs SET seed = NULL")
    #expect(throws: StoreError.notAStore(path: store.path)) { try store.runs() }
  }

  @Test("A store from a later version gives an error and stays as it is")
  func laterVersion() throws {
    let store = ProjectStore(folder: folder)
    _ = try store.begin(sampleRun("a"))
    try store.close()
    let other = try DatabaseQueue(path: store.path)
    try other.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99: later')") }
    try other.close()
    #expect(throws: StoreError.newer(path: store.path)) { try store.runs() }
  }

  @Test("A store that another program holds gives an error after a while")
  func busy() throws {
    let store = ProjectStore(folder: folder, patience: 0.05)
    _ = try store.begin(sampleRun("a"))
    let other = try DatabaseQueue(path: store.path)
    try other.inDatabase { database in
      try database.execute(sql: "BEGIN IMMEDIATE")
      #expect(throws: StoreError.busy(path: store.path)) { try store.begin(sampleRun("b")) }
      #expect(try store.runs().map(\.agent) == ["a"])
      try database.execute(sql: "ROLLBACK")
    }
    _ = try store.begin(sampleRun("b"))
  }

  @Test("A full disk gives an error that says so, and what was kept is whole")
  func fullDisk() throws {
    let store = ProjectStore(folder: folder)
    _ = try store.begin(sampleRun("a"))
    try store.limitSize()
    var large = sampleRun("b")
    large.source = String(repeating: "x", count: 1_000_000)
    #expect(throws: StoreError.diskFull(path: store.path)) { try store.begin(large) }
    #expect(try store.runs().map(\.agent) == ["a"])
  }

  @Test("A folder that cannot be made gives an error that names it")
  func noFolder() throws {
    let file = folder + "/file"
    try Data().write(to: URL(filePath: file))
    let store = ProjectStore(folder: file)
    #expect(throws: StoreError.file(path: store.storeFolder, verb: "made", code: ENOTDIR)) {
      try store.begin(sampleRun("a"))
    }
  }

  @Test("Every error has a sentence of its own without a full stop")
  func wording() {
    let errors: [StoreError] = [
      .diskFull(path: "p"), .file(path: "p", verb: "written", code: EACCES), .busy(path: "p"),
      .notAFile(path: "p"),
      .notAStore(path: "p"), .newer(path: "p"), .database(path: "p", message: "m"),
      .missing(kind: "run", name: "3"), .alreadyRetracted(4), .notACheckpoint(path: "p"),
      .damagedCheckpoint(path: "p", reason: "r", previous: "q"),
    ]
    #expect(Set(errors.map(\.description)).count == errors.count)
    for error in errors { #expect(!error.description.hasSuffix(".")) }
    #expect(errors.last?.description == "checkpoint p is damaged: r; the one before is q")
    #expect(errors.last?.hint == "load q in its place")
  }
}

func sampleRun(_ agent: String) -> RunRecord {
  RunRecord(
    agent: agent, algorithm: "dqn", environment: "CartPole-v1",
    settings: "{\"learning_rate\":0.0023,\"layers\":[256,256]}", seed: 7,
    source: "a = agent dqn\ntrain a steps=50_000", started: 1_700_000_000.5, kernels: "avx2",
    version: "0.1.0")
}

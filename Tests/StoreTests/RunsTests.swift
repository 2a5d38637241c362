import Foundation
import Store
import Testing

struct RunsTests {
  private let temporary = TemporaryFolder()
  private var folder: String { temporary.path }

  @Test("A run comes back as it was begun, and then as it was updated")
  func roundTrip() throws {
    let store = ProjectStore(folder: folder)
    var record = sampleRun("a")
    record.id = try store.begin(record)
    #expect(try store.run(record.id) == record)
    record.steps = 50_000
    record.seconds = 0.41
    record.state = .finished
    record.meanReturn = 487.25
    record.summary = "{\"best\":500.0}"
    record.checkpoint = "checkpoints/1.safetensors"
    try store.update(record)
    #expect(try store.runs() == [record])
    record.id = 99
    #expect(throws: StoreError.missing(kind: "run", name: "99")) { try store.update(record) }
  }

  @Test("Metrics come back by name and step, nan as nan, and what is repeated replaces")
  func metrics() throws {
    let store = ProjectStore(folder: folder)
    var record = sampleRun("a")
    record.id = try store.begin(record)
    let other = try store.begin(sampleRun("b"))
    try store.update(
      record,
      adding: [
        .init(name: "train/loss", step: 20, value: 0.5),
        .init(name: "rollout/ep_rew_mean", step: 20, value: 9),
        .init(name: "train/loss", step: 10, value: .nan),
      ])
    try store.update(record, adding: [.init(name: "train/loss", step: 20, value: 0.25)])
    let losses = try store.metrics(of: record.id, named: "train/loss")
    #expect(losses.map(\.step) == [10, 20])
    #expect(losses[0].value.isNaN)
    #expect(losses[1].value == 0.25)
    #expect(try store.metrics(of: record.id).map(\.name).first == "rollout/ep_rew_mean")
    #expect(try store.metrics(of: other).isEmpty)
  }

  @Test("Runs come oldest first, of one agent or environment, the newest of many")
  func filters() throws {
    let store = ProjectStore(folder: folder)
    for (agent, environment) in [("a", "X"), ("b", "Y"), ("a", "Y"), ("a", "X")] {
      var record = sampleRun(agent)
      record.environment = environment
      _ = try store.begin(record)
    }
    #expect(try store.runs().map(\.id) == [1, 2, 3, 4])
    #expect(try store.runs(limit: 2).map(\.id) == [3, 4])
    #expect(try store.runs(agent: "a").map(\.id) == [1, 3, 4])
    #expect(try store.runs(agent: "a", environment: "X").map(\.id) == [1, 4])
    #expect(try store.runs(environment: "Y", limit: 1).map(\.id) == [3])
  }

  @Test("Of ten thousand runs the newest and those of one agent are there at once")
  func speed() throws {
    let store = ProjectStore(folder: folder)
    try store.addRuns(10_000)
    let clock = ContinuousClock()
    #expect(try store.runs().count == 10_000)
    // Limits wide enough for a build without optimisation on a busy machine.
    #expect(try clock.measure { _ = try store.runs() } < .seconds(1))
    #expect(try clock.measure { _ = try store.runs(limit: 50) } < .milliseconds(100))
    #expect(try clock.measure { _ = try store.runs(agent: "a77") } < .milliseconds(100))
    #expect(try store.runs(agent: "a77").count == 100)
  }
}

struct CellsTests {
  private let temporary = TemporaryFolder()
  private var folder: String { temporary.path }

  @Test("Cells come back in order, each session with its own numbers")
  func roundTrip() throws {
    let store = ProjectStore(folder: folder)
    let one = try store.beginSession(started: 1, version: "0.1.0")
    let two = try store.beginSession(started: 2, version: "0.1.0")
    func cell(_ session: Int, _ number: Int, _ outcome: CellRecord.Outcome) -> CellRecord {
      CellRecord(
        session: session, number: number, source: "print \(number)", started: 3, seconds: 0.5,
        outcome: outcome, output: "\(number)\n")
    }
    let cells = [cell(one, 1, .succeeded), cell(one, 2, .failed), cell(two, 1, .interrupted)]
    for cell in [cells[2], cells[0], cells[1]] { try store.append(cell) }
    #expect(try store.cells() == cells)
    #expect(try store.cells(session: one) == [cells[0], cells[1]])
  }
}

struct StudiesTests {
  private let temporary = TemporaryFolder()
  private var folder: String { temporary.path }

  @Test("A trial is recorded, and recorded again as it goes on")
  func trials() throws {
    let store = ProjectStore(folder: folder)
    let study = StudyRecord(name: "s", settings: "{\"sampler\":\"grid\"}", started: 5)
    try store.begin(study)
    var trials = (0..<3).map {
      TrialRecord(
        study: "s", number: $0, params: "{\"learning_rate\":0.001}", seeds: "[1,2]",
        state: "running")
    }
    try store.record(trials: trials.reversed())
    trials[1].state = "complete"
    trials[1].values = "[400.0,424.0]"
    trials[1].value = 412
    trials[1].seconds = 1.5
    trials[1].checkpoint = "checkpoints/s-1.safetensors"
    try store.record(trials: [trials[1]])
    #expect(try store.trials(of: "s") == trials)
    #expect(try store.trials(of: "t").isEmpty)
    #expect(try store.study("s") == study)
    #expect(try store.studies() == [study])
  }

  @Test("What jobs came to is recorded seed by seed, and a study's end")
  func jobs() throws {
    let store = ProjectStore(folder: folder)
    try store.begin(StudyRecord(name: "s", settings: "", started: 5))
    let jobs = [
      JobRecord(study: "s", number: 0, trial: 0, steps: 0..<10),
      JobRecord(study: "s", number: 1, trial: 0, steps: 10..<30),
    ]
    let scores = [
      ScoreRecord(study: "s", job: 0, seed: 0, value: 1.5, hasFailed: false, seconds: 2),
      ScoreRecord(study: "s", job: 0, seed: 1, value: -.infinity, hasFailed: true, seconds: 3),
    ]
    try store.record(jobs: jobs, scores: scores.reversed())
    #expect(try store.jobs(of: "s") == jobs)
    #expect(try store.scores(of: "s") == scores)
    try store.record(
      scores: [
        ScoreRecord(study: "s", job: 1, seed: 0, value: .nan, hasFailed: false, seconds: 0)
      ])
    #expect(try store.scores(of: "s").last?.value.isNaN == true)
    try store.finish(study: "s", at: 9)
    #expect(try store.study("s")?.finished == 9)
  }
}

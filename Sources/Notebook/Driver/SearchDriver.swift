import Language
import RLCore
import Schema
import Store

/// Runs the trials of a search side by side, and keeps and reports them in the order of their
/// numbers.
struct SearchDriver {
  private let search: SearchHandle
  private let work: any TrialWork
  private let seeds: Int
  private let firstSeed: Int
  private let jobs: Int
  private let session: Session
  private let storeName: String
  private let clock = ContinuousClock()

  init(
    _ search: SearchHandle, work: any TrialWork, seeds: Int, firstSeed: Int, jobs: Int?,
    session: Session
  ) throws {
    self.search = search
    self.work = work
    self.seeds = seeds
    self.firstSeed = firstSeed
    self.jobs = min(jobs ?? .max, Cores.count)
    self.session = session
    storeName = try Self.begin(search, session: session)
  }

  /// Records the search under its name, or with a number behind it where that is taken.
  private static func begin(_ search: SearchHandle, session: Session) throws -> String {
    let store = session.store
    var name = search.name
    var number = 2
    while try store.study(name) != nil {
      name = "\(search.name)-\(number)"
      number += 1
    }
    let space = search.study.space.dimensions.map { "\($0.name): \($0.distribution)" }
    try store.begin(
      StudyRecord(
        name: name,
        settings: Value.map([
          "direction": .string(search.study.direction.rawValue),
          "space": .list(space.map(Value.string)),
        ]).json, started: secondsSince1970()))
    return name
  }

  /// One job with one seed, for a worker.
  private struct Unit: Sendable {
    var job: Job
    var seedIndex: Int
  }

  private typealias Pool = WorkerPool<Unit, TrialOutcome>

  mutating func run(isShown: Bool) throws {
    let firstSeed = firstSeed
    let pool = Pool(workers: jobs) { [work] in
      let work = work.independentCopy()
      return { unit, isStopped in
        try work.run(
          unit.job.parameters, seed: firstSeed &+ unit.seedIndex, isStopped: isStopped)
      }
    }
    try collect(pool, isShown: isShown)
  }

  /// Hands out jobs as the study gives them, takes what workers finished, and tells it in the order
  /// of the jobs' numbers.
  private func collect(_ pool: Pool, isShown: Bool) throws {
    let progress = ProgressLine()
    let start = clock.now
    var outcomes: [Int: [Int: TrialOutcome]] = [:]
    var done = 0
    var next = 0
    handOut(to: pool)
    while next < search.study.jobs.count {
      if InterruptFlag.shared.isSet {
        progress.clear()
        session.output.note("\(search.text); interrupted")
        throw RunError.interrupted
      }
      progress.update(
        Progress(
          label: "search \(search.name)", done: done,
          total: max(search.study.limit ?? 0, search.study.jobs.count) * seeds,
          seconds: (clock.now - start).inSeconds, meanReturn: search.study.best?.value))
      guard let entry = pool.next(milliseconds: 100) else { continue }
      done += 1
      let number = entry.task.job.number
      search.seconds[number, default: 0] += entry.seconds
      outcomes[number, default: [:]][entry.task.seedIndex] = try entry.result.get()
      while let finished = outcomes[next], finished.count == seeds {
        progress.clear()
        try tell(next, (0..<seeds).map { finished[$0]! }, isShown: isShown)
        outcomes[next] = nil
        next += 1
        handOut(to: pool)
      }
    }
    progress.clear()
  }

  /// Puts all jobs that the study gives by now before the workers.
  private func handOut(to pool: Pool) {
    while case .job(let job) = search.study.ask() {
      for seedIndex in 0..<seeds { pool.add(Unit(job: job, seedIndex: seedIndex)) }
    }
  }

  /// Keeps a finished trial: its scores, and the agent of its best seed as a checkpoint.
  private func tell(_ number: Int, _ outcomes: [TrialOutcome], isShown: Bool) throws {
    search.study.tell(number, values: outcomes.map(\.value))
    let trial = search.study.trials[number]
    let best = outcomes.max { $0.value < $1.value }
    var checkpointName: String?
    if let archive = best?.agent {
      let name = "search-\(storeName)-\(number).safetensors"
      let path = "\(session.store.checkpointFolder)/\(name)"
      try CheckpointStore.write(archive, to: path)
      search.checkpoints[number] = path
      checkpointName = name
    }
    let parameters = Value(.map(trial.parameters))
    try session.store.record(
      TrialRecord(
        study: storeName, number: number, params: parameters.json,
        seeds: Value.list((0..<seeds).map { .integer(firstSeed &+ $0) }).json,
        values: CoreValues.list(trial.values).json, value: trial.value,
        state: trial.state.rawValue, seconds: search.seconds[number] ?? 0,
        checkpoint: checkpointName))
    session.output.report(
      Event(
        "trial",
        [
          ("search", .string(search.name)), ("number", .integer(number)), ("params", parameters),
          ("value", trial.value.map(Value.real) ?? .null),
          ("values", CoreValues.list(trial.values)),
          ("state", .string(trial.state.rawValue)),
        ],
        text: "trial \(number): \(Setting.map(trial.parameters))   "
          + "score \(significant(trial.value ?? .nan))"
          + (seeds > 1
            ? "   by seed \(trial.values.map { significant($0) }.joined(separator: " "))" : "")),
      isShown: isShown)
  }
}

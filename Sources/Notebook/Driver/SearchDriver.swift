import Foundation
import Language
import RLCore
import Schema
import Store
import Synchronization

/// What one trial does with its parameters. Runs on a worker's thread, which shares nothing.
protocol TrialWork: Sendable {
  /// A copy for one more thread.
  func independentCopy() -> any TrialWork

  /// - Parameter isStopped: asked often; once true the trial gives up with `CancellationError`.
  func run(
    _ parameters: [Setting.Entry], seed: Int, isStopped: () -> Bool
  ) throws -> TrialOutcome
}

/// What came of a trial with one seed.
struct TrialOutcome: Sendable {
  var value: Double
  /// The trained agent, without its replay buffer; nil where a function was searched.
  var agent: StateArchive?
}

/// Trains a fresh agent and evaluates its best weights.
struct TrainingTrial: TrialWork {
  let algorithm: String
  let settings: Settings
  var environment: EnvironmentInstance
  let steps: Int
  let episodes: Int

  func independentCopy() -> any TrialWork {
    var copy = self
    copy.environment = environment.independentCopy()
    return copy
  }

  func run(
    _ parameters: [Setting.Entry], seed: Int, isStopped: () -> Bool
  ) throws -> TrialOutcome {
    var settings = settings
    for parameter in parameters { settings[parameter.key] = parameter.value }
    settings["seed"] = .integer(seed)
    let agent = try Agent(algorithm: algorithm, settings: settings, environment: environment)
    var trainer = Trainer(agent, steps: steps)
    training: while true {
      if case .finished = try trainer.advance() { break training }
      if isStopped() { throw CancellationError() }
    }
    let best = agent.bestFork() ?? agent
    let evaluation = try best.evaluate(episodes: episodes, seed: agent.seed(for: "score", 0))
    return TrialOutcome(value: evaluation.mean, agent: best.archive(includingReplay: false))
  }
}

/// Calls a script's function.
struct FunctionTrial: TrialWork {
  let function: FrozenFunction

  func independentCopy() -> any TrialWork { FunctionTrial(function: function.copy()) }

  func run(
    _ parameters: [Setting.Entry], seed: Int, isStopped: () -> Bool
  ) throws -> TrialOutcome {
    let value = try function.call([Value(.map(parameters))])
    guard let number = value.real else {
      throw RunError(
        .type, "the objective must give a number, not \(value.source)", argument: "objective")
    }
    return TrialOutcome(value: number)
  }
}

/// Runs the trials of a search side by side, and keeps and reports them in the order of their numbers.
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
    self.jobs = min(jobs ?? .max, Self.cores)
    self.session = session
    storeName = try Self.begin(search, session: session)
  }

  /// The cores to use: all, or as many as RLHS_THREADS says.
  private static var cores: Int {
    let limit = ProcessInfo.processInfo.environment["RLHS_THREADS"].flatMap { Int($0) }
    return max(1, limit ?? ProcessInfo.processInfo.activeProcessorCount)
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

  /// What workers and the session's thread share.
  private final class Board: Sendable {
    let units = Mutex<[Unit]>([])
    let finished = Mutex<[(unit: Unit, result: Result<TrialOutcome, any Error>, seconds: Double)]>(
      [])
    let isStopped = Atomic<Bool>(false)
    /// Counts units to take.
    let work = DispatchSemaphore(value: 0)
    /// Counts what is finished.
    let news = DispatchSemaphore(value: 0)

    func add(_ unit: Unit) {
      units.withLock { $0.append(unit) }
      work.signal()
    }

    /// The next unit in the order of adding; nil when the search has ended.
    func take() -> Unit? {
      work.wait()
      if isStopped.load(ordering: .relaxed) { return nil }
      return units.withLock { $0.removeFirst() }
    }

    func stop(workers: Int) {
      isStopped.store(true, ordering: .relaxed)
      for _ in 0..<workers { work.signal() }
    }
  }

  mutating func run(isShown: Bool) throws {
    let board = Board()
    for _ in 0..<jobs { startWorker(board) }
    defer { board.stop(workers: jobs) }
    try collect(board, isShown: isShown)
  }

  private func startWorker(_ board: Board) {
    let work = work.independentCopy()
    let firstSeed = firstSeed
    let thread = Thread {
      let clock = ContinuousClock()
      while let unit = board.take() {
        let start = clock.now
        let result = Result {
          try work.run(unit.job.parameters, seed: firstSeed &+ unit.seedIndex) {
            board.isStopped.load(ordering: .relaxed)
          }
        }
        let seconds = (clock.now - start).inSeconds
        board.finished.withLock { $0.append((unit, result, seconds)) }
        board.news.signal()
      }
    }
    // A script's function may nest its calls deep.
    thread.stackSize = 64 << 20
    thread.start()
  }

  /// Hands out jobs as the study gives them, takes what workers finished, and tells it in the order of
  /// the jobs' numbers.
  private func collect(_ board: Board, isShown: Bool) throws {
    let progress = ProgressLine()
    let start = clock.now
    var outcomes: [Int: [Int: TrialOutcome]] = [:]
    var done = 0
    var next = 0
    handOut(to: board)
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
      guard board.news.wait(timeout: .now() + .milliseconds(100)) == .success,
        let entry = board.finished.withLock({ $0.isEmpty ? nil : $0.removeFirst() })
      else { continue }
      done += 1
      let number = entry.unit.job.number
      search.seconds[number, default: 0] += entry.seconds
      outcomes[number, default: [:]][entry.unit.seedIndex] = try entry.result.get()
      while let finished = outcomes[next], finished.count == seeds {
        progress.clear()
        try tell(next, (0..<seeds).map { finished[$0]! }, isShown: isShown)
        outcomes[next] = nil
        next += 1
        handOut(to: board)
      }
    }
    progress.clear()
  }

  /// Puts all jobs that the study gives by now before the workers.
  private func handOut(to board: Board) {
    while case .job(let job) = search.study.ask() {
      for seedIndex in 0..<seeds { board.add(Unit(job: job, seedIndex: seedIndex)) }
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

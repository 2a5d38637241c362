import Language
import RLCore
import Schema
import Store

/// Runs the trials of a search side by side, and keeps and reports them in the order of their
/// numbers.
struct SearchDriver {
  private let search: SearchHandle
  private let work: any TrialWork
  private let workers: Int
  /// Jobs handed out and not yet over: as many as keep the workers busy.
  private let mostOpen: Int
  private let session: Session
  private let isShown: Bool
  private let record: SearchRecord
  /// All trials there will be; nil where that is not known.
  private let total: Int?
  /// Says what a trained agent is worth in the place of its return, on the session's thread.
  private let judge: ((_ job: Job, _ seed: Int) throws -> Double?)?

  /// Scores of jobs that are not over, by job and seed.
  private var open: [Int: [Int: SearchRecord.Score]]
  /// Jobs put before the workers; those before are over, or their missing seeds are put there too.
  private var started = 0
  /// The first job that is not over.
  private var next = 0

  /// A job with one seed, for a worker.
  private struct Unit: Sendable {
    let job: Job
    let seed: Int
    let task: TrialTask
  }

  private typealias Pool = WorkerPool<Unit, Double>

  /// - Parameter judge: gives nil where there is no answer; then the trial has failed.
  init(
    _ search: SearchHandle, work: any TrialWork, jobs: Int?, isRecorded: Bool, isShown: Bool,
    in session: Session, judge: ((_ job: Job, _ seed: Int) throws -> Double?)? = nil
  ) throws {
    self.search = search
    self.work = work
    self.session = session
    self.isShown = isShown
    self.judge = judge
    let workers = Cores.workers(wanted: jobs)
    self.workers = workers
    mostOpen = search.plan.lag.map { max($0, 2 * workers) } ?? workers
    record = SearchRecord(of: search, in: session)
    total = search.plan.trials ?? search.plan.gridCount
    open = isRecorded ? try record.restore() : [:]
    if isRecorded { session.output.note("\(search.text), from the record") }
  }

  /// Tries all that is left to try.
  ///
  /// - Throws: after an interruption, once everything is kept.
  mutating func run() throws {
    let start = monotonicSeconds()
    let doneBefore = trialsDone
    let pool = Pool(workers: workers) { [work] in
      let work = work.independentCopy()
      return { unit, isStopped in try work.run(unit.task, isStopped: isStopped) }
    }
    let progress = ProgressLine()
    defer { progress.clear() }
    while true {
      let asked = ask()
      let told = try tellFinished()
      // What is told may let more be asked.
      try keep(asked + ask(), told)
      progress.clear()
      for job in told.jobs { report(job) }
      put(before: pool)
      if next == search.study.jobs.count { break }
      try take(from: pool, progress, since: start, doneBefore: doneBefore)
    }
    try end(seconds: monotonicSeconds() - start)
  }

  // MARK: One round

  /// All jobs that the study gives by now, as far as there is work for them.
  private mutating func ask() -> [Job] {
    var jobs: [Job] = []
    while openCount < mostOpen, case .job(let job) = search.study.ask() { jobs.append(job) }
    return jobs
  }

  /// Jobs that are handed out and not over.
  private var openCount: Int {
    let study = search.study
    return (next..<max(next, study.jobs.count)).count { !study.isTold($0) }
  }

  /// What was told to the study in a round.
  private struct Told {
    var jobs: [Job] = []
    var scores: [(job: Job, seed: Int, score: SearchRecord.Score)] = []
  }

  /// Scores that came in since the last round.
  private var fresh: [(job: Job, seed: Int, score: SearchRecord.Score)] = []

  /// Tells the study the jobs that are over: in order, so that what is shown depends on no one's
  /// speed; or at once, where the search is to see whatever is known.
  private mutating func tellFinished() throws -> Told {
    var told = Told(scores: fresh)
    fresh = []
    for number in next..<max(next, search.study.jobs.count) where !search.study.isTold(number) {
      let job = search.study.jobs[number]
      guard var scores = open[number], scores.count == search.plan.seeds else {
        if search.plan.lag == nil { continue }
        break
      }
      if let judge {
        for seed in 0..<search.plan.seeds where scores[seed]?.hasFailed == false {
          let value = try judge(job, seed)
          scores[seed]?.value = value ?? -.infinity
          scores[seed]?.hasFailed = value == nil
        }
        told.scores += scores.sorted { $0.key < $1.key }.map { (job, $0.key, $0.value) }
      }
      search.seconds[job.trial, default: 0] += scores.values.reduce(0) { $0 + $1.seconds }
      search.study.tell(job, scores)
      open[number] = nil
      told.jobs.append(job)
    }
    while next < search.study.jobs.count, search.study.isTold(next) { next += 1 }
    return told
  }

  /// On the disk before anyone hears of it.
  private func keep(_ asked: [Job], _ told: Told) throws {
    try record.write(
      jobs: asked, scores: told.scores, trials: Set((asked + told.jobs).map(\.trial)))
    for job in told.jobs { removeOldCheckpoints(job) }
  }

  /// What is no longer needed when a job is over: where it began, and the seeds that did worse.
  private func removeOldCheckpoints(_ job: Job) {
    guard search.plan.learner != nil else { return }
    if search.study.adapts {
      // Trials begin from each other's: one that still stands there may need any of them.
      let reached = search.study.trials.map { $0.rungs.last?.steps ?? 0 }.min() ?? 0
      for rung in search.study.rungs where rung < reached { removeCheckpoints(after: rung) }
    } else if job.steps.lowerBound > 0 {
      record.removeCheckpoints(of: job.trial, steps: job.steps.lowerBound)
    }
    guard job.steps.upperBound == search.plan.steps else { return }
    let best = SearchHandle.bestSeed(of: search.study.trials[job.trial], search.plan.direction)
    record.removeCheckpoints(of: job.trial, steps: job.steps.upperBound, but: best)
  }

  /// Those of all trials after so many steps.
  private func removeCheckpoints(after steps: Int) {
    for trial in search.study.trials { record.removeCheckpoints(of: trial.number, steps: steps) }
  }

  private mutating func put(before pool: Pool) {
    for job in search.study.jobs[max(started, next)...] {
      // Of a search taken up again some jobs are over.
      if search.study.isTold(job.number) { continue }
      for seed in 0..<search.plan.seeds where open[job.number]?[seed] == nil {
        pool.add(Unit(job: job, seed: seed, task: task(job, seed)))
      }
    }
    started = search.study.jobs.count
  }

  private func task(_ job: Job, _ seed: Int) -> TrialTask {
    let trial = search.study.trials[job.trial]
    var task = TrialTask(
      parameters: job.parameters, seed: search.plan.seed(seed, of: trial), steps: job.steps)
    if search.plan.learner != nil {
      task.end = search.checkpoint(job.trial, seed: seed, steps: job.steps.upperBound)
      task.goesOn = job.steps.upperBound < search.plan.steps
      if job.steps.lowerBound > 0 {
        task.start = search.checkpoint(
          job.donor ?? job.trial, seed: seed, steps: job.steps.lowerBound)
        task.takeover = job.donor.map { _ in job.trial }
      }
    }
    return task
  }

  /// Waits for a score, and takes all there are.
  private mutating func take(
    from pool: Pool, _ progress: ProgressLine, since start: Double, doneBefore: Int
  ) throws {
    var hasMore: Bool
    repeat {
      hasMore = false
      if InterruptFlag.shared.isSet {
        try keep([], Told(scores: judge == nil ? fresh : []))
        throw interrupted(progress)
      }
      progress.update(state(seconds: monotonicSeconds() - start, doneBefore: doneBefore))
      guard let entry = pool.next(milliseconds: fresh.isEmpty ? 100 : 0) else { continue }
      hasMore = true
      let (job, seed) = (entry.task.job, entry.task.seed)
      var score = SearchRecord.Score(value: -.infinity, seconds: entry.seconds)
      switch entry.result {
      case .success(let value): score.value = value
      // Settings with which learning diverges are no reason to end the search.
      case .failure(CoreError.notFinite): score.hasFailed = true
      case .failure(let error): throw error
      }
      open[job.number, default: [:]][seed] = score
      fresh.append((job, seed, score))
    } while fresh.isEmpty || hasMore
    // What a person has yet to judge is no score.
    if judge != nil { fresh = [] }
  }

  private func interrupted(_ progress: ProgressLine) -> RunError {
    progress.clear()
    session.output.note(
      "\(search.text); interrupted: `\(search.name) = resume \(search.recordName)` goes on")
    return .interrupted
  }

  // MARK: What is shown

  private var trialsDone: Int { search.study.trials.count { $0.state != .running } }

  /// - Parameter doneBefore: trials that were over before these seconds began.
  private func state(seconds: Double, doneBefore: Int) -> Progress {
    let study = search.study
    let done = trialsDone
    return Progress(
      label: "search \(search.name)"
        + (study.bestValue.map { ", best \(significant($0))" } ?? ""),
      done: done, total: max(total ?? 0, study.trials.count), seconds: seconds,
      stepsPerSecond: seconds > 0 ? Double(done - doneBefore) / seconds : nil, table: liveTable)
  }

  /// The best trials so far and those at work, of what may be shown below each other.
  private var liveTable: Table {
    let study = search.study
    let loss: (Trial) -> Double = { trial in
      let value = trial.value ?? .nan
      return value.isNaN ? .infinity : study.direction == .maximize ? -value : value
    }
    let best = study.trials.filter { $0.state == .complete }
      .sorted { (loss($0), $0.number) < (loss($1), $1.number) }.prefix(Self.bestShown)
    let running = study.trials.filter { $0.state == .running }.prefix(workers)
    let names = study.trials.reduce(into: [String]()) { names, trial in
      for entry in trial.parameters where !names.contains(entry.key) { names.append(entry.key) }
    }
    return Table(
      titles: ["trial", "state", "score"] + names,
      rows: (best + running).map { trial in
        let rung = trial.rungs.last.map { " past \(compact($0.steps))" } ?? ""
        return [
          "\(trial.number)", trial.state == .running ? "running" + rung : "complete",
          trial.value.map { significant($0) } ?? "",
        ]
          + names.map { name in
            trial.parameters.first { $0.key == name }.map { shortText(of: $0) } ?? ""
          }
      })
  }

  private static let bestShown = 3

  private func report(_ job: Job) {
    let trial = search.study.trials[job.trial]
    if trial.state == .complete || trial.state == .failed {
      return session.output.report(
        .trial(trial, of: search), isShown: isShown)
    }
    guard let value = trial.value else { return }
    var text = "trial \(trial.number) at \(compact(job.steps.upperBound)) steps: "
    text += "score \(significant(value))"
    if let donor = job.donor {
      text += "   from trial \(donor)'s agent with \(shortText(of: job.parameters))"
    }
    session.output.report(
      Event(
        "rung",
        [
          ("search", .string(search.name)), ("number", .integer(trial.number)),
          ("steps", .integer(job.steps.upperBound)), ("value", .real(value)),
          ("params", Value(.map(job.parameters))),
          ("donor", job.donor.map(Value.integer) ?? .null),
        ], text: text), isShown: isShown)
  }

  private func end(seconds: Double) throws {
    let study = search.study
    for trial in study.trials where trial.state == .pruned {
      session.output.report(.trial(trial, of: search), isShown: isShown)
      if search.plan.learner != nil, let rung = trial.rungs.last {
        record.removeCheckpoints(of: trial.number, steps: rung.steps)
      }
    }
    if search.study.adapts, search.plan.learner != nil {
      for rung in search.study.rungs.dropLast() { removeCheckpoints(after: rung) }
    }
    try record.finish()
    let complete = study.trials.count { $0.state == .complete }
    session.output.report(
      Event(
        "search",
        [
          ("search", .string(search.name)), ("trials", .integer(study.trials.count)),
          ("complete", .integer(complete)), ("seconds", .real(seconds)),
          ("best", study.best.map { .integer($0.number) } ?? .null),
          ("value", study.bestValue.map(Value.real) ?? .null),
        ], text: "\(search.text), in \(duration(seconds: seconds))"), isShown: isShown)
  }
}

/// Parameters with numbers short enough to compare by eye.
func shortText(of parameters: [Setting.Entry]) -> String {
  parameters.map { "\($0.key) \(shortText(of: $0))" }.joined(separator: "  ")
}

/// A parameter's value, likewise.
private func shortText(of entry: Setting.Entry) -> String {
  if case .real(let number) = entry.value { return significant(number) }
  return entry.value.string ?? entry.value.description
}

extension Event {
  /// How a trial ended.
  static func trial(_ trial: Trial, of search: SearchHandle) -> Event {
    let parameters = Value(.map(trial.parameters))
    var text = "trial \(trial.number): \(shortText(of: trial.parameters))   "
    text += trial.value.map { "score \(significant($0))" } ?? "failed"
    if trial.values.count > 1 {
      text += "   by seed \(trial.values.map { significant($0) }.joined(separator: " "))"
    }
    if trial.state == .pruned {
      text += "   stopped at step \(compact(trial.rungs.last?.steps ?? 0))"
    }
    if let repeats = trial.repeats { text += "   trial \(repeats.trial) again, with fresh seeds" }
    return Event(
      "trial",
      [
        ("search", .string(search.name)), ("number", .integer(trial.number)),
        ("params", parameters), ("value", trial.value.map(Value.real) ?? .null),
        ("values", CoreValues.list(trial.values)), ("state", .string(trial.state.rawValue)),
        ("repeats", trial.repeats.map { .integer($0.trial) } ?? .null),
      ], text: text)
  }
}

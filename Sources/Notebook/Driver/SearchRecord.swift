import Glibc
import Language
import RLCore
import Schema
import Store

/// What a search leaves on the disk as it goes, and how it is taken up again.
struct SearchRecord {
  private let search: SearchHandle
  private let store: ProjectStore

  init(of search: SearchHandle, in session: Session) {
    self.search = search
    store = session.store
  }

  /// What came of a piece of work with one seed.
  struct Score: Sendable {
    var value: Double
    var hasFailed = false
    var seconds: Double
  }

  // MARK: Names

  /// The name to keep a search under. A name that was given stands for one plan: a search of it is
  /// continued, another plan is refused. A variable's name is only a suggestion: an unfinished
  /// search of the same plan is continued, and else a number is put behind the name.
  ///
  /// - Returns: the name, and whether it is on record already.
  static func begin(
    _ plan: SearchPlan, name: String, isGiven: Bool, in store: ProjectStore
  ) throws -> (name: String, isRecorded: Bool) {
    let settings = plan.encoded
    var candidate = name
    var number = 1
    while let old = try store.study(candidate) {
      let isSame = old.settings == settings
      if isGiven {
        if isSame { return (candidate, true) }
        throw RunError(
          .value, "this project has another search `\(name)`, with other settings",
          hint: "give this one another name, or finish that one with `resume \(name)`",
          argument: "name")
      }
      if isSame, old.finished == nil, plan.saysAll { return (candidate, true) }
      number += 1
      candidate = "\(name)-\(number)"
    }
    try store.begin(
      StudyRecord(name: candidate, settings: settings, started: secondsSince1970()))
    return (candidate, false)
  }

  /// The latest search that goes by a name: `s`, or of `s`, `s-2`, … the last.
  static func latest(named name: String, in store: ProjectStore) throws -> StudyRecord? {
    func isNumbered(_ other: String) -> Bool {
      guard other.hasPrefix(name + "-") else { return false }
      return Int(other.dropFirst(name.count + 1)) != nil
    }
    return try store.studies().last { $0.name == name || isNumbered($0.name) }
  }

  // MARK: Writing

  /// Puts on the disk, in one piece, what happened since the last time.
  func write(jobs: [Job], scores: [(job: Job, seed: Int, score: Score)], trials: Set<Int>) throws {
    let study = search.recordName
    try store.record(
      jobs: jobs.map {
        JobRecord(study: study, number: $0.number, trial: $0.trial, steps: $0.steps)
      },
      scores: scores.map { job, seed, score in
        ScoreRecord(
          study: study, job: job.number, seed: seed, value: score.value,
          hasFailed: score.hasFailed, seconds: score.seconds)
      },
      trials: trials.sorted().map { record(of: search.study.trials[$0]) })
  }

  func finish() throws {
    try store.finish(study: search.recordName, at: secondsSince1970())
  }

  private func record(of trial: Trial) -> TrialRecord {
    let best =
      trial.state == .complete && search.plan.learner != nil
      ? SearchHandle.bestSeed(of: trial, search.plan.direction) : nil
    return TrialRecord(
      study: search.recordName, number: trial.number,
      params: Setting.map(trial.parameters).encoded,
      seeds: Value.list(
        (0..<search.plan.seeds).map { .integer(search.plan.seed($0, of: trial)) }
      ).json,
      values: CoreValues.list(trial.values).json, value: trial.value, state: trial.state.rawValue,
      seconds: search.seconds[trial.number] ?? 0,
      checkpoint: best.map { seed in
        let path = search.checkpoint(trial.number, seed: seed, steps: search.plan.steps)
        return String(path.split(separator: "/").last ?? "")
      },
      repeats: trial.repeats?.trial)
  }

  // MARK: Reading

  /// Puts into a search that has not begun all that its record has.
  ///
  /// - Returns: the scores of jobs that are not over, by job and seed.
  func restore() throws -> [Int: [Int: Score]] {
    let trials = try store.trials(of: search.recordName)
    var open: [Int: [Int: Score]] = [:]
    for score in try store.scores(of: search.recordName) {
      open[score.job, default: [:]][score.seed] = Score(
        value: score.value, hasFailed: score.hasFailed, seconds: score.seconds)
    }
    for record in try store.jobs(of: search.recordName) {
      guard trials.indices.contains(record.trial),
        case .map(let parameters)? = Setting(encoded: trials[record.trial].params)
      else { throw damaged }
      let job: Job
      if trials[record.trial].repeats == nil, !search.study.adapts {
        job = Job(
          number: record.number, trial: record.trial, parameters: parameters, steps: record.steps)
        guard search.study.canRestore(job) else { throw damaged }
        search.study.restore(job)
      } else {
        // What a job does follows from those before it.
        guard case .job(let asked) = search.study.ask(), asked.number == record.number,
          asked.trial == record.trial, asked.steps == record.steps
        else { throw damaged }
        job = asked
      }
      let scores = open[job.number] ?? [:]
      search.seconds[job.trial, default: 0] += scores.values.reduce(0) { $0 + $1.seconds }
      if scores.count == search.plan.seeds {
        search.study.tell(job, scores)
        open[job.number] = nil
      }
    }
    return open
  }

  private var damaged: RunError {
    RunError(
      .file, "the record of search `\(search.recordName)` does not fit together",
      hint: "give the search another name")
  }

  // MARK: Checkpoints

  /// Takes away the checkpoints of a trial's seeds after so many steps, all but one's.
  func removeCheckpoints(of trial: Int, steps: Int, but kept: Int? = nil) {
    for seed in 0..<search.plan.seeds where seed != kept {
      unlink(search.checkpoint(trial, seed: seed, steps: steps))
    }
  }
}

extension Study {
  /// Takes in the scores of a job, one a seed: it has failed where one has.
  mutating func tell(_ job: Job, _ scores: [Int: SearchRecord.Score]) {
    let inOrder = scores.sorted { $0.key < $1.key }.map(\.value)
    if inOrder.contains(where: \.hasFailed) {
      tell(job.number, values: [], state: .failed)
    } else {
      tell(job.number, values: inOrder.map(\.value))
    }
  }
}

import GRDB

/// A search: what was searched, how, and when it began.
package struct StudyRecord: Sendable, Equatable {
  package var name: String
  /// All that is needed to go on with it, as the one who searches wrote it.
  package var settings: String
  /// Seconds since 1970.
  package var started: Double
  /// Likewise; nil while there is something left to try.
  package var finished: Double?

  package init(name: String, settings: String, started: Double, finished: Double? = nil) {
    self.name = name
    self.settings = settings
    self.started = started
    self.finished = finished
  }
}

extension StudyRecord: StoredRecord {
  static let table = "studies"
  static let columns = ["name", "settings", "started", "finished"]
  var values: [(any DatabaseValueConvertible)?] { [name, settings, started, finished] }
  init(_ row: Fields) throws {
    try self.init(name: row[0], settings: row[1], started: row[2], finished: row[3])
  }
}

/// One point that a search tried, and how it stands.
package struct TrialRecord: Sendable, Equatable {
  package var study: String
  package var number: Int
  /// As the one who searches wrote them.
  package var params: String
  /// As a JSON list.
  package var seeds: String
  /// A score a seed, as a JSON list.
  package var values: String
  /// What the search compares; nil before the trial is complete.
  package var value: Double?
  /// `running`, `complete`, `pruned`, `failed`.
  package var state: String
  package var seconds: Double
  package var checkpoint: String?
  /// Number of the trial that this one tries again; nil for one with settings of its own.
  package var repeats: Int?

  package init(
    study: String, number: Int, params: String, seeds: String = "[]", values: String = "[]",
    value: Double? = nil, state: String, seconds: Double = 0, checkpoint: String? = nil,
    repeats: Int? = nil
  ) {
    self.study = study
    self.number = number
    self.params = params
    self.seeds = seeds
    self.values = values
    self.value = value
    self.state = state
    self.seconds = seconds
    self.checkpoint = checkpoint
    self.repeats = repeats
  }
}

/// A piece of work that a search handed out: a trial from one step to another.
package struct JobRecord: Sendable, Equatable {
  package var study: String
  package var number: Int
  package var trial: Int
  package var steps: Range<Int>

  package init(study: String, number: Int, trial: Int, steps: Range<Int>) {
    self.study = study
    self.number = number
    self.trial = trial
    self.steps = steps
  }
}

extension JobRecord: StoredRecord {
  static let table = "jobs"
  static let columns = ["study", "number", "trial", "start", "end"]
  var values: [(any DatabaseValueConvertible)?] {
    [study, number, trial, steps.lowerBound, steps.upperBound]
  }
  init(_ row: Fields) throws {
    let (start, end): (Int, Int) = (try row[3], try row[4])
    guard start <= end else { throw Fields.Mismatch() }
    try self.init(study: row[0], number: row[1], trial: row[2], steps: start..<end)
  }
}

/// What a job came to with one seed.
package struct ScoreRecord: Sendable, Equatable {
  package var study: String
  package var job: Int
  /// From 0, among the seeds of a trial.
  package var seed: Int
  /// Nan stays nan.
  package var value: Double
  package var hasFailed: Bool
  package var seconds: Double

  package init(
    study: String, job: Int, seed: Int, value: Double, hasFailed: Bool, seconds: Double
  ) {
    self.study = study
    self.job = job
    self.seed = seed
    self.value = value
    self.hasFailed = hasFailed
    self.seconds = seconds
  }
}

extension ScoreRecord: StoredRecord {
  static let table = "scores"
  static let columns = ["study", "job", "seed", "value", "failed", "seconds"]
  var values: [(any DatabaseValueConvertible)?] { [study, job, seed, value, hasFailed, seconds] }
  init(_ row: Fields) throws {
    // SQLite keeps a nan as null.
    let value: Double? = try row[3]
    try self.init(
      study: row[0], job: row[1], seed: row[2], value: value ?? .nan, hasFailed: row[4],
      seconds: row[5])
  }
}

extension ProjectStore {
  /// Records a study that begins. One of that name must not be there; see `study(_:)`.
  package func begin(_ study: StudyRecord) throws(StoreError) {
    try write { try study.insert($0) }
  }

  /// The study of that name, or nil.
  package func study(_ name: String) throws(StoreError) -> StudyRecord? {
    try read(absent: nil) { try StudyRecord.fetch($0, "WHERE name = ?", [name]).first }
  }

  /// Records that a study has come to its end.
  package func finish(study name: String, at time: Double) throws(StoreError) {
    try write { database in
      try database.execute(
        sql: "UPDATE studies SET finished = ? WHERE name = ?", arguments: [time, name])
    }
  }

  /// All studies, oldest first.
  package func studies() throws(StoreError) -> [StudyRecord] {
    try read(absent: []) { try StudyRecord.fetch($0, "ORDER BY started, name") }
  }

  /// Records what happened in a search, all of it or nothing: jobs handed out, what they came to,
  /// and how trials now stand.
  package func record(
    jobs: [JobRecord] = [], scores: [ScoreRecord] = [], trials: [TrialRecord] = []
  ) throws(StoreError) {
    if jobs.isEmpty && scores.isEmpty && trials.isEmpty { return }
    try write { database in
      for trial in trials { try StoredTrial(trial: trial).insert(database, replacing: true) }
      for job in jobs { try job.insert(database, replacing: true) }
      for score in scores { try score.insert(database, replacing: true) }
    }
  }

  /// The trials of a study by number.
  package func trials(of study: String) throws(StoreError) -> [TrialRecord] {
    try read(absent: []) { database in
      try StoredTrial.fetch(database, "WHERE study = ? ORDER BY number", [study]).map(\.trial)
    }
  }

  /// The jobs of a study by number.
  package func jobs(of study: String) throws(StoreError) -> [JobRecord] {
    try read(absent: []) { try JobRecord.fetch($0, "WHERE study = ? ORDER BY number", [study]) }
  }

  /// What the jobs of a study came to, by job and seed.
  package func scores(of study: String) throws(StoreError) -> [ScoreRecord] {
    try read(absent: []) {
      try ScoreRecord.fetch($0, "WHERE study = ? ORDER BY job, seed", [study])
    }
  }
}

/// A trial as a row; apart from it, for a trial's own `values` are its scores.
private struct StoredTrial: StoredRecord {
  var trial: TrialRecord

  static let table = "trials"
  static let columns = [
    "study", "number", "params", "seeds", "values", "value", "state", "seconds", "checkpoint",
    "repeats",
  ]
  var values: [(any DatabaseValueConvertible)?] {
    [
      trial.study, trial.number, trial.params, trial.seeds, trial.values, trial.value, trial.state,
      trial.seconds, trial.checkpoint, trial.repeats,
    ]
  }
  init(trial: TrialRecord) { self.trial = trial }
  init(_ row: Fields) throws {
    trial = try TrialRecord(
      study: row[0], number: row[1], params: row[2], seeds: row[3], values: row[4], value: row[5],
      state: row[6], seconds: row[7], checkpoint: row[8], repeats: row[9])
  }
}

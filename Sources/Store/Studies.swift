import GRDB

/// A search: what was searched, how, and when it began.
package struct StudyRecord: Sendable, Equatable {
  package var name: String
  /// Sampler, seed, space, direction and what else is needed to go on with it, as a JSON map.
  package var settings: String
  /// Seconds since 1970.
  package var started: Double

  package init(name: String, settings: String, started: Double) {
    self.name = name
    self.settings = settings
    self.started = started
  }
}

extension StudyRecord: StoredRecord {
  static let table = "studies"
  static let columns = ["name", "settings", "started"]
  var values: [(any DatabaseValueConvertible)?] { [name, settings, started] }
  init(_ row: Fields) throws { try self.init(name: row[0], settings: row[1], started: row[2]) }
}

/// One point that a search tried.
package struct TrialRecord: Sendable, Equatable {
  package var study: String
  package var number: Int
  /// As a JSON map.
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

  package init(
    study: String, number: Int, params: String, seeds: String = "[]", values: String = "[]",
    value: Double? = nil, state: String, seconds: Double = 0, checkpoint: String? = nil
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

  /// All studies, oldest first.
  package func studies() throws(StoreError) -> [StudyRecord] {
    try read(absent: []) { try StudyRecord.fetch($0, "ORDER BY started, name") }
  }

  /// Records a trial, or how it now stands.
  package func record(_ trial: TrialRecord) throws(StoreError) {
    try write { try StoredTrial(trial: trial).insert($0, replacing: true) }
  }

  /// The trials of a study by number.
  package func trials(of study: String) throws(StoreError) -> [TrialRecord] {
    try read(absent: []) { database in
      try StoredTrial.fetch(database, "WHERE study = ? ORDER BY number", [study]).map(\.trial)
    }
  }
}

/// A trial as a row; apart from it, for a trial's own `values` are its scores.
private struct StoredTrial: StoredRecord {
  var trial: TrialRecord

  static let table = "trials"
  static let columns = [
    "study", "number", "params", "seeds", "values", "value", "state", "seconds", "checkpoint",
  ]
  var values: [(any DatabaseValueConvertible)?] {
    [
      trial.study, trial.number, trial.params, trial.seeds, trial.values, trial.value, trial.state,
      trial.seconds, trial.checkpoint,
    ]
  }
  init(trial: TrialRecord) { self.trial = trial }
  init(_ row: Fields) throws {
    trial = try TrialRecord(
      study: row[0], number: row[1], params: row[2], seeds: row[3], values: row[4], value: row[5],
      state: row[6], seconds: row[7], checkpoint: row[8])
  }
}

import GRDB

/// A recorded training: what was trained, how, and what came of it.
package struct RunRecord: Sendable, Equatable {
  /// Given by the store.
  package var id: Int
  package var agent: String
  package var algorithm: String
  package var environment: String
  /// All settings as a JSON map.
  package var settings: String
  package var seed: Int
  /// The cell that started it.
  package var source: String
  /// Seconds since 1970.
  package var started: Double
  package var seconds: Double
  package var steps: Int
  package var state: State
  /// The mean return at its end, where an episode ended.
  package var meanReturn: Double?
  /// Further figures as a JSON map.
  package var summary: String
  package var checkpoint: String?
  /// The level of the processor's vector units that was used: results are the same for all.
  package var kernels: String
  /// Of the program.
  package var version: String

  /// A run found as `running` whose process is gone was killed.
  package enum State: String, Sendable {
    case running, finished, interrupted, failed
  }

  package init(
    id: Int = 0, agent: String, algorithm: String, environment: String, settings: String = "{}",
    seed: Int, source: String = "", started: Double, seconds: Double = 0, steps: Int = 0,
    state: State = .running, meanReturn: Double? = nil, summary: String = "{}",
    checkpoint: String? = nil, kernels: String = "", version: String = ""
  ) {
    self.id = id
    self.agent = agent
    self.algorithm = algorithm
    self.environment = environment
    self.settings = settings
    self.seed = seed
    self.source = source
    self.started = started
    self.seconds = seconds
    self.steps = steps
    self.state = state
    self.meanReturn = meanReturn
    self.summary = summary
    self.checkpoint = checkpoint
    self.kernels = kernels
    self.version = version
  }
}

extension RunRecord: StoredRecord {
  static let table = "runs"
  static let columns = [
    "id", "agent", "algorithm", "environment", "settings", "seed", "source", "started", "seconds",
    "steps", "state", "mean_return", "summary", "checkpoint", "kernels", "version",
  ]
  var values: [(any DatabaseValueConvertible)?] {
    [
      id == 0 ? nil : id, agent, algorithm, environment, settings, seed, source, started, seconds,
      steps, state.rawValue, meanReturn, summary, checkpoint, kernels, version,
    ]
  }
  init(_ row: Fields) throws {
    try self.init(
      id: row[0], agent: row[1], algorithm: row[2], environment: row[3], settings: row[4],
      seed: row[5], source: row[6], started: row[7], seconds: row[8], steps: row[9],
      state: State(rawValue: row[10]) ?? .failed, meanReturn: row[11], summary: row[12],
      checkpoint: row[13], kernels: row[14], version: row[15])
  }
}

/// One point of a series of a run, such as `rollout/ep_rew_mean`.
package struct MetricPoint: Sendable, Equatable {
  package var name: String
  package var step: Int
  /// Nan stays nan.
  package var value: Double

  package init(name: String, step: Int, value: Double) {
    self.name = name
    self.step = step
    self.value = value
  }
}

extension ProjectStore {
  /// Records a run that begins and gives its number.
  package func begin(_ run: RunRecord) throws(StoreError) -> Int {
    precondition(run.id == 0, "run \(run.id) has begun already")
    return try write { database in
      try run.insert(database)
      return Int(database.lastInsertedRowID)
    }
  }

  /// Puts down how a run stands, with the metrics since the last time.
  package func update(_ run: RunRecord, adding points: [MetricPoint] = []) throws(StoreError) {
    try write { database in
      let changes = RunRecord.columns.dropFirst().map { "\($0) = ?" }.joined(separator: ", ")
      try database.execute(
        sql: "UPDATE runs SET \(changes) WHERE id = ?",
        arguments: StatementArguments(run.values.dropFirst() + [run.id]))
      if database.changesCount == 0 { throw StoreError.missing(kind: "run", name: "\(run.id)") }
      let insertion = try database.cachedStatement(
        sql: "INSERT OR REPLACE INTO metrics (run, name, step, value) VALUES (?, ?, ?, ?)")
      for point in points {
        try insertion.execute(arguments: [run.id, point.name, point.step, point.value])
      }
    }
  }

  /// Removes runs with their metrics; numbers that no run has are left out.
  package func remove(runs: [Int]) throws(StoreError) {
    try write { database in
      let removal = try database.cachedStatement(sql: "DELETE FROM runs WHERE id = ?")
      for run in runs { try removal.execute(arguments: [run]) }
    }
  }

  /// The runs, oldest first; of the newest `limit` where it is given.
  package func runs(
    agent: String? = nil, environment: String? = nil, limit: Int? = nil
  ) throws(StoreError) -> [RunRecord] {
    try read(absent: []) { database in
      var conditions: [String] = []
      var arguments: StatementArguments = []
      if let agent {
        conditions.append("agent = ?")
        arguments += [agent]
      }
      if let environment {
        conditions.append("environment = ?")
        arguments += [environment]
      }
      arguments += [limit ?? -1]
      let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
      return try RunRecord.fetch(database, filter + " ORDER BY id DESC LIMIT ?", arguments)
        .reversed()
    }
  }

  /// The run of that number.
  package func run(_ id: Int) throws(StoreError) -> RunRecord {
    let found = try read(absent: []) { try RunRecord.fetch($0, "WHERE id = ?", [id]) }
    guard let run = found.first else { throw .missing(kind: "run", name: "\(id)") }
    return run
  }

  /// The metrics of a run by name and step; only those of one name where it is given.
  package func metrics(
    of run: Int, named name: String? = nil
  ) throws(StoreError) -> [MetricPoint] {
    try read(absent: []) { database in
      var points: [MetricPoint] = []
      try Fields.each(
        database,
        """
        SELECT name, step, value FROM metrics
        WHERE run = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY name, step
        """, [run, name]
      ) { row in
        // SQLite keeps a nan as null.
        let value: Double? = try row[2]
        points.append(try MetricPoint(name: row[0], step: row[1], value: value ?? .nan))
      }
      return points
    }
  }
}

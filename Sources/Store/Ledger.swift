import Foundation
import GRDB
import Interchange
import RLCore

/// One thing that a person or a teacher gave, as it stands in the ledger.
package struct FeedbackRecord: Sendable, Equatable {
  /// Given by the ledger, rising.
  package var id: Int
  /// `rating`, `comparison`, `correction`, `demonstration` or `question`.
  package var kind: String
  /// As JSON: `1`, `"left"`, …
  package var value: String
  /// `human`, or the teacher's name.
  package var source: String
  package var person: String
  /// Seconds since 1970.
  package var time: Double
  package var note: String?
  package var agent: String
  /// The agent's digest when it was given, and its steps.
  package var agentHash: String
  package var agentSteps: Int
  /// The agent's own number of it; nil where no agent got it.
  package var agentFeedback: Int?
  /// How long the person took to answer; nil where none was asked.
  package var seconds: Double?
  /// What only some kinds have, as JSON: a question's options, times of frames and keys.
  package var details: String?
  /// What was shown: one piece, or two for a comparison, the left one first.
  package var shown: [Fragment]
  /// Set by the ledger once it has been taken back.
  package var retraction: Retraction?

  /// A piece of an episode.
  package struct Fragment: Sendable, Equatable {
    /// The digest of the episode's archive.
    package var episode: String
    /// What it is called in the session.
    package var label: String
    package var steps: Range<Int>

    package init(episode: String, label: String, steps: Range<Int>) {
      self.episode = episode
      self.label = label
      self.steps = steps
    }
  }

  /// That it was taken back, by whom and when.
  package struct Retraction: Sendable, Equatable {
    package var person: String
    package var time: Double
    package var note: String?

    package init(person: String, time: Double, note: String? = nil) {
      self.person = person
      self.time = time
      self.note = note
    }
  }

  package init(
    kind: String, value: String, source: String, person: String, time: Double,
    note: String? = nil, agent: String, agentHash: String, agentSteps: Int,
    agentFeedback: Int? = nil, seconds: Double? = nil, details: String? = nil,
    shown: [Fragment] = []
  ) {
    id = 0
    self.kind = kind
    self.value = value
    self.source = source
    self.person = person
    self.time = time
    self.note = note
    self.agent = agent
    self.agentHash = agentHash
    self.agentSteps = agentSteps
    self.agentFeedback = agentFeedback
    self.seconds = seconds
    self.details = details
    self.shown = shown
  }
}

extension FeedbackRecord: StoredRecord {
  static let table = "feedback"
  static let columns = [
    "id", "kind", "value", "source", "person", "time", "note", "agent", "agent_hash", "agent_steps",
    "agent_feedback", "seconds", "details",
  ]
  var values: [(any DatabaseValueConvertible)?] {
    [
      nil, kind, value, source, person, time, note, agent, agentHash, agentSteps, agentFeedback,
      seconds, details,
    ]
  }
  init(_ row: Fields) throws {
    try self.init(
      kind: row[1], value: row[2], source: row[3], person: row[4], time: row[5], note: row[6],
      agent: row[7], agentHash: row[8], agentSteps: row[9], agentFeedback: row[10],
      seconds: row[11], details: row[12])
    id = try row[0]
  }
}

/// The ledger is append-only: the database itself refuses to change or delete what stands in it,
/// whoever asks, and taking back is a line of its own. So nothing that a person gave is lost.
extension ProjectStore {
  /// Adds what was given, with the episodes that its fragments show, and gives its number. On
  /// return it is on the disk. An episode that is already there is not kept twice.
  package func append(
    _ record: FeedbackRecord, episodes: [StateArchive] = []
  ) throws(StoreError) -> Int {
    precondition(record.id == 0, "feedback \(record.id) is in the ledger already")
    return try write { database in
      for episode in episodes { try Self.keep(episode, in: database) }
      try record.insert(database)
      let id = Int(database.lastInsertedRowID)
      for (place, fragment) in record.shown.enumerated() {
        guard try Self.hasEpisode(fragment.episode, in: database) else {
          throw StoreError.missing(kind: "episode", name: fragment.episode)
        }
        try database.execute(
          sql: "INSERT INTO fragments VALUES (?, ?, ?, ?, ?, ?)",
          arguments: [
            id, place, fragment.episode, fragment.label, fragment.steps.lowerBound,
            fragment.steps.upperBound,
          ])
      }
      return id
    }
  }

  /// Takes feedback back, by a line of its own.
  package func retract(
    _ id: Int, _ retraction: FeedbackRecord.Retraction
  ) throws(StoreError) {
    try write { database in
      func holds(_ sql: String) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT EXISTS (\(sql))", arguments: [id]) ?? false
      }
      guard try holds("SELECT 1 FROM feedback WHERE id = ?") else {
        throw StoreError.missing(kind: "feedback", name: "\(id)")
      }
      if try holds("SELECT 1 FROM retractions WHERE feedback = ?") {
        throw StoreError.alreadyRetracted(id)
      }
      try database.execute(
        sql: "INSERT INTO retractions VALUES (?, ?, ?, ?)",
        arguments: [id, retraction.person, retraction.time, retraction.note])
    }
  }

  /// All that was given, oldest first, what was taken back included; only what one agent got, and
  /// only what came after number `id`, where that is said.
  package func feedback(
    agent: String? = nil, after id: Int = 0
  ) throws(StoreError) -> [FeedbackRecord] {
    try read(absent: []) { database in
      var records = try FeedbackRecord.fetch(
        database, "WHERE id > ?1 AND (?2 IS NULL OR agent = ?2) ORDER BY id", [id, agent])
      let places = Dictionary(
        records.indices.map { (records[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
      try Fields.each(
        database,
        """
        SELECT feedback, episode, label, start, "end" FROM fragments
        WHERE feedback > ? ORDER BY feedback, place
        """, [id]
      ) { row in
        guard let place = places[try row[0]] else { return }
        let (start, end): (Int, Int) = try (row[3], row[4])
        guard start <= end else { throw Fields.Mismatch() }
        records[place].shown.append(
          try .init(episode: row[1], label: row[2], steps: start..<end))
      }
      try Fields.each(
        database, "SELECT feedback, person, time, note FROM retractions WHERE feedback > ?", [id]
      ) { row in
        guard let place = places[try row[0]] else { return }
        records[place].retraction = try .init(person: row[1], time: row[2], note: row[3])
      }
      return records
    }
  }

  /// The episode with that digest, exactly as it was when it was shown.
  package func episode(_ digest: String) throws(StoreError) -> StateArchive {
    var data: Data?
    try read(absent: ()) { database in
      try Fields.each(
        database, "SELECT data FROM episodes WHERE digest = ?", [digest]
      ) { data = try $0[0] }
    }
    guard let data else { throw .missing(kind: "episode", name: digest) }
    guard let archive = try? Safetensors.decode(Array(data), name: "episode \(digest)"),
      Interchange.digest(of: archive) == digest
    else { throw .notAStore(path: path) }
    return archive
  }

  private static func keep(_ episode: StateArchive, in database: Database) throws {
    let name = digest(of: episode)
    if try hasEpisode(name, in: database) { return }
    try database.execute(
      sql: "INSERT INTO episodes VALUES (?, ?)",
      arguments: [name, Data(Safetensors.encode(episode))])
  }

  private static func hasEpisode(_ digest: String, in database: Database) throws -> Bool {
    try Bool.fetchOne(
      database, sql: "SELECT EXISTS (SELECT 1 FROM episodes WHERE digest = ?)",
      arguments: [digest]) ?? false
  }
}

import Interchange
import Language
import RLCore
import Store

/// The ledger as JSON lines: readable, complete, and read back to the same digests.
enum LedgerFile {
  /// Writes records, each episode before the first that shows it. The file is replaced as a whole.
  static func write(
    _ records: [Store.FeedbackRecord], of store: ProjectStore, to path: String
  ) throws {
    var text = ""
    var written: Set<String> = []
    for record in records {
      for shown in record.shown where written.insert(shown.episode).inserted {
        text += episode(shown.episode, try store.episode(shown.episode)).json + "\n"
      }
      text += line(record).json + "\n"
    }
    try AtomicFile.replace(path, with: [Array(text.utf8)])
  }

  /// Adds what a file holds and the store has not: feedback of the same time, person, kind and value
  /// is the same.
  ///
  /// - Returns: how many were added.
  static func read(_ path: String, into store: ProjectStore) throws -> Int {
    var episodes: [String: StateArchive] = [:]
    var known = Set(try store.feedback().map(Identity.init))
    var count = 0
    let lines = try TextFile.read(path).split(separator: "\n")
    for (number, text) in lines.enumerated() {
      guard let map = try? parseJSON(String(text)).entries else { throw damaged(path, number) }
      if let name = map["episode"]?.text {
        guard let archive = archive(map), digest(of: archive) == name else {
          throw damaged(path, number)
        }
        episodes[name] = archive
        continue
      }
      guard var record = record(map) else { throw damaged(path, number) }
      guard known.insert(Identity(record)).inserted else { continue }
      let retraction = record.retraction
      (record.id, record.retraction) = (0, nil)
      let id = try store.append(record, episodes: record.shown.compactMap { episodes[$0.episode] })
      if let retraction { try store.retract(id, retraction) }
      count += 1
    }
    return count
  }

  private struct Identity: Hashable {
    let time: Double
    let words: [String]
    init(_ record: Store.FeedbackRecord) {
      time = record.time
      words = [record.kind, record.value, record.person, record.agentHash]
    }
  }

  private static func damaged(_ path: String, _ index: Int) -> RunError {
    RunError(.file, "line \(index + 1) of `\(path)` is no feedback that `ledger export=` wrote")
  }

  // MARK: Feedback

  private static func line(_ record: Store.FeedbackRecord) -> Value {
    func text(_ text: String?) -> Value { text.map(Value.string) ?? .null }
    return .map([
      "id": .integer(record.id), "kind": .string(record.kind),
      "value": (try? parseJSON(record.value)) ?? .null, "from": .string(record.source),
      "person": .string(record.person), "time": .real(record.time), "note": text(record.note),
      "seconds": record.seconds.map(Value.real) ?? .null, "agent": .string(record.agent),
      "agent_hash": .string(record.agentHash), "agent_steps": .integer(record.agentSteps),
      "details": record.details.flatMap { try? parseJSON($0) } ?? .null,
      "shown": .list(
        record.shown.map { shown in
          .map([
            "digest": .string(shown.episode), "label": .string(shown.label),
            "start": .integer(shown.steps.lowerBound), "end": .integer(shown.steps.upperBound),
          ])
        }),
      "retracted": record.retraction.map {
        .map(["person": .string($0.person), "time": .real($0.time), "note": text($0.note)])
      } ?? .null,
    ])
  }

  private static func record(_ map: OrderedMap) -> Store.FeedbackRecord? {
    guard let kind = map["kind"]?.text, let value = map["value"], let source = map["from"]?.text,
      let person = map["person"]?.text, let time = map["time"]?.real,
      let agent = map["agent"]?.text, let hash = map["agent_hash"]?.text,
      let steps = map["agent_steps"]?.integer, let shown = map["shown"]?.elements
    else { return nil }
    let fragments = shown.compactMap { value -> Store.FeedbackRecord.Fragment? in
      guard let part = value.entries, let digest = part["digest"]?.text,
        let label = part["label"]?.text, let start = part["start"]?.integer,
        let end = part["end"]?.integer, start <= end
      else { return nil }
      return .init(episode: digest, label: label, steps: start..<end)
    }
    guard fragments.count == shown.count else { return nil }
    var record = Store.FeedbackRecord(
      kind: kind, value: value.json, source: source, person: person, time: time,
      note: map["note"]?.text, agent: agent, agentHash: hash, agentSteps: steps,
      seconds: map["seconds"]?.real,
      details: map["details"].flatMap { $0.isNull ? nil : $0.json }, shown: fragments)
    if let retraction = map["retracted"]?.entries, let person = retraction["person"]?.text,
      let time = retraction["time"]?.real
    {
      record.retraction = .init(person: person, time: time, note: retraction["note"]?.text)
    }
    return record
  }

  // MARK: Episodes

  /// The archive's blocks of numbers as lists, by their names after the slash.
  private static func episode(_ name: String, _ archive: StateArchive) -> Value {
    var map = OrderedMap()
    map["episode"] = .string(name)
    for tensor in archive.tensors {
      map[shortName(tensor.name)] = .map([
        "type": .string(tensor.elementType.rawValue), "values": numbers(tensor),
      ])
    }
    for (key, value) in archive.metadata.sorted(by: { $0.key < $1.key }) {
      map[key] = .string(value)
    }
    return .map(map)
  }

  private static func shortName(_ name: String) -> String {
    String(name.split(separator: "/").last ?? "")
  }

  private static func numbers(_ tensor: StateArchive.Tensor) -> Value {
    tensor.bytes.withUnsafeBytes { bytes in
      func list<Number>(_ type: Number.Type, _ value: (Number) -> Value) -> Value {
        .list(
          stride(from: 0, to: bytes.count, by: MemoryLayout<Number>.size).map {
            value(bytes.loadUnaligned(fromByteOffset: $0, as: type))
          })
      }
      // An episode's archive holds no other numbers.
      return switch tensor.elementType {
      case .float32: list(Float.self) { .real(Double($0)) }
      case .float64: list(Double.self) { .real($0) }
      case .int64: list(Int64.self) { .integer(Int($0)) }
      default: .null
      }
    }
  }

  private static func archive(_ map: OrderedMap) -> StateArchive? {
    var archive = StateArchive()
    let family = map["format"]?.text == TextResponse.format ? "text" : "episode"
    for name in map.keys where name != "episode" {
      if let text = map[name]?.text {
        archive.metadata[name] = text
        continue
      }
      guard let part = map[name]?.entries,
        let type = part["type"]?.text.flatMap(StateArchive.ElementType.init),
        let values = part["values"]?.elements
      else { return nil }
      var bytes: [UInt8] = []
      func append<Number>(_ number: Number) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
      }
      for value in values {
        switch type {
        case .float32: append(Float(value.real ?? .nan))
        case .float64: append(value.real ?? .nan)
        case .int64: append(Int64(value.integer ?? 0))
        default: return nil
        }
      }
      archive.tensors.append(
        .init(name: "\(family)/\(name)", elementType: type, shape: [values.count], bytes: bytes))
    }
    return archive
  }
}

import Language
import RLCore
import Store

/// One piece of feedback, as the ledger holds it.
final class FeedbackHandle: Handle {
  let stored: Store.FeedbackRecord
  let value: Value
  let subject: RatingSubject
  /// What the agent calls it; nil where no agent got it.
  let rating: Int?

  init(_ stored: Store.FeedbackRecord, value: Value, subject: RatingSubject, rating: Int?) {
    self.stored = stored
    self.value = value
    self.subject = subject
    self.rating = rating
    super.init()
  }

  override var kind: String { "feedback" }

  override var memberNames: [String] {
    ["id", "kind", "value", "person", "time", "note", "from", "episode", "agent"]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "episode": .object(subject.episode)
    case "agent": subject.agent.map { .object($0) } ?? .null
    case "value": value
    default: Self.fields(of: stored).first { $0.0 == name }?.1
    }
  }

  override var text: String {
    "feedback \(stored.id): \(stored.kind) \(value.printed) on \(subject.text)"
  }

  var event: Event {
    Event(
      "feedback",
      [
        ("id", .integer(stored.id)), ("kind", .string(stored.kind)), ("value", value),
        ("from", .string(stored.source)),
      ],
      text: text + (stored.source == "human" ? "" : ", from \(stored.source)"))
  }

  /// A record of the ledger as a map, for tables.
  static func map(of record: Store.FeedbackRecord) -> Value {
    var map = OrderedMap()
    for (key, value) in fields(of: record) { map[key] = value }
    map["time"] = .string(utcText(secondsSince1970: record.time))
    map["agent"] = .string(record.agent)
    map["episode"] = .string(record.shown.first?.label ?? "")
    map["retracted"] = .boolean(record.retraction != nil)
    return .map(map)
  }

  private static func fields(of record: Store.FeedbackRecord) -> [(String, Value)] {
    [
      ("id", .integer(record.id)), ("kind", .string(record.kind)),
      ("value", (try? parseJSON(record.value)) ?? .null), ("person", .string(record.person)),
      ("time", .real(record.time)), ("note", .string(record.note ?? "")),
      ("from", .string(record.source)),
    ]
  }
}

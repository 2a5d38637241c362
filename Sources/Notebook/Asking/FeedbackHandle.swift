import Language
import RLCore
import Store

/// One piece of feedback, as the ledger holds it.
final class FeedbackHandle: Handle {
  let stored: Store.FeedbackRecord
  let value: Value
  let question: any Question

  init(_ stored: Store.FeedbackRecord, value: Value, question: any Question) {
    self.stored = stored
    self.value = value
    self.question = question
    super.init()
  }

  override var kind: String { "feedback" }

  override var memberNames: [String] {
    [
      "id", "kind", "value", "person", "time", "note", "from", "seconds", "episode", "episodes",
      "agent",
    ]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "episode": question.shown.first ?? .null
    case "episodes": .list(question.shown)
    case "agent": question.learner.map { .object($0) } ?? .null
    case "value": value
    default: Self.fields(of: stored).first { $0.0 == name }?.1
    }
  }

  override var text: String {
    (stored.id == 0 ? "tried" : "feedback \(stored.id)")
      + ": \(stored.kind)\(answer) on \(question.text)"
  }

  /// The answer after the kind: a rating in a few digits; of a demonstration the episode says it all.
  private var answer: String {
    switch question.kind {
    case .demonstration: ""
    case .rating: " " + (value.real.map { significant($0) } ?? value.printed)
    case .correction: " " + value.shown
    case .comparison, .question: " " + value.printed
    }
  }

  /// What is only tried out is no feedback yet, and has no number.
  var event: Event {
    Event(
      stored.id == 0 ? "tried" : "feedback",
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
    map["episode"] = .string(record.shown.map(\.label).joined(separator: " | "))
    map["retracted"] = .boolean(record.retraction != nil)
    return .map(map)
  }

  private static func fields(of record: Store.FeedbackRecord) -> [(String, Value)] {
    [
      ("id", .integer(record.id)), ("kind", .string(record.kind)),
      ("value", (try? parseJSON(record.value)) ?? .null), ("person", .string(record.person)),
      ("time", .real(record.time)), ("note", .string(record.note ?? "")),
      ("from", .string(record.source)),
      ("seconds", record.seconds.map(Value.real) ?? .null),
    ]
  }
}

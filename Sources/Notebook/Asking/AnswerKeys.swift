import Language
import RLCore

/// Which single keys answer an inquiry, and what a typed line says.
struct AnswerKeys {
  private let form: Form

  enum Form {
    case rating
    case comparison
    case action(ActionKeys, of: Inquiry)
    case option([String], of: Inquiry)
    /// Only words answer it, or nothing does.
    case none
  }

  init(_ form: Form) { self.form = form }

  init(_ inquiry: Inquiry) {
    form =
      switch inquiry {
      case .rating: .rating
      case .comparison: .comparison
      case .correction(let subject):
        .action(ActionKeys(subject.episode.environment.instance), of: inquiry)
      case .question(_, let options, _): .option(options, of: inquiry)
      case .demonstration: .none
      }
  }

  /// What can be pressed, for the line of the question.
  var hint: String {
    switch form {
    case .rating: "rate it: + good, - bad, 0..9"
    case .comparison: "which is better? left or right arrow (1 2), = equal"
    case .action(let actions, _): "what should have been done? \(actions.hint)"
    case .option(let options, _):
      options.prefix(9).enumerated().map { "\($0.offset + 1) \($0.element)" }
        .joined(separator: ", ")
    case .none: ""
    }
  }

  /// The same in a word or two, while it plays.
  var shortHint: String {
    switch form {
    case .rating: "+ - 0..9 rate"
    case .comparison: "left right = choose"
    default: ""
    }
  }

  /// The answer that a key gives; nil for another key.
  subscript(key: Key) -> Value? {
    switch (form, key) {
    case (.rating, .character("+")): .integer(1)
    case (.rating, .character("-")): .integer(-1)
    case (.rating, .character(let scalar)): Self.digit(scalar).map { .real(Double($0) / 4.5 - 1) }
    case (.comparison, .left), (.comparison, .character("1")): .string("left")
    case (.comparison, .right), (.comparison, .character("2")): .string("right")
    case (.comparison, .character("=")): .string("equal")
    case (.action(let actions, _), _): actions[key].map(CoreValues.action)
    case (.option(let options, _), .character(let scalar)):
      Self.digit(scalar).flatMap {
        options.indices.contains($0 - 1) ? .string(options[$0 - 1]) : nil
      }
    default: nil
    }
  }

  /// What is noted with a key that says more than the value: `7 of 9`.
  func note(for key: Key) -> String {
    if case .rating = form, case .character(let scalar) = key, Self.digit(scalar) != nil {
      "\(scalar) of 9"
    } else {
      ""
    }
  }

  /// The answer that a typed line is, such as an option or an action's name; nil for a note.
  func answer(line: String) -> Value? {
    switch form {
    case .action(_, let inquiry), .option(_, let inquiry):
      try? inquiry.answer(from: Value(number: line) ?? .string(line), argument: "")
    case .rating, .comparison, .none: nil
    }
  }

  private static func digit(_ scalar: Unicode.Scalar) -> Int? {
    ("0"..."9").contains(scalar) ? Int(scalar.value - Unicode.Scalar("0").value) : nil
  }
}

import Language
import RLCore

/// Which single keys answer an inquiry, and what a typed line says.
struct AnswerKeys {
  private let inquiry: Inquiry
  private let actions: ActionKeys?

  init(_ inquiry: Inquiry) {
    self.inquiry = inquiry
    actions =
      if case .correction(let subject) = inquiry {
        ActionKeys(subject.episode.environment.instance)
      } else {
        nil
      }
  }

  /// What can be pressed, for the line of the question.
  var hint: String {
    switch inquiry {
    case .rating: "rate it: + good, - bad, 0..9"
    case .comparison: "which is better? left or right arrow (1 2), = equal"
    case .correction: "what should have been done? \(actions?.hint ?? "")"
    case .question(_, let options, _):
      options.prefix(9).enumerated().map { "\($0.offset + 1) \($0.element)" }
        .joined(separator: ", ")
    case .demonstration: ""
    }
  }

  /// The same in a word or two, while it plays.
  var shortHint: String {
    switch inquiry {
    case .rating: "+ - 0..9 rate"
    case .comparison: "left right = choose"
    default: ""
    }
  }

  /// The answer that a key gives; nil for another key.
  subscript(key: Key) -> Value? {
    switch (inquiry, key) {
    case (.rating, .character("+")): .integer(1)
    case (.rating, .character("-")): .integer(-1)
    case (.rating, .character(let scalar)): Self.digit(scalar).map { .real(Double($0) / 4.5 - 1) }
    case (.comparison, .left), (.comparison, .character("1")): .string("left")
    case (.comparison, .right), (.comparison, .character("2")): .string("right")
    case (.comparison, .character("=")): .string("equal")
    case (.correction, _): actions?[key].map(CoreValues.action)
    case (.question(_, let options, _), .character(let scalar)):
      Self.digit(scalar).flatMap {
        options.indices.contains($0 - 1) ? .string(options[$0 - 1]) : nil
      }
    default: nil
    }
  }

  /// What is noted with a key that says more than the value: `7 of 9`.
  func note(for key: Key) -> String {
    if case .rating = inquiry, case .character(let scalar) = key, Self.digit(scalar) != nil {
      "\(scalar) of 9"
    } else {
      ""
    }
  }

  /// The answer that a typed line is, such as an option or an action's name; nil for a note.
  func answer(line: String) -> Value? {
    switch inquiry {
    case .correction, .question:
      try? inquiry.answer(from: Value(number: line) ?? .string(line), argument: "")
    case .rating, .comparison, .demonstration: nil
    }
  }

  private static func digit(_ scalar: Unicode.Scalar) -> Int? {
    ("0"..."9").contains(scalar) ? Int(scalar.value - Unicode.Scalar("0").value) : nil
  }
}

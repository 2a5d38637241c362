import Language
import RLCore

/// What is asked about episodes.
enum Inquiry: Question {
  /// How good an episode or a step was.
  case rating(FeedbackSubject)
  /// Which of two episodes or pieces is better; `repeats` is the agent's number of the comparison
  /// that this one asks again with sides swapped.
  case comparison(FeedbackSubject, FeedbackSubject, repeats: Int? = nil)
  /// What should have been done in a step.
  case correction(FeedbackSubject)
  /// Which of the options is true; about an episode, they go from the best to the worst.
  case question(String, options: [String], of: FeedbackSubject?)
  /// Nothing: someone acted.
  case demonstration(FeedbackSubject)

  var kind: FeedbackKind {
    switch self {
    case .rating: .rating
    case .comparison: .comparison
    case .correction: .correction
    case .question: .question
    case .demonstration: .demonstration
    }
  }

  /// What it is about, the left one first.
  var subjects: [FeedbackSubject] {
    switch self {
    case .rating(let subject), .correction(let subject), .demonstration(let subject): [subject]
    case .comparison(let left, let right, _): [left, right]
    case .question(_, _, let subject): subject.map { [$0] } ?? []
    }
  }

  /// Who learns from it.
  var agent: AgentHandle? { subjects.last?.agent }
  var learner: (any SessionAgent)? { agent }
  var shown: [Value] { subjects.map { .object($0.episode) } }

  var arguments: [Value] {
    if case .question(let text, _, nil) = self { return [.string(text)] }
    return subjects.map(\.asked)
  }

  var text: String {
    switch self {
    case .rating(let subject), .correction(let subject), .demonstration(let subject): subject.text
    case .comparison(let left, let right, _):
      left.episode === right.episode ? left.text : "\(left.text) | \(right.text)"
    case .question(let question, _, _): question
    }
  }

  func answer(from value: Value, argument: String) throws(RunError) -> Value {
    switch self {
    case .rating:
      guard let number = value.real, number.isFinite else {
        throw RunError(.type, "a rating is a number, not \(value.source)", argument: argument)
      }
      return value
    case .comparison:
      guard let word = value.text, Preference(rawValue: word) != nil else {
        throw RunError(
          .value, "a comparison is answered by left, right, equal or skip, not \(value.source)",
          argument: argument)
      }
      return value
    case .correction(let subject):
      let instance = subject.episode.environment.instance
      do {
        return CoreValues.action(
          try CoreValues.action(
            from: value, in: instance.actionSpace, names: instance.environment.actionNames))
      } catch {
        var error = error
        error.argument = argument
        throw error
      }
    case .question(_, let options, _):
      if let option = value.text, options.contains(option) { return value }
      if let index = value.integer, options.indices.contains(index) {
        return .string(options[index])
      }
      throw RunError(
        .value, "the answer is one of \(options.joined(separator: ", ")), not \(value.source)",
        argument: argument)
    case .demonstration: return value
    }
  }

  /// What the agent gets for an answer, under a number of its own; nil for what teaches nothing.
  func feedback(_ answer: Value, id: Int, stamps: Rating.Stamps? = nil) -> Feedback? {
    switch self {
    case .rating(let subject):
      guard let value = answer.real else { return nil }
      let (episode, _, step) = subject.kept
      return .rating(
        step.map { Rating(id: id, value: value, step: $0, of: episode, stamps: stamps) }
          ?? Rating(id: id, value: value, episode: episode))
    case .comparison(let left, let right, let repeats):
      guard let choice = answer.text.flatMap(Preference.init), choice != .skip else { return nil }
      return .comparison(
        FragmentComparison(
          id: id, left: left.episode.episode, right: right.episode.episode, choice: choice,
          repeats: repeats))
    case .correction(let subject):
      let (episode, _, step) = subject.kept
      let instance = subject.episode.environment.instance
      guard let step,
        let action = try? CoreValues.action(from: answer, in: instance.actionSpace, names: [])
      else { return nil }
      return .correction(Correction(id: id, step: step, of: episode, action: action))
    case .question(let question, let options, let subject):
      guard let option = answer.text, let choice = options.firstIndex(of: option) else {
        return nil
      }
      return .question(
        QuestionAnswer(
          id: id, question: question, options: options, choice: choice,
          about: subject?.episode.episode))
    case .demonstration(let subject):
      return .demonstration(Demonstration(id: id, episode: subject.episode.episode))
    }
  }
}

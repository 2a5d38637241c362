import Language
import RLCore

/// A simulated teacher of the session.
final class TeacherHandle: Handle {
  private var teacher: any Teacher
  let name: String

  init(_ teacher: any Teacher, name: String) {
    self.teacher = teacher
    self.name = name
    super.init()
  }

  override var kind: String { "teacher" }
  override var memberNames: [String] { ["kind"] }
  override func member(_ name: String) throws(RunError) -> Value? {
    name == "kind" ? .string(self.name) : nil
  }
  override var text: String { "\(name) teacher" }

  /// What it says; nil is no answer.
  ///
  /// - Throws: a `type` error for what it cannot know: which action would have been right.
  func answer(to inquiry: Inquiry) throws -> Answer? {
    let value: Value?
    switch inquiry {
    case .rating(let subject):
      value = try rating(of: subject).map(Value.real)
    case .comparison(let left, let right, _):
      let choice = try teacher.compare(left.episode.episode.rewards, right.episode.episode.rewards)
      value = choice == .skip ? nil : .string(choice.rawValue)
    case .question(let question, let options, let subject):
      guard let subject else {
        throw RunError(
          .type, "a \(text) knows nothing of \"\(question)\", which is about no episode",
          argument: "from")
      }
      // Options go from the best to the worst.
      value = try rating(of: subject).map { rating in
        let share = (1 - min(max(rating, -1), 1)) / 2
        return .string(options[Int((share * Double(options.count - 1)).rounded())])
      }
    case .correction, .demonstration:
      throw RunError(
        .type, "a \(text) rates and compares, and knows no better action",
        hint: "let a function or an agent answer", argument: "from")
    }
    return value.map { Answer(value: $0, source: name) }
  }

  /// Of the episode, or the step where that alone is meant.
  private func rating(of subject: FeedbackSubject) throws -> Double? {
    let episode = subject.episode.episode
    guard let step = subject.step else {
      return try teacher.rate(episode, in: subject.episode.environment.instance)
    }
    return try teacher.rate(
      step: EnvironmentInstance.Step(
        observation: episode.observations[step + 1], reward: episode.rewards[step],
        terminated: episode.terminated && step == episode.length - 1,
        truncated: episode.truncated && step == episode.length - 1),
      action: episode.actions[step], reference: nil)
  }
}

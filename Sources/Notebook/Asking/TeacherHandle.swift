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

  /// Rates the episode, or the last step where that alone is meant; nil is no answer.
  func answer(about subject: RatingSubject) throws -> Answer? {
    let episode = subject.episode.episode
    let rating: Double? =
      if let step = subject.step {
        try teacher.rate(
          step: EnvironmentInstance.Step(
            observation: episode.observations[step + 1], reward: episode.rewards[step],
            terminated: episode.terminated && step == episode.length - 1,
            truncated: episode.truncated && step == episode.length - 1),
          action: episode.actions[step], reference: nil)
      } else {
        try teacher.rate(episode, in: subject.episode.environment.instance)
      }
    return rating.map { Answer(value: .real($0), source: name) }
  }
}

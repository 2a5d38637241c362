import Language
import RLCore
import Schema
import Store

/// A script run with a teacher in every person's place, in a store of its own: how many answers it
/// needs, and what they buy.
final class Rehearsal {
  let teacher: TeacherHandle
  /// Answers by kind.
  private(set) var counts: [FeedbackKind: Int] = [:]
  /// Of each agent by name, how it did each time that it had learned, and how many answers there were
  /// by then.
  private(set) var curve: [(agent: String, answers: Int, evaluation: Evaluation)] = []
  private let episodes: Int

  init(_ teacher: TeacherHandle, episodes: Int) {
    self.teacher = teacher
    self.episodes = episodes
  }

  var answers: Int { counts.values.reduce(0, +) }

  func answered(_ kind: FeedbackKind) { counts[kind, default: 0] += 1 }

  /// Evaluates an agent that has just learned, always on the same starts.
  func learned(_ agent: AgentHandle) throws {
    let result = try evaluation(
      of: agent.core, episodes: episodes, seed: agent.core.seed(for: "rehearsal", 0))
    curve.append((agent.name, answers, result))
  }

  /// Runs a script in a session of its own, which writes nothing to the terminal.
  func run(_ source: Source, in project: Project) throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let session = Session(
      output: Output(isJSON: false, destination: .nowhere), project: project, isPrompt: false,
      storeFolder: folder.path)
    session.rehearsal = self
    session.interpreter.define("args", .map(OrderedMap()))
    let wrong = session.interpreter.check(source).first { $0.severity == .error }
    if let wrong {
      throw RunError(.file, "`\(source.name)` is not right: \(wrong.message)", hint: wrong.hint)
    }
    try session.run(source) { _ in }
  }
}

import Language
import RLCore
import Schema

/// `t = teacher noisy beta=1`: someone who answers in a person's place.
enum TeacherCommand: SessionCommand {
  static let declaration = Declaration(
    name: "teacher", summary: "Makes a simulated teacher, who answers in a person's place.",
    parameters: [
      Parameter(
        "kind", .member(Teachers.family), .positional, default: .required, "Which kind of teacher.")
    ],
    examples: [
      Example("t = teacher noisy beta=1 seed=3\nprint t.kind", gives: "noisy\n")
    ],
    group: "feedback", source: "Lee et al. 2021 (B-Pref), arXiv 2111.03026")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let kind = call.text("kind")!
    let seed = session.environment?.instance.seed ?? 0
    let teacher = try Teachers.named(kind).make(try call.settings(), seed: seed)
    return .object(TeacherHandle(teacher, name: kind))
  }
}

import Language
import RLCore
import Schema

/// `methods`: how feedback can be folded in.
enum MethodsCommand: SessionCommand {
  static let declaration = Declaration(
    name: "methods",
    summary: "Lists the feedback methods, with the algorithms and kinds of feedback that fit.",
    examples: [Example("print (methods)[0].name", gives: "tamer\n")], group: "feedback")

  static func run(_ call: CommandCall, in session: Session) -> Value {
    .list(
      FeedbackMethods.all.map { method in
        .map([
          "name": .string(method.declaration.name),
          "algorithms": .list(method.algorithms.map(Value.string)),
          "kinds": .list(method.kinds.map { Value.string($0.rawValue) }),
        ])
      })
  }
}

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
    call.listed(
      FeedbackMethods.all.map { row($0.declaration, $0.algorithms, $0.kinds) }
        + TextMethods.all.map { row($0.declaration, [LanguageModels.declaration.name], $0.kinds) },
      in: session)
  }

  private static func row(
    _ declaration: Declaration, _ algorithms: [String], _ kinds: [FeedbackKind]
  ) -> Value {
    .map([
      "name": .string(declaration.name), "algorithms": .list(algorithms.map(Value.string)),
      "kinds": .list(kinds.map { Value.string($0.rawValue) }),
    ])
  }
}

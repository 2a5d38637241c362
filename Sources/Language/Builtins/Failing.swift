import Schema

extension Builtins {
  static var failing: [Builtin] {
    let group = "failing"
    return [
      Builtin(
        "fail", in: group, "Ends with an error, or raises a caught one again.",
        [.required("message", .either([.string, .map]), "What went wrong, or what `catch` gave.")],
        examples: [
          Example("try { fail(\"too far\") } catch e { print e.kind, e.message }")
        ]
      ) { a, _ throws(RunError) in
        if let message = a[0].text { throw RunError(.fail, message) }
        throw try raisedAgain(a[0].entries!)
      },
      Builtin(
        "assert", in: group, "Ends with an error unless the condition is true.",
        [
          .required("condition", .boolean, "What must hold."),
          .optional("message", .string, "assertion failed", "What the error says."),
        ],
        examples: [Example("assert(1 < 2)")]
      ) { a, _ throws(RunError) in
        guard a[0].boolean! else { throw RunError(.assert, a[1].text!) }
        return .null
      },
    ]
  }

  /// The error that `catch` gave as a map.
  private static func raisedAgain(_ error: OrderedMap) throws(RunError) -> RunError {
    guard let message = error["message"]?.text else {
      throw RunError(.type, "`fail` takes a map that `catch` gave", argument: "message")
    }
    return RunError(error["kind"]?.text.flatMap(ErrorKind.init) ?? .fail, message)
  }
}

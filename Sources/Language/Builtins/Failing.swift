import Schema

extension Builtins {
  static var failing: [Builtin] {
    let group = "failing"
    return [
      Builtin(
        "fail", in: group, "Ends with an error, or raises a caught one again.",
        [.required("message", .either([.string, .map]), "What went wrong, or what `catch` gave.")],
        examples: [
          Example(
            "try { fail(\"too far\") } catch e { print e.kind e.message }", gives: "fail too far\n")
        ]
      ) { a, _ throws(RunError) in
        if let message = a[0].text { throw RunError(.fail, message) }
        throw try raisedAgain(a[0])
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

  /// The error that `catch` gave as this map: itself, while the map still says the same.
  private static func raisedAgain(_ value: Value) throws(RunError) -> RunError {
    let map: MapObject = value.payload(.map)!
    if let caught = map.caught, valuesEqual(caught.value, value) { return caught }
    guard let message = OrderedMap(map)["message"]?.text else {
      throw RunError(.type, "`fail` takes a map that `catch` gave", argument: "message")
    }
    return RunError(OrderedMap(map)["kind"]?.text.flatMap(ErrorKind.init) ?? .fail, message)
  }
}

import Schema

extension Builtins {
  static var strings: [Builtin] { shapes + pieces + ends }

  private static let group = "strings"
  private static let s = Parameter.required("s", .string, "A string.")

  private static var shapes: [Builtin] {
    [
      Builtin(
        "upper", in: group, "The string in capital letters.", [s],
        examples: [Example("upper(\"día\")", gives: "\"DÍA\"\n")]
      ) { a, _ in .string(a[0].text!.uppercased()) },
      Builtin(
        "lower", in: group, "The string in small letters.", [s],
        examples: [Example("lower(\"DÍA\")", gives: "\"día\"\n")]
      ) { a, _ in .string(a[0].text!.lowercased()) },
      Builtin(
        "trim", in: group, "The string without white space at its ends.", [s],
        examples: [Example("trim(\"  a b \")", gives: "\"a b\"\n")]
      ) { a, _ in .string(a[0].text!.trimmed) },
    ]
  }

  private static var pieces: [Builtin] {
    [
      Builtin(
        "split", in: group, "The pieces between separators, or between runs of white space.",
        [s, .optional("separator", .string, .null, "What stands between two pieces.")],
        examples: [
          Example("split(\" a  b \")", gives: "[\"a\", \"b\"]\n"),
          Example("split(\"a,,b\", \",\")", gives: "[\"a\", \"\", \"b\"]\n"),
        ]
      ) { a, _ throws(RunError) in
        let text = a[0].text!
        guard let separator = a[1].text else {
          return .list(text.words)
        }
        try requireText(separator, "split", "separator")
        return .list(text.pieces(between: separator))
      },
      Builtin(
        "join", in: group, "Strings joined into one.",
        [
          .required("xs", .iterable, "Strings."),
          .optional("separator", .string, "", "What to put between two."),
        ],
        examples: [Example("join([\"a\", \"b\"], \"-\")", gives: "\"a-b\"\n")]
      ) { a, _ throws(RunError) in
        let values = try elements(of: a[0])
        if let text = joined(values, by: a[1].text!) { return .string(text) }
        let other = values.first { $0.text == nil } ?? .null
        throw RunError(
          .type, "`join` takes strings, not \(other.typeName.withArticle)",
          hint: "`map(xs, str)` makes strings", argument: "xs")
      },
      Builtin(
        "replace", in: group, "The string with every part that is `old` replaced by `new`.",
        [
          s, .required("old", .string, "What to replace."),
          .required("new", .string, "What to put there."),
        ],
        examples: [Example("replace(\"banana\", \"an\", \"o\")", gives: "\"booa\"\n")]
      ) { a, _ throws(RunError) in
        let old = a[1].text!
        try requireText(old, "replace", "old")
        return .string(a[0].text!.replacing(old, by: a[2].text!))
      },
    ]
  }

  private static var ends: [Builtin] {
    let t = Parameter.required("t", .string, "The part to look for.")
    return [
      Builtin(
        "starts_with", in: group, "Whether a string begins with another.", [s, t],
        examples: [Example("starts_with(\"CartPole\", \"Cart\")", gives: "true\n")]
      ) { a, _ in .boolean(a[0].text!.hasPrefix(a[1].text!)) },
      Builtin(
        "ends_with", in: group, "Whether a string ends with another.", [s, t],
        examples: [Example("ends_with(\"CartPole\", \"Pole\")", gives: "true\n")]
      ) { a, _ in .boolean(a[0].text!.hasSuffix(a[1].text!)) },
    ]
  }

  private static func requireText(
    _ text: String, _ name: String, _ argument: String
  ) throws(RunError) {
    if text.isEmpty {
      throw RunError(
        .value, "`\(name)` takes a `\(argument)` that is not empty", argument: argument)
    }
  }
}

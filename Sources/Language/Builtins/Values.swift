import Schema

extension Builtins {
  static var values: [Builtin] {
    let group = "any value"
    let x = Parameter.required("x", .anything, "Any value.")
    return [
      Builtin(
        "len", in: group, "How many elements, characters or keys there are.",
        [.required("x", .iterable, "What to count.")],
        examples: [
          Example("len([4, 5, 6])", gives: "3\n"), Example("len(\"día\")", gives: "3\n"),
          Example("len(1..<9 step 2)", gives: "4\n"),
        ]
      ) { a, _ in
        if let list: ListObject = a[0].payload(.list) { return .integer(list.elements.count) }
        if let text = a[0].text { return .integer(text.characterCount) }
        if let range = a[0].range { return .integer(range.count) }
        return .integer(a[0].entries!.count)
      },
      Builtin(
        "type", in: group, "The name of a value's type, or of a handle's kind.", [x],
        examples: [
          Example("type(1)", gives: "\"integer\"\n"), Example("type(1.0)", gives: "\"real\"\n"),
          Example("type({})", gives: "\"map\"\n"),
        ]
      ) { a, _ in .string(a[0].typeName) },
      Builtin(
        "str", in: group, "The text that print writes for a value.", [x],
        examples: [
          Example("str(1e20)", gives: "\"1e+20\"\n"), Example("str(\"a\")", gives: "\"a\"\n"),
        ]
      ) { a, _ in a[0].text != nil ? a[0] : .string(a[0].printed) },
      Builtin(
        "repr", in: group, "The text that writes a value in source.", [x],
        examples: [Example("print repr(\"a\")", gives: "\"a\"\n")]
      ) { a, _ in .string(a[0].source) },
      Builtin(
        "json", in: group, "A value as compact JSON.", [x],
        examples: [Example("print json({a: [1, 2.0, nan]})", gives: "{\"a\":[1,2.0,null]}\n")],
        details: "Nan and infinities become null; ranges, functions and handles their text."
      ) { a, _ in .string(a[0].json) },
      Builtin(
        "parse_json", in: group, "The value that a JSON text stands for.",
        [.required("s", .string, "The JSON text.")],
        examples: [Example("parse_json('{\"a\": [1, 2.0]}')", gives: "{a: [1, 2.0]}\n")],
        details: "Whole numbers are integers, a point or an exponent makes a real. "
          + "Text that is no JSON fails with kind `value`."
      ) { a, _ throws(RunError) in try parseJSON(a[0].text!) },
    ]
  }
}

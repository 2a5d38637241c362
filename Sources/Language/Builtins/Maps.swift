import Schema

extension Builtins {
  static var maps: [Builtin] {
    let group = "maps"
    let m = Parameter.required("m", .map, "A map.")
    return [
      Builtin(
        "keys", in: group, "The keys, in their order.", [m],
        examples: [Example("keys({x: 1, y: 2})", gives: "[\"x\", \"y\"]\n")]
      ) { a, _ in .list(a[0].entries!.keys.lazy.map { .string($0) }) },
      Builtin(
        "values", in: group, "The values, in the order of their keys.", [m],
        examples: [Example("values({x: 1, y: 2})", gives: "[1, 2]\n")]
      ) { a, _ in .list(a[0].entries!.values) },
      Builtin(
        "items", in: group, "Lists of a key and its value.", [m],
        examples: [Example("items({x: 1, y: 2})", gives: "[[\"x\", 1], [\"y\", 2]]\n")]
      ) { a, _ in
        let entries = a[0].entries!
        return .list(
          (0..<entries.count).lazy.map { .list([.string(entries.keys[$0]), entries.values[$0]]) })
      },
      Builtin(
        "get", in: group, "The value under a key, or a default where there is none.",
        [
          m, .required("key", .string, "A key."),
          .optional("default", .anything, .null, "What to give where the key is missing."),
        ],
        examples: [
          Example("get({x: 1}, \"x\")", gives: "1\n"),
          Example("get({x: 1}, \"y\", 0)", gives: "0\n"),
        ]
      ) { a, _ in
        a.withObject(0, as: MapObject.self) { map in
          a.withObject(1, as: StringObject.self) { key in
            map.position(of: key).map { map.value(at: $0) }
          }
        } ?? a[2]
      },
      Builtin(
        "merge", in: group, "The entries of both maps; where both have a key, the second's value.",
        [m, .required("n", .map, "The map whose values win.")],
        examples: [Example("merge({x: 1, y: 2}, {y: 3})", gives: "{x: 1, y: 3}\n")]
      ) { a, _ in
        var merged = a[0].entries!
        let added = a[1].entries!
        for i in 0..<added.count { merged[added.keys[i]] = added.values[i] }
        return .map(merged)
      },
    ]
  }
}

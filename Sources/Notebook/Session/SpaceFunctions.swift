import Language
import RLCore
import Schema

/// Functions that make spaces, for own environments and for searches.
///
/// A space is a map with its kind under `space`, so that scripts can look into it.
package enum SpaceFunctions {
  package static var all: [Builtin] { [box, discrete, multiDiscrete, multiBinary] + searchSpaces }

  private static var box: Builtin {
    Builtin(
      checking: Declaration(
        name: "box", summary: "Gives the space of real arrays between two bounds.",
        parameters: [
          Parameter("low", .real, .positional, default: .required, "The least of each number."),
          Parameter("high", .real, .positional, default: .required, "The greatest of each number."),
          Parameter(
            "shape", .list(of: .integer(from: 1)), .positional, default: .setting([1]),
            "How many numbers."),
        ],
        examples: [Example("print box(0, 1, shape=[2]).shape", gives: "[2]\n")], group: "spaces")
    ) { arguments, _ throws(RunError) in
      try check(arguments[0], below: arguments[1], strictly: false, in: "box")
      let shape = arguments[2].elements!.map { $0.integer! }
      guard Space.holds(shape) else {
        throw RunError(
          .value, "`box` has \(Space.mostNumbers) numbers at most, not \(arguments[2].source)",
          argument: "shape")
      }
      return .map([
        "space": .string("box"), "low": arguments[0], "high": arguments[1], "shape": arguments[2],
      ])
    }
  }

  private static var discrete: Builtin {
    Builtin(
      checking: Declaration(
        name: "discrete",
        summary: "Gives the space of the integers from 0 up to, not including, n.",
        parameters: [
          Parameter("n", .integer(Space.choices), .positional, default: .required, "How many.")
        ],
        examples: [Example("print discrete(4).n", gives: "4\n")], group: "spaces")
    ) { arguments, _ in .map(["space": .string("discrete"), "n": arguments[0]]) }
  }

  private static var multiDiscrete: Builtin {
    Builtin(
      checking: Declaration(
        name: "multi_discrete", summary: "Gives the space of several choices at once.",
        parameters: [
          Parameter(
            "counts", .list(of: .integer(Space.choices)), .positional, default: .required,
            "How many each has to choose from.")
        ],
        examples: [Example("print multi_discrete([3, 2]).counts", gives: "[3, 2]\n")],
        group: "spaces")
    ) { arguments, _ in .map(["space": .string("multi_discrete"), "counts": arguments[0]]) }
  }

  private static var multiBinary: Builtin {
    Builtin(
      checking: Declaration(
        name: "multi_binary", summary: "Gives the space of n bits.",
        parameters: [
          Parameter("n", .integer(from: 1), .positional, default: .required, "How many.")
        ],
        examples: [Example("print multi_binary(4).n", gives: "4\n")], group: "spaces")
    ) { arguments, _ in .map(["space": .string("multi_binary"), "n": arguments[0]]) }
  }

  private static let bounds = [
    Parameter("low", .real, .positional, default: .required, "The least value."),
    Parameter("high", .real, .positional, default: .required, "The greatest value."),
  ]

  private static var searchSpaces: [Builtin] {
    [
      Builtin(
        checking: Declaration(
          name: "uniform", summary: "Gives a search's space of reals, evenly spread.",
          parameters: bounds,
          examples: [Example("print uniform(0, 1).high", gives: "1\n")], group: "spaces")
      ) { arguments, _ throws(RunError) in
        try check(arguments[0], below: arguments[1], strictly: true, in: "uniform")
        return .map(["space": .string("uniform"), "low": arguments[0], "high": arguments[1]])
      },
      Builtin(
        checking: Declaration(
          name: "loguniform",
          summary: "Gives a search's space of positive reals, evenly spread by magnitude.",
          parameters: bounds,
          examples: [Example("print loguniform(1e-5, 1e-2).low", gives: "1e-05\n")], group: "spaces"
        )
      ) { arguments, _ throws(RunError) in
        try check(arguments[0], below: arguments[1], strictly: true, in: "loguniform")
        guard arguments[0].real! > 0 else {
          throw RunError(
            .value, "`loguniform` needs bounds above 0, not \(arguments[0].printed)",
            hint: "begin it at a small number, such as 1e-6")
        }
        return .map(["space": .string("loguniform"), "low": arguments[0], "high": arguments[1]])
      },
      Builtin(
        checking: Declaration(
          name: "quniform",
          summary: "Gives a search's space of reals in equal steps from the least on.",
          parameters: bounds + [
            Parameter("q", .positiveReal, .positional, default: .required, "From one to the next.")
          ],
          examples: [Example("print quniform(0, 1, 0.25).step", gives: "0.25\n")], group: "spaces")
      ) { arguments, _ throws(RunError) in
        try check(arguments[0], below: arguments[1], strictly: true, in: "quniform")
        return .map([
          "space": .string("quniform"), "low": arguments[0], "high": arguments[1],
          "step": arguments[2],
        ])
      },
    ]
  }

  private static func check(
    _ low: Value, below high: Value, strictly: Bool, in name: String
  ) throws(RunError) {
    let (a, b) = (low.real ?? .nan, high.real ?? .nan)
    guard strictly ? a < b : a <= b else {
      throw RunError(
        .value,
        "`\(name)` needs a lower bound below the upper, not \(low.printed) and \(high.printed)",
        hint: a > b
          ? "the lower bound comes first: `\(name)(\(high.printed), \(low.printed))`" : nil)
    }
  }
}

extension Space {
  /// As many choices as observations, numbers in single precision, can tell apart.
  fileprivate static let choices = 1...(1 << 24)

  private static func holdsChoices(_ count: Int) -> Bool { choices.contains(count) }

  /// The space that a script's value means: what `box` and its like gave, how many choices, or a map
  /// or list of such values, which makes a space of named or numbered parts.
  init?(_ value: Value) {
    if let count = value.integer, Space.holdsChoices(count) {
      self = .discrete(count)
      return
    }
    if let elements = value.elements, !elements.isEmpty {
      let spaces = elements.compactMap { Space($0) }
      guard spaces.count == elements.count else { return nil }
      self = .tuple(spaces)
      return
    }
    guard let map = value.entries else { return nil }
    guard let kind = map["space"]?.text else {
      let fields = map.compactMap { name, part in Space(part).map { Field(name, $0) } }
      guard !fields.isEmpty, fields.count == map.keys.count else { return nil }
      self = .dict(fields)
      return
    }
    switch kind {
    case "discrete":
      guard let count = map["n"]?.integer, Space.holdsChoices(count) else { return nil }
      self = .discrete(count)
    case "box":
      guard let low = map["low"]?.real, let high = map["high"]?.real,
        let shape = map["shape"]?.elements?.compactMap(\.integer), !shape.isEmpty,
        Space.holds(shape)
      else { return nil }
      self = .box(low, high, shape: shape)
    case "multi_discrete":
      guard let elements = map["counts"]?.elements else { return nil }
      let counts = elements.compactMap(\.integer)
      guard !counts.isEmpty, counts.count == elements.count,
        counts.allSatisfy(Space.holdsChoices)
      else { return nil }
      self = .multiDiscrete(counts)
    case "multi_binary":
      guard let count = map["n"]?.integer, Space.holds([count]) else { return nil }
      self = .multiBinary(count)
    default: return nil
    }
  }
}

extension Space {
  /// How many numbers a script's space may have: a step takes memory for each of them.
  fileprivate static let mostNumbers = 1 << 24

  /// Whether so many in each direction are not too many, and at least one.
  fileprivate static func holds(_ shape: [Int]) -> Bool {
    var count = 1
    for length in shape {
      guard length > 0, length <= mostNumbers / count else { return false }
      count *= length
    }
    return true
  }
}

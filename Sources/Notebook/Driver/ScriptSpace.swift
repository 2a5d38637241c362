import Language
import RLCore
import Schema

/// A search's space as a script writes it.
extension TrialSpace {
  /// The space that a script's map describes.
  ///
  /// - Throws: for an empty, reversed or impossible one, before anything is tried.
  init(script map: OrderedMap) throws(RunError) {
    var dimensions: [Dimension] = []
    for (name, value) in map {
      dimensions.append(Dimension(name, try Distribution(script: value, name: name)))
    }
    self.init(dimensions)
    if dimensions.isEmpty {
      throw RunError(
        .value, "the space is empty", hint: "name what is searched: `over={x: [1, 2, 3]}`",
        argument: "over")
    }
    if let fault {
      throw RunError(.value, fault, hint: Self.listHint(fault), argument: "over")
    }
  }

  /// The mend for a sentence that says what is wrong with a space.
  static func listHint(_ fault: String) -> String? {
    if fault.contains("nothing to choose from") { return "give it a list with a value at least" }
    if fault.contains("enclose nothing") { return "the lower bound comes first" }
    if fault.contains("begins above 0") { return "begin it at a small number, such as 1e-6" }
    if fault.contains("multiples of") { return "the step is above 0, and the lower bound first" }
    if fault.contains("a grid takes lists") {
      return "list the values to try, or search with `random`, `tpe` or `gp`"
    }
    return nil
  }

  /// Whether an algorithm has all parameters of this space and takes all its values.
  func check(against declaration: Declaration) throws(CoreError) {
    for dimension in dimensions {
      if case .branch(let branches) = dimension.distribution {
        for branch in branches {
          let chosen = try dimension.declaration(
            chosenBy: .string(branch.name), instead: declaration)
          try branch.space.check(against: chosen)
        }
      } else {
        for value in dimension.extremes {
          _ = try dimension.declaration(chosenBy: value, instead: declaration)
        }
      }
    }
  }

  /// The name that chooses the algorithm itself.
  static let algorithmName = "algorithm"
}

extension TrialSpace.Dimension {
  /// Checks a value of this parameter.
  ///
  /// - Returns: the declaration that parameters under this value belong to.
  fileprivate func declaration(
    chosenBy value: Setting, instead declaration: Declaration
  ) throws(CoreError) -> Declaration {
    if name == TrialSpace.algorithmName {
      guard let algorithm = value.string else {
        throw .invalidSetting(name: name, value: value, expected: "an algorithm's name")
      }
      return try Algorithms.named(algorithm).declaration
    }
    _ = try declaration.resolve([name: value])
    return declaration
  }

  /// The values that all others lie between.
  fileprivate var extremes: [Setting] {
    switch distribution {
    case .choice(let settings): settings
    case .real(let low, let high, _): [.real(low), .real(high)]
    case .integer(let low, let high, _): [.integer(low), .integer(high)]
    case .quantized(let low, let high, _): [.real(low), .real(high)]
    case .branch(let branches): branches.map { .string($0.name) }
    }
  }
}

extension Distribution {
  fileprivate init(script value: Value, name: String) throws(RunError) {
    if let elements = value.elements {
      let settings = elements.compactMap(\.setting)
      guard settings.count == elements.count else {
        throw RunError(.type, "`\(name)` holds something that is no plain value", argument: "over")
      }
      self = .choice(settings)
      return
    }
    guard let map = value.entries else {
      throw RunError(
        .type, "`\(name)` must be a list, or a space such as `uniform(0, 1)`, not \(value.source)",
        hint: "`\(name): [\(value.source)]` is a choice of one", argument: "over")
    }
    let (low, high) = (map["low"]?.real ?? 0, map["high"]?.real ?? 0)
    switch map["space"]?.text {
    case "uniform": self = .real(low, high)
    case "loguniform": self = .real(low, high, isLogarithmic: true)
    case "quniform": self = .quantized(low, high, step: map["step"]?.real ?? 0)
    case "int":
      self = .integer(
        map["low"]?.integer ?? 0, map["high"]?.integer ?? 0,
        isLogarithmic: map["log"]?.boolean ?? false)
    case let other?:
      throw RunError(.value, "`\(name)` cannot be searched over a \(other) space", argument: "over")
    case nil: self = .branch(try Self.branches(of: map, name: name))
    }
  }

  private static func branches(
    of map: OrderedMap, name: String
  ) throws(RunError) -> [Branch] {
    var branches: [Branch] = []
    for (key, value) in map {
      guard let inner = value.entries else {
        throw RunError(
          .type, "what lies under `\(key)` of `\(name)` must be a map", hint: "`\(key): {}`",
          argument: "over")
      }
      var dimensions: [TrialSpace.Dimension] = []
      for (name, value) in inner {
        dimensions.append(.init(name, try Distribution(script: value, name: name)))
      }
      branches.append(Branch(key, TrialSpace(dimensions)))
    }
    return branches
  }
}

extension Declaration {
  /// The space that the parameters' own suggestions make, as a script would write it.
  var scriptSpace: Setting {
    .map(
      parameters.compactMap { parameter in
        parameter.searchSpace.map { Setting.Entry(parameter.name, $0.script) }
      })
  }
}

extension SearchSpace {
  fileprivate var script: Setting {
    func range(_ space: String, _ low: Setting, _ high: Setting) -> Setting {
      .map([.init("space", .string(space)), .init("low", low), .init("high", high)])
    }
    return switch self {
    case .uniform(let low, let high): range("uniform", .real(low), .real(high))
    case .logUniform(let low, let high): range("loguniform", .real(low), .real(high))
    case .integers(let low, let high): range("int", .integer(low), .integer(high))
    case .choice(let settings): .list(settings)
    }
  }
}

import Schema

/// The language's own functions and constants. Each is declared once; checks, help and completion
/// follow from the declaration.
package enum Builtins {
  package static var all: [Builtin] {
    values + numbers + statistics + lists + maps + strings + randomStreams + failing
  }

  package static let constants: [String: Value] = [
    "pi": .real(.pi), "inf": .real(.infinity), "nan": .real(.nan),
  ]
}

extension Builtin {
  /// A function whose arguments are checked against their parameters' domains before `body` sees
  /// them, so that `body` can take them apart without asking.
  init(
    _ name: String, in group: String, _ summary: String, _ parameters: [Parameter],
    examples: [Example], details: String = "",
    body: @escaping Body
  ) {
    self.init(
      checking: Declaration(
        name: name, summary: summary, parameters: parameters, examples: examples, group: group,
        details: details), body: body)
  }

  /// The same for a declaration made elsewhere.
  package init(
    checking declaration: Declaration,
    body: @escaping Body
  ) {
    let checks = ContiguousArray(declaration.parameters.map(ParameterCheck.init))
    let last = checks.count - 1
    self.init(declaration) { arguments, evaluator throws(RunError) in
      // The values of a variadic parameter are all checked by the last one.
      for i in arguments.indices {
        try checks[min(i, last)].check(arguments, i, of: declaration.name)
      }
      return try body(arguments, evaluator)
    }
  }
}

/// A parameter with the types of which it takes every value: most arguments pass by one bit, and
/// only the others look at the declaration.
struct ParameterCheck {
  let parameter: Parameter
  let wholeTypes: TypeSet
  /// The types of which it takes any value at all.
  private let types: TypeSet

  init(_ parameter: Parameter) {
    self.parameter = parameter
    let takesNull = if case .setting(.null) = parameter.defaultValue { true } else { false }
    wholeTypes = parameter.domain.wholeTypes.union(takesNull ? .null : [])
    types = parameter.domain.types.union(takesNull ? .null : [])
  }

  /// Whether the parameter takes a value.
  @inline(__always)
  func takes(_ value: Value) -> Bool {
    let type = value.typeSet
    return wholeTypes.contains(type)
      || types.contains(type) && mismatch(of: value, with: parameter) == nil
  }

  /// Whether it takes every value of a type.
  func takesAll(_ type: TypeSet) -> Bool { wholeTypes.contains(type) }

  /// Whether it takes some value of a type.
  func mayTake(_ type: TypeSet) -> Bool { !wholeTypes.union(types).isDisjoint(with: type) }

  @inline(__always)
  fileprivate func check(
    _ arguments: Arguments, _ index: Int, of function: String
  ) throws(RunError) {
    if wholeTypes.contains(arguments.typeSet(index)) { return }
    try check(arguments[index], of: function)
  }

  @inline(never)
  private func check(_ value: Value, of function: String) throws(RunError) {
    guard let (kind, message) = mismatch(of: value, with: parameter) else { return }
    throw RunError(
      kind, "`\(function)` takes \(message), as `\(parameter.name)`", argument: parameter.name)
  }
}

extension Parameter {
  static func required(_ name: String, _ domain: Domain, _ summary: String) -> Parameter {
    Parameter(name, domain, .positional, default: .required, summary)
  }

  static func optional(
    _ name: String, _ domain: Domain, _ value: Setting, _ summary: String
  ) -> Parameter {
    Parameter(name, domain, .positional, default: .setting(value), summary)
  }

  static func several(_ name: String, _ domain: Domain, _ summary: String) -> Parameter {
    Parameter(name, domain, .variadic, default: .required, summary)
  }
}

extension Domain {
  /// Anything that `for` goes over.
  static var iterable: Domain { .either([.list(of: .anything), .range, .string, .map]) }
}

/// Some of the types that values have.
struct TypeSet: OptionSet {
  let rawValue: UInt16

  static let null = TypeSet(rawValue: 1)
  static let boolean = TypeSet(rawValue: 2)
  static let integer = TypeSet(rawValue: 4)
  static let real = TypeSet(rawValue: 8)
  static let all = TypeSet(rawValue: .max)
  /// How many types there are.
  static let count = 12

  static func object(_ tag: Object.Tag) -> TypeSet { TypeSet(rawValue: 16 << tag.rawValue) }
}

extension Value {
  /// Its own type alone.
  var typeSet: TypeSet {
    switch self {
    case .null: .null
    case .boolean: .boolean
    case .integer: .integer
    case .real: .real
    case .object(let object): .object(object.tag)
    case .unset: []
    }
  }
}

extension Domain {
  /// The types of which every value lies in the domain.
  var wholeTypes: TypeSet {
    switch self {
    case .anything: .all
    case .boolean: .boolean
    case .integer(Int.min...Int.max): .integer
    case .real(let interval) where interval.includesNaN: [.integer, .real]
    case .string: .object(.string)
    case .list(of: .anything): .object(.list)
    case .map: .object(.map)
    case .range: .object(.range)
    case .either(let domains): domains.reduce(into: []) { $0.formUnion($1.wholeTypes) }
    default: []
    }
  }
}

extension Domain {
  /// The types of which there are values in the domain.
  var types: TypeSet {
    switch self {
    case .anything: .all
    case .boolean: .boolean
    case .integer: .integer
    case .real: [.integer, .real]
    case .string, .name, .path, .member, .words: .object(.string)
    case .list: .object(.list)
    case .map: .object(.map)
    case .range: .object(.range)
    case .function: .object(.function)
    case .handle: .object(.handle)
    case .block, .command: .object(.block)
    case .either(let domains): domains.reduce(into: []) { $0.formUnion($1.types) }
    }
  }
}

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
    body:
      @escaping (_ arguments: ContiguousArray<Value>, _ evaluator: Evaluator) throws(RunError)
      -> Value
  ) {
    self.init(
      checking: Declaration(
        name: name, summary: summary, parameters: parameters, examples: examples, group: group,
        details: details), body: body)
  }

  /// The same for a declaration made elsewhere.
  package init(
    checking declaration: Declaration,
    body:
      @escaping (_ arguments: ContiguousArray<Value>, _ evaluator: Evaluator) throws(RunError)
      -> Value
  ) {
    let parameters = declaration.parameters
    let wholeTypes = ContiguousArray(parameters.map(\.wholeTypes))
    self.init(declaration) { arguments, evaluator throws(RunError) in
      // Most arguments pass by one bit; only the others look at the declaration.
      if !areWhole(arguments, wholeTypes) {
        for i in parameters.indices where !wholeTypes[i].contains(arguments[i].typeSet) {
          try parameters[i].check(arguments[i], of: declaration.name)
        }
      }
      return try body(arguments, evaluator)
    }
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

extension Parameter {
  /// The types of which every value is taken.
  fileprivate var wholeTypes: TypeSet {
    let types = domain.wholeTypes
    // A variadic parameter's values come as a list, whose elements its domain describes.
    if form == .variadic { return types == .all ? types : [] }
    if case .setting(.null) = defaultValue { return types.union(.null) }
    return types
  }

  @inline(never)
  fileprivate func check(_ value: Value, of function: String) throws(RunError) {
    guard form == .variadic else { return try checkOne(value, of: function) }
    for element in value.elements ?? [] { try checkOne(element, of: function) }
  }

  private func checkOne(_ value: Value, of function: String) throws(RunError) {
    guard let (kind, message) = mismatch(of: value, with: self) else { return }
    throw RunError(kind, "`\(function)` takes \(message), as `\(name)`", argument: name)
  }
}

/// Whether every argument is of a type that is taken whole.
@inline(__always)
private func areWhole(
  _ arguments: ContiguousArray<Value>, _ types: ContiguousArray<TypeSet>
) -> Bool {
  arguments.withUnsafeBufferPointer { arguments in
    for i in types.indices where !types[i].contains(arguments[i].typeSet) { return false }
    return true
  }
}

private struct TypeSet: OptionSet {
  let rawValue: UInt16

  static let null = TypeSet(rawValue: 1)
  static let boolean = TypeSet(rawValue: 2)
  static let integer = TypeSet(rawValue: 4)
  static let real = TypeSet(rawValue: 8)
  static let all = TypeSet(rawValue: .max)

  static func object(_ tag: Object.Tag) -> TypeSet { TypeSet(rawValue: 16 << tag.rawValue) }
}

extension Value {
  fileprivate var typeSet: TypeSet {
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
  fileprivate var wholeTypes: TypeSet {
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

/// What a block gives that defines something: its names with their values, in the order of the
/// block, and how to run it again with other values for some.
package final class Definition: Object {
  /// Given values lie in the first slot of the block's frame.
  static let overridesSlot = 0
  static let firstSlot = 1

  let function: FunctionObject
  package let evaluator: Evaluator
  package let names: [String]
  private let values: [String: Value]

  init(
    function: FunctionObject, evaluator: Evaluator, names: [String], values: [String: Value]
  ) {
    self.function = function
    self.evaluator = evaluator
    self.names = names
    self.values = values
    super.init(tag: .block)
  }

  /// The value of a name, or nil where the block gives it none.
  package subscript(name: String) -> Value? { values[name] }

  /// Runs the block again; where it assigns a plain name that is overridden, that value stays.
  package func instantiate(overrides: [(name: String, value: Value)]) throws(RunError) -> Definition
  {
    var map = OrderedMap()
    for (name, value) in overrides { map[name] = value }
    return try evaluator.entering { () throws(RunError) in
      try Definition.make(function, overrides: map, frame: evaluator.sessionFrame)
    }
  }

  /// Calls one of its functions.
  package func call(
    _ name: String, _ arguments: ContiguousArray<Value>
  ) throws(RunError) -> Value {
    guard let function = values[name] else {
      throw RunError(.key, "the definition has no `\(name)`")
    }
    return try evaluator.call(function, arguments)
  }

  /// A copy that shares nothing that can change, with an evaluator of its own.
  package func frozen() -> Definition {
    let copy = Freezing(from: evaluator)
    var values: [String: Value] = [:]
    for (name, value) in self.values { values[name] = copy.value(value) }
    return Definition(
      function: copy.function(function), evaluator: copy.evaluator, names: names, values: values)
  }

  /// Runs a definition's block, whose function has the overrides as its hidden argument.
  static func make(
    _ function: FunctionObject, overrides: OrderedMap, frame: Frame
  ) throws(RunError) -> Definition {
    let code = function.code!
    var values: [String: Value] = [:]
    _ = try withSlots(of: function, code, frame) { (slots) throws(RunError) in
      let inner = Frame(slots: slots, state: frame.state)
      slots[overridesSlot] = .map(overrides)
      if code.hasBoxes { putBoxes(of: function, code, inner) }
      _ = try code.body(inner)
      for (name, variable) in code.names {
        let held = variable.isBoxed ? box(slots[variable.slot]).value : slots[variable.slot]
        if !held.isUnset { values[name] = held }
      }
      return .null
    }
    let names = code.names.map(\.name).filter { values[$0] != nil }
    return Definition(
      function: function, evaluator: frame.state.pointee.evaluator, names: names, values: values)
  }
}

import Language
import RLCore
import Schema

/// An environment that a script defines with a block: `env Pit { … }`.
///
/// A value like the built-in ones: the state is a value of the language, and what the functions read
/// never changes. Only the evaluator is shared by copies, so copies for other threads are made by
/// `independentCopy`.
struct ScriptEnvironment: Environment {
  let observationSpace: Space
  let actionSpace: Space
  let actionNames: [String]
  private let script: ScriptFunctions
  private var current: Value

  /// Names that say what the environment is; every other plain value is an option.
  private static let reserved: Set<String> = ["actions", "observation", "time_limit"]

  /// The environment that a definition gives with these options.
  ///
  /// - Throws: where the block lacks something, names the wrong thing, or its `reset` fails.
  static func instance(
    name: String, definition: Definition, options: [(name: String, value: Value)], seed: Int
  ) throws(RunError) -> EnvironmentInstance {
    let definition = options.isEmpty ? definition : try definition.instantiate(overrides: options)
    let environment = try ScriptEnvironment(name: name, definition: definition)
    let limit = definition["time_limit"]
    guard limit == nil || limit!.isNull || limit!.integer ?? 0 > 0 else {
      throw RunError(.value, "`time_limit` of `\(name)` must be an integer from 1 up")
    }
    var settings: Settings = [:]
    for name in definition.names where !reserved.contains(name) {
      settings[name] = definition[name]?.setting
    }
    return EnvironmentInstance(
      environment, name: name, settings: settings, timeLimit: limit?.integer, seed: seed)
  }

  private init(name: String, definition: Definition) throws(RunError) {
    func required(_ part: String) throws(RunError) -> Value {
      guard let value = definition[part] else {
        throw RunError(
          .key, "environment `\(name)` has no `\(part)`",
          hint: "a block defines `actions`, `observation`, `reset`, `step` and `observe`")
      }
      return value
    }
    let actions = try required("actions")
    let names = actions.elements?.compactMap(\.text) ?? []
    if let list = actions.elements, !list.isEmpty, names.count == list.count {
      actionSpace = .discrete(names.count)
    } else if let space = Space(actions) {
      actionSpace = space
    } else {
      throw RunError(
        .value, "`actions` of `\(name)` must be a list of names, how many, or a box")
    }
    actionNames = names
    guard let observation = Space(try required("observation")) else {
      throw RunError(
        .value,
        "`observation` of `\(name)` must be a space such as `box(low, high, shape=[n])` or "
          + "`discrete(n)`, or a map or list of them")
    }
    observationSpace = observation
    for part in ["reset", "step", "observe"] {
      guard try required(part).typeName == "function" else {
        throw RunError(.type, "`\(part)` of `\(name)` must be a function")
      }
    }
    script = ScriptFunctions(definition.frozen())
    current = .null
    // A first start tells early whether the functions run, and what a state looks like.
    var random = RandomSource(seed: 0)
    try reset(using: &random)
    script.template = current
    var numbers = [Float](repeating: 0, count: observationSpace.size)
    try observe(into: &numbers)
  }

  private init(copying other: ScriptEnvironment) {
    observationSpace = other.observationSpace
    actionSpace = other.actionSpace
    actionNames = other.actionNames
    script = other.script.independentCopy()
    current = other.current
  }

  var observationNames: [String] { observationSpace.numberNames }

  func independentCopy() -> any Environment { ScriptEnvironment(copying: self) }

  mutating func reset(using random: inout RandomSource) throws(RunError) {
    current = try script.call(script.reset, [.object(script.stream)], using: &random)
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws(RunError) -> (reward: Double, terminated: Bool) {
    let state = current
    // The function is to be the only holder, so that changing the state copies nothing.
    current = .null
    let result: Value
    do {
      result = try script.call(
        script.step, [state, CoreValues.action(action), .object(script.stream)], using: &random)
    } catch {
      current = state
      throw error
    }
    guard let parts = result.elements, parts.count == 3, let reward = parts[1].real,
      let terminated = parts[2].boolean
    else {
      current = state
      throw RunError(
        .type, "`step` must give a state, a number and true or false, not \(result.source)")
    }
    current = parts[0]
    return (reward, terminated)
  }

  func observe(into observation: inout [Float]) throws(RunError) {
    let result = try script.call(script.observe, [current])
    if let number = result.real, observation.count == 1 {
      observation[0] = Float(number)
      return
    }
    if observationSpace.parts != nil {
      guard let numbers = CoreValues.numbers(of: result, in: observationSpace) else {
        throw RunError(
          .value, "`observe` must give a member of \(observationSpace), not \(result.source)")
      }
      observation = numbers
      return
    }
    guard let elements = result.elements, elements.count == observation.count else {
      throw RunError(
        .value, "`observe` must give \(observation.count) numbers, not \(result.source)")
    }
    for index in observation.indices {
      guard let number = elements[index].real else {
        throw RunError(.type, "`observe` must give numbers, not \(elements[index].source)")
      }
      observation[index] = Float(number)
    }
  }

  var state: [Double] { StateCoding.numbers(of: current, template: script.template) }

  mutating func restore(state: [Double]) throws(RunError) {
    current = try StateCoding.value(of: state, template: script.template)
  }
}

/// The functions of one definition with an evaluator of their own. Not for two threads at once.
private final class ScriptFunctions: @unchecked Sendable {
  private let definition: Definition
  let stream = EnvironmentStream()
  let reset: Value
  let step: Value
  let observe: Value
  /// A state as `reset` gives it: its shape is that of most others.
  var template = Value.null

  init(_ definition: Definition) {
    self.definition = definition
    reset = definition["reset"]!
    step = definition["step"]!
    observe = definition["observe"]!
  }

  func independentCopy() -> ScriptFunctions {
    let copy = ScriptFunctions(definition.frozen())
    copy.template = template
    return copy
  }

  func call(_ function: Value, _ arguments: ContiguousArray<Value>) throws(RunError) -> Value {
    try definition.evaluator.call(function, arguments)
  }

  /// A call that may draw from the environment's stream.
  func call(
    _ function: Value, _ arguments: ContiguousArray<Value>, using random: inout RandomSource
  ) throws(RunError) -> Value {
    stream.random = random
    defer { random = stream.random }
    return try definition.evaluator.call(function, arguments)
  }
}

/// The environment's own stream as scripts see it.
private final class EnvironmentStream: RandomStream {
  var random = RandomSource(seed: 0)

  override func next() -> UInt64 { random.nextUInt64() }
}

import Language
import RLCore
import Schema

/// The core's numbers as values of the language, and back.
enum CoreValues {
  /// An observation: an integer where the space is discrete, a list of them where there are several,
  /// a map or list of its parts where it has some, else a list of reals.
  static func observation(_ observation: some Collection<Float>, in space: Space) -> Value {
    switch space {
    case .box: return list(observation) { .real(Double($0)) }
    case .discrete:
      if let choice = observation.first { return .integer(Int(choice)) }
      return .null
    case .multiDiscrete, .multiBinary: return list(observation) { .integer(Int($0)) }
    case .dict(let fields):
      let parts = parts(of: observation, in: fields.map(\.space))
      var map = OrderedMap()
      for (field, part) in zip(fields, parts) { map[field.name] = part }
      return .map(map)
    case .tuple(let spaces): return .list(parts(of: observation, in: spaces))
    }
  }

  private static func parts(
    of observation: some Collection<Float>, in spaces: [Space]
  ) -> ContiguousArray<Value> {
    var rest = observation[...]
    return ContiguousArray(
      spaces.map { space in
        defer { rest = rest.dropFirst(space.size) }
        return self.observation(rest.prefix(space.size), in: space)
      })
  }

  /// The numbers of a member that a script gives as `observation` writes it, or flat; nil for what is
  /// no such thing. Whether they are in the space is not looked at.
  static func numbers(of value: Value, in space: Space) -> [Float]? {
    if let spaces = space.parts, let parts = parts(of: value, in: space),
      parts.count == spaces.count
    {
      var numbers: [Float] = []
      for (part, space) in zip(parts, spaces) {
        guard let own = self.numbers(of: part, in: space) else { break }
        numbers += own
      }
      if numbers.count == space.size { return numbers }
    }
    guard let flat = reals(value), flat.count == space.size else { return nil }
    return flat.map(Float.init)
  }

  /// What a script gives for each part: the values of a map by name, or a list.
  private static func parts(of value: Value, in space: Space) -> [Value]? {
    if case .dict(let fields) = space, let map = value.entries {
      let parts = fields.compactMap { map[$0.name] }
      return map.keys.count == fields.count ? parts : nil
    }
    return value.elements.map(Array.init)
  }

  /// Made here rather than by the language's module, which knows no type of these numbers and would
  /// ask for each one: an observation is made at every step.
  @inline(__always)
  private static func list(
    _ numbers: some Collection<Float>, _ value: (Float) -> Value
  ) -> Value {
    var elements = ContiguousArray<Value>()
    elements.reserveCapacity(numbers.count)
    for number in numbers { elements.append(value(number)) }
    return .list(elements)
  }

  /// An environment's own state: integers where what is seen of it is one, else reals.
  static func state(_ state: [Double], in space: Space) -> Value {
    guard case .discrete = space else { return list(state) }
    return .list(state.map { number in Int(exactly: number).map(Value.integer) ?? .real(number) })
  }

  /// The numbers of an observation given by a script.
  static func observation(from value: Value, in space: Space) throws(RunError) -> [Float] {
    if case .discrete(let count) = space {
      guard let choice = value.integer, (0..<count).contains(choice) else {
        throw RunError(
          .value, "the observation must be an integer from 0 to \(count - 1)",
          argument: "observation")
      }
      return [Float(choice)]
    }
    guard let numbers = numbers(of: value, in: space) else {
      let shape = space.parts == nil ? "" : ", as \(space)"
      throw RunError(
        .value, "the observation must be a list of \(space.size) numbers\(shape)",
        argument: "observation")
    }
    return numbers
  }

  /// An action: an integer, or a list for continuous spaces.
  static func action(_ action: Action) -> Value {
    switch action {
    case .discrete(let choice): .integer(choice)
    case .continuous(let values): .list(values.map(Value.real))
    }
  }

  /// The action given by a script: an integer, a list of numbers, or the name of a discrete action.
  static func action(
    from value: Value, in space: Space, names: @autoclosure () -> [String]
  ) throws(RunError) -> Action {
    if let name = value.text, let choice = names().firstIndex(of: name) { return .discrete(choice) }
    let action: Action? =
      if let choice = value.integer, case .discrete = space { .discrete(choice) } else {
        reals(value).map(Action.continuous)
      }
    guard let action, space.contains(action) else {
      throw RunError(
        .value, "the action must be \(space.expectation), not \(value.source)", argument: "action")
    }
    return action
  }

  /// The numbers of a list, a single number, or nil.
  static func reals(_ value: Value) -> [Double]? {
    if let number = value.real { return [number] }
    guard let elements = value.elements else { return nil }
    let numbers = elements.compactMap(\.real)
    return numbers.count == elements.count ? numbers : nil
  }

  /// A list of reals.
  static func list(_ numbers: some Sequence<Double>) -> Value {
    .list(numbers.lazy.map(Value.real))
  }
}

extension Compiler {
  /// The last step of a target, where it runs no code.
  mutating func lastStep(of target: Target) -> LastStep? {
    switch target.steps.last {
    case .member(let name, let span): return .entry(EntrySite(name, site(span)))
    case .index(let index):
      switch heldStep(index) {
      case .index(let variable): return .index(variable)
      case .key(let place): return .key(place)
      case .integer(let value):
        let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        place.initialize(to: .integer(value))
        return .key(place)
      case .entry, nil: return nil
      }
    case nil: return nil
    }
  }
}

/// The last step of a path that runs no code.
enum LastStep {
  case entry(EntrySite)
  case index(HeldVariable)
  case key(UnsafeMutablePointer<Value>)
}

/// `x.y[i] = value`
struct PathAssignmentNode: Node {
  let path: HeldPath
  let last: LastStep
  let value: Code
  /// The long way.
  let store: (Frame, Value) throws(RunError) -> Void

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let value = try value(frame)
    if let place = path.makeUnique(frame) {
      let isDone =
        switch last {
        case .entry(let entry): setEntry(entry, of: place, to: value)
        case .index(let variable): setElement(variable.place(frame), of: place, to: value)
        case .key(let key): setElement(key, of: place, to: value)
        }
      if isDone { return .next }
    }
    try store(frame, value)
    return .next
  }
}

/// `x.y[i] += value`, and the like.
struct PathUpdateNode<Operation: BinaryOperation>: Node {
  let path: HeldPath
  let last: LastStep
  let value: Code
  /// The long way.
  let update: (Frame, Value) throws(RunError) -> Void
  let site: Site

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Flow {
    let value = try value(frame)
    if let place = path.makeUnique(frame) {
      let isDone =
        switch last {
        case .entry(let entry): try updateEntry(Operation.self, entry, of: place, by: value, site)
        case .index(let variable):
          try updateElement(
            Operation.self, variable.place(frame), of: place, by: value, site)
        case .key(let key): try updateElement(Operation.self, key, of: place, by: value, site)
        }
      if isDone { return .next }
    }
    try update(frame, value)
    return .next
  }
}

/// The names that one function, one definition or the session owns.
final class Scope {
  enum Kind { case session, function, definition }

  let kind: Kind
  let parent: Scope?
  private(set) var variables: [String: Variable] = [:]
  /// Names that the function assigns although the session or a function around it owns them.
  var globals: Set<String> = []
  var nonlocals: Set<String> = []
  private(set) var captures: [(name: String, outer: Int, inner: Int)] = []
  private(set) var slotCount = 0
  private(set) var order: [Variable] = []
  /// `fn` statements of this scope by name, for what is known of a function before running.
  var functions: [String: FunctionSyntax] = [:]
  var loopDepth = 0
  /// Where `x = value` assigns own variables, but for those whose name begins with `_`.
  private(set) var plainlyAssigned: [Name] = []

  init(_ kind: Kind, parent: Scope?) {
    self.kind = kind
    self.parent = parent
    if kind == .definition { slotCount = Definition.firstSlot }
  }

  func declare(_ name: String) {
    guard variables[name] == nil else { return }
    let variable = Variable(name: name, slot: slotCount)
    slotCount += 1
    variables[name] = variable
    order.append(variable)
  }

  func owns(_ name: String) -> Bool { variables[name] != nil }

  /// The slot of this scope's frame that holds the box of a variable of a function around, which is
  /// thereby captured; nil where none has that name.
  func capture(_ name: String) -> Int? {
    if let known = captures.first(where: { $0.name == name }) { return known.inner }
    guard let parent, parent.kind != .session else { return nil }
    let outer: Int
    if !parent.globals.contains(name), let variable = parent.variables[name] {
      variable.isBoxed = true
      outer = variable.slot
    } else if !parent.globals.contains(name), let slot = parent.capture(name) {
      outer = slot
    } else {
      return nil
    }
    let inner = slotCount
    slotCount += 1
    captures.append((name: name, outer: outer, inner: inner))
    return inner
  }

  /// The nearest scope around that owns the name; nil for one of the session or of nobody.
  func owner(of name: String) -> Scope? {
    if globals.contains(name) { return nil }
    if kind != .session, owns(name) { return self }
    return parent?.owner(of: name)
  }

  /// A variable of this scope or of one around it is read.
  func noteRead(_ name: String) { owner(of: name)?.variables[name]?.isRead = true }

  func noteAssignment(of name: Name) {
    if kind == .function, case .local = name.place, !name.text.hasPrefix("_") {
      plainlyAssigned.append(name)
    }
  }

  var layout: FrameLayout {
    FrameLayout(
      slotCount: slotCount, boxedSlots: order.filter(\.isBoxed).map(\.slot),
      captures: captures.map { (outer: $0.outer, inner: $0.inner) },
      names: kind == .definition ? order.map { (name: $0.name, variable: $0) } : [])
  }
}

/// The variables of a session: a name keeps its place as long as the session lives.
struct GlobalNames {
  private(set) var indices: [String: Int] = [:]
  private(set) var names: [String] = []

  func index(_ name: String) -> Int? { indices[name] }

  mutating func add(_ name: String) {
    guard indices[name] == nil else { return }
    indices[name] = names.count
    names.append(name)
  }
}

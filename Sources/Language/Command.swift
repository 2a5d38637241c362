import Schema

/// A command as the language knows it: what it declares, and what runs it.
package final class Command {
  package let declaration: Declaration
  package let run: (CommandCall) throws(RunError) -> Value
  /// The parameter that names a file which the command runs as a program of the session: where the
  /// path is written out, the file is checked with the program around it, which knows its names.
  let programParameter: String?
  /// In the declaration's order.
  let parameterNames: ContiguousArray<String>

  package init(
    _ declaration: Declaration, programParameter: String? = nil,
    run: @escaping (CommandCall) throws(RunError) -> Value
  ) {
    self.declaration = declaration
    self.programParameter = programParameter
    self.run = run
    parameterNames = ContiguousArray(declaration.parameters.map(\.name))
  }
}

/// The values given in one call of a command.
enum BoundArguments {
  case none
  /// One value, for the parameter of that index.
  case one(Int, Value)
  /// In the order of the parameters; `unset` for those that were not given.
  case several(ContiguousArray<Value>)
}

/// A declaration in an object of its own: calls are made often, and mostly without one.
final class ChosenMember {
  let declaration: Declaration

  init(_ declaration: Declaration) { self.declaration = declaration }
}

/// One call of a command with its arguments bound and checked against the declaration's domains.
package struct CommandCall {
  /// Where it is written. The code that is run holds it, so that no call need.
  private let held: Unmanaged<CommandSite>
  /// Holds it for a call that is used longer.
  private var keeper: CommandSite?
  /// The member, where only its computed name says which it is.
  let chosen: ChosenMember?
  let arguments: BoundArguments
  /// The options that are not the command's own: the member's, or any where the declaration accepts
  /// others. In the order of writing.
  package let options: [(name: String, value: Value)]
  /// Runs functions and blocks that came as arguments. It lives longer than its calls.
  package unowned(unsafe) let evaluator: Evaluator

  init(
    site: CommandSite, chosen: ChosenMember?, arguments: BoundArguments,
    options: [(name: String, value: Value)], evaluator: Evaluator
  ) {
    held = .passUnretained(site)
    self.chosen = chosen
    self.arguments = arguments
    self.options = options
    self.evaluator = evaluator
  }

  private var site: CommandSite { held.takeUnretainedValue() }

  /// The same, for use after the command has returned.
  package var kept: CommandCall {
    var kept = self
    kept.keeper = site
    return kept
  }

  /// What the word of a `Domain.member` parameter chose, such as the declaration of `dqn`.
  package var member: Declaration? { chosen?.declaration ?? site.member }

  /// The name being assigned, for `a = agent dqn`; nil where the value goes elsewhere.
  package var target: String? { site.target }

  /// Whether the call is a statement of the session whose value would be shown.
  package var isShown: Bool { site.isShown }

  /// What the command declares.
  package var declaration: Declaration { site.command.declaration }

  /// The value given for a parameter, or nil: defaults are not filled in. A variadic parameter holds a
  /// list, bare words are strings, a block or a command given as an argument is a block value.
  package subscript(name: String) -> Value? {
    held._withUnsafeGuaranteedRef { site in
      let names = site.command.parameterNames
      switch arguments {
      case .none: return nil
      case .one(let index, let value): return names[index] == name ? value : nil
      case .several(let values):
        guard let index = names.firstIndex(of: name) else { return nil }
        return values[index].isUnset ? nil : values[index]
      }
    }
  }

  /// All values given for the command's own parameters, in their order.
  package var values: ContiguousArray<Value> {
    switch arguments {
    case .none: []
    case .one(_, let value): [value]
    case .several(let values): values.filter { !$0.isUnset }
    }
  }

  /// The definition given as a block for a parameter, or nil.
  package func definition(_ name: String) -> Definition? {
    guard case .object(let object)? = self[name] else { return nil }
    return object as? Definition
  }

  /// A frozen copy of the function or block given for a parameter, or nil.
  package func frozen(_ name: String) -> FrozenFunction? {
    self[name]?.frozen(from: evaluator)
  }

  /// Says that the command has shown an event of its own, so that its value is not shown too.
  package func showedEvent() { evaluator.hasShownEvent = true }
}

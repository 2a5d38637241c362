import Schema

/// A command as the language knows it: what it declares, and what runs it.
package struct Command {
  package let declaration: Declaration
  package let run: (CommandCall) throws(RunError) -> Value

  package init(
    _ declaration: Declaration, run: @escaping (CommandCall) throws(RunError) -> Value
  ) {
    self.declaration = declaration
    self.run = run
  }
}

/// One call of a command with its arguments bound and checked against the declaration's domains.
package struct CommandCall {
  package let declaration: Declaration
  /// What the word of a `Domain.member` parameter chose, such as the declaration of `dqn`.
  package let member: Declaration?
  /// The values given, by parameter; defaults are not filled in. A variadic parameter holds a list,
  /// bare words are strings, a block or a command given as an argument is a block value.
  package let arguments: [String: Value]
  /// The options that are not the command's own: the member's, or any where the declaration accepts
  /// others. In the order of writing.
  package let options: [(name: String, value: Value)]
  /// The name being assigned, for `a = agent dqn`; nil where the value goes elsewhere.
  package let target: String?
  /// Whether the call is a statement of the session whose value would be shown.
  package let isShown: Bool
  /// Runs functions and blocks that came as arguments.
  package let evaluator: Evaluator

  /// The value given for a parameter, or nil.
  package subscript(name: String) -> Value? { arguments[name] }

  /// The definition given as a block for a parameter, or nil.
  package func definition(_ name: String) -> Definition? {
    guard case .object(let object)? = arguments[name] else { return nil }
    return object as? Definition
  }

  /// A frozen copy of the function or block given for a parameter, or nil.
  package func frozen(_ name: String) -> FrozenFunction? {
    arguments[name]?.frozen(from: evaluator)
  }

  /// Says that the command has shown an event of its own, so that its value is not shown too.
  package func showedEvent() { evaluator.hasShownEvent = true }
}

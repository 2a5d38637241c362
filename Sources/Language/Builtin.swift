import Schema

/// A built-in function: what it declares, and what computes it.
package struct Builtin {
  package let declaration: Declaration
  /// Gets the arguments in the declaration's order, defaults filled in; a variadic parameter comes
  /// as a list. The evaluator is there to call functions given as arguments.
  package let call:
    (_ arguments: ContiguousArray<Value>, _ evaluator: Evaluator) throws(RunError)
      -> Value

  package init(
    _ declaration: Declaration,
    call: @escaping (ContiguousArray<Value>, Evaluator) throws(RunError) -> Value
  ) {
    self.declaration = declaration
    self.call = call
  }
}

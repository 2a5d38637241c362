import Schema

/// The arguments of one call of a built-in function: in the declaration's order, defaults filled in,
/// and those of a variadic parameter, which is the last, one after the other.
///
/// They lie where the caller put them and end with the call.
package struct Arguments: RandomAccessCollection {
  private let base: UnsafePointer<Value>
  package let count: Int

  init(_ base: UnsafePointer<Value>, count: Int) {
    self.base = base
    self.count = count
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { count }

  package subscript(index: Int) -> Value {
    @inline(__always) get {
      precondition(index >= 0 && index < count, "there is no argument \(index) of \(count)")
      return base[index]
    }
  }

  /// The type of an argument, without counting who holds it.
  @inline(__always)
  func typeSet(_ index: Int) -> TypeSet {
    guard case .object = base[index] else { return base[index].typeSet }
    return withHeldObject(in: base + index) { .object($0.tag) }
  }

  /// Hands over a map or string that is an argument without counting who holds it.
  @inline(__always)
  func withObject<Kind: Object, Result>(
    _ index: Int, as kind: Kind.Type, _ body: (Kind) -> Result
  ) -> Result {
    precondition(index >= 0 && index < count, "there is no argument \(index) of \(count)")
    return withHeldObject(in: base + index) { body(unsafeDowncast($0, to: Kind.self)) }
  }
}

/// A built-in function: what it declares, and what computes it.
package struct Builtin {
  package let declaration: Declaration
  /// The evaluator is there to call functions given as arguments.
  package let body: Body

  package typealias Body =
    (_ arguments: Arguments, _ evaluator: Evaluator) throws(RunError) -> Value

  package init(_ declaration: Declaration, body: @escaping Body) {
    self.declaration = declaration
    self.body = body
  }

  /// Calls it with arguments as `Arguments` describes them.
  func call(
    _ arguments: ContiguousArray<Value>, _ evaluator: Evaluator
  ) throws(RunError) -> Value {
    try arguments.withUnsafeBufferPointer { (values) throws(RunError) in
      guard let base = values.baseAddress else {
        // No argument is looked at; any address will do.
        return try withUnsafePointer(to: .null) { (nothing) throws(RunError) in
          try body(Arguments(nothing, count: 0), evaluator)
        }
      }
      return try body(Arguments(base, count: values.count), evaluator)
    }
  }
}

/// What the language asks of a function value, whoever made it: a script, a built-in function, a
/// command used as a function.
public protocol Callable: Object {
  /// In the order of the call, as `fn(x, y)` shows them.
  var parameterNames: [String] { get }
  /// How many arguments a call may have.
  var argumentCounts: ClosedRange<Int> { get }
}

extension Value {
  /// The function, or nil for any other type.
  public var function: (any Callable)? {
    guard case .object(let object) = self, object.tag == .function else { return nil }
    return object as? any Callable
  }
}

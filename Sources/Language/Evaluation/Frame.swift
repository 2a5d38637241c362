/// An expression, compiled: a closure over slots. All that can be decided before running has been
/// decided when the closure is made.
typealias Code = (Frame) throws(RunError) -> Value
/// A statement, compiled: says how it ended.
typealias Action = (Frame) throws(RunError) -> Flow
/// A condition, compiled.
typealias Test = (Frame) throws(RunError) -> Bool

/// Compiled code that is kept in an array or an optional, or that generic code gives back. Swift
/// stores bare closures there in a more general form, and each call would go through a conversion.
struct CodeBox {
  let run: Code
}

struct ActionBox {
  let run: Action
}

struct TestBox {
  let run: Test
}

/// How a statement ended. A returned value lies in `EvaluatorState.result`.
enum Flow {
  case next, leaveLoop, nextTurn, leaveFunction
}

/// Where a running function finds its variables: two words, passed in registers.
struct Frame {
  /// The slots of this call. For code of the session they are the session's variables.
  let slots: UnsafeMutablePointer<Value>
  let state: UnsafeMutablePointer<EvaluatorState>
}

/// What all calls of one evaluator share.
struct EvaluatorState {
  let globals: UnsafeMutablePointer<Value>
  /// Where the next call's slots begin.
  var top: UnsafeMutablePointer<Value>
  let end: UnsafeMutablePointer<Value>
  /// The native stack must not grow below this address.
  var stackLimit: UInt = 0
  var depth = 0
  /// Where strings are put together.
  var text = TextBuffer()
  /// What `return` gives.
  var result = Value.null
  /// How an expression was left that throws `RunError.leavingBlock`.
  var leaving = Flow.next
  let interrupt: Interrupt
  /// Whose state it is: it lives longer than its calls.
  let owner: Unmanaged<Evaluator>

  var evaluator: Evaluator { owner.takeUnretainedValue() }
}

/// A variable that functions within share with the one that owns it.
final class Box: Object {
  let place: UnsafeMutablePointer<Value>

  init(_ value: Value) {
    place = .allocate(capacity: 1)
    place.initialize(to: value)
    super.init(tag: .box)
  }

  deinit {
    place.deinitialize(count: 1)
    place.deallocate()
  }

  var value: Value {
    get { place.pointee }
    set { place.pointee = newValue }
  }
}

extension Value {
  @inline(__always) var isUnset: Bool {
    if case .unset = self { true } else { false }
  }
}

/// Hands over the object of the value that lies in a place, without counting who holds it.
///
/// - Precondition: the value is an object.
@inline(__always)
func withHeldObject<Result>(
  in place: UnsafePointer<Value>, _ body: (Object) -> Result
) -> Result {
  // The object's address is the first word of a value.
  UnsafeRawPointer(place).load(as: Unmanaged<Object>.self)._withUnsafeGuaranteedRef(body)
}

extension Unmanaged {
  /// Hands over the object without counting who holds it.
  @inline(__always)
  func lend<Result>(
    _ body: (Instance) throws(RunError) -> Result
  ) throws(RunError) -> Result {
    // The standard library's way takes no closure that throws a typed error.
    var failure: RunError?
    let result = _withUnsafeGuaranteedRef { instance -> Result? in
      do throws(RunError) {
        return try body(instance)
      } catch {
        failure = error
        return nil
      }
    }
    if let result { return result }
    throw failure!
  }
}

/// A place in a source that an error points at.
final class Site: Sendable {
  let source: Source
  let span: Span

  init(_ source: Source, _ span: Span) {
    self.source = source
    self.span = span
  }

  func error(_ kind: ErrorKind, _ message: String, hint: String? = nil) -> RunError {
    RunError(kind, message, hint: hint).placed(at: span, in: source)
  }
}

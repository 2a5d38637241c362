#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs compiled code: a stack of slots, the session's variables, and a check that neither this
/// stack nor the native one overflows. One thread uses it at a time.
public final class Evaluator {
  /// Asks all evaluators to stop that were given no other.
  package static let interrupt = Interrupt()

  let state: UnsafeMutablePointer<EvaluatorState>
  private let stack: UnsafeMutablePointer<Value>
  private let globals: UnsafeMutablePointer<Value>
  /// The session's variables up to here are initialised.
  private(set) var globalCount = 0
  /// A command has shown an event of its own in place of its value.
  var hasShownEvent = false
  private var thread: pthread_t?

  /// Slots of all calls together, and variables of a session. Memory that is not touched costs
  /// nothing.
  private static let stackCapacity = 1 << 18
  static let mostGlobals = 1 << 16
  /// How deep calls may nest, if the native stack lasts.
  private static let deepestCalls = 10_000
  /// What is left of the native stack for built-in functions, commands and one large expression.
  private static let stackReserve: UInt = 384 << 10

  init(interrupt: Interrupt = Evaluator.interrupt) {
    stack = .allocate(capacity: Self.stackCapacity)
    globals = .allocate(capacity: Self.mostGlobals)
    state = .allocate(capacity: 1)
    state.initialize(
      to: EvaluatorState(
        globals: globals, top: stack, end: stack + Self.stackCapacity, interrupt: interrupt,
        owner: .passUnretained(self)))
  }

  deinit {
    globals.deinitialize(count: globalCount)
    state.pointee.text.deallocate()
    state.deinitialize(count: 1)
    state.deallocate()
    globals.deallocate()
    stack.deallocate()
  }

  // MARK: Variables of the session

  /// Makes room for variables up to `count`.
  func reserveGlobals(_ count: Int) {
    precondition(count <= Self.mostGlobals, "\(count) variables of a session are too many")
    while globalCount < count {
      (globals + globalCount).initialize(to: .unset)
      globalCount += 1
    }
  }

  func global(_ index: Int) -> Value? {
    guard index < globalCount else { return nil }
    let value = globals[index]
    return value.isUnset ? nil : value
  }

  func setGlobal(_ index: Int, to value: Value) {
    reserveGlobals(index + 1)
    globals[index] = value
  }

  var sessionFrame: Frame { Frame(slots: globals, state: state) }

  // MARK: Running

  /// Calls a function with arguments by place.
  public func call(
    _ function: Value, _ arguments: ContiguousArray<Value>
  ) throws(RunError) -> Value {
    guard let function: FunctionObject = function.payload(.function) else {
      throw RunError(.type, "\(function.typeName.withArticle) cannot be called")
    }
    return try entering { () throws(RunError) in
      if let code = function.plainCode,
        code._withUnsafeGuaranteedRef({ $0.parameterCount }) == arguments.count
      {
        let slots = try code.makeRoom(state)
        for i in arguments.indices { (slots + i).initialize(to: arguments[i]) }
        return try code.call(arguments.count, state)
      }
      return try invoke(function, arguments, names: [], frame: sessionFrame)
    }
  }

  /// Runs a block handed to a command, in the scope around it, and gives its value.
  package func run(_ block: Value) throws(RunError) -> Value {
    guard let block: BlockObject = block.payload(.block) else {
      throw RunError(.type, "\(block.typeName.withArticle) is no block")
    }
    guard let frame = block.frame else {
      preconditionFailure("a block is run after its command has ended")
    }
    return try block.code(frame)
  }

  /// Runs from outside.
  @inline(__always) func entering<T>(
    _ body: () throws(RunError) -> T
  ) throws(RunError) -> T {
    enter()
    return try body()
  }

  /// Before anything is run from outside: finds out how much of this thread's stack is left.
  @inline(__always) func enter() {
    if state.pointee.depth == 0, thread != pthread_self() { measureStack() }
  }

  private func measureStack() {
    thread = pthread_self()
    state.pointee.stackLimit = Self.stackBottom() + Self.stackReserve
  }

  /// The lowest address of this thread's stack.
  private static func stackBottom() -> UInt {
    #if canImport(Glibc)
      // Glibc has this function, but not in the headers that Swift sees.
      typealias GetAttributes =
        @convention(c) (
          pthread_t, UnsafeMutablePointer<pthread_attr_t>
        ) -> Int32
      var attributes = pthread_attr_t()
      guard let symbol = dlsym(nil, "pthread_getattr_np"),
        unsafeBitCast(symbol, to: GetAttributes.self)(pthread_self(), &attributes) == 0
      else { return 0 }
      var base: UnsafeMutableRawPointer?
      var size = 0
      pthread_attr_getstack(&attributes, &base, &size)
      pthread_attr_destroy(&attributes)
      return UInt(bitPattern: base)
    #else
      return UInt(bitPattern: pthread_get_stackaddr_np(pthread_self()))
        - UInt(pthread_get_stacksize_np(pthread_self()))
    #endif
  }

  static func isTooDeep(_ state: UnsafeMutablePointer<EvaluatorState>, slots: Int) -> Bool {
    var mark = 0
    let address = withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) }
    return address < state.pointee.stackLimit || state.pointee.depth >= deepestCalls
      || state.pointee.top + slots > state.pointee.end
  }
}

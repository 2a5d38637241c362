import Schema

/// A function as a value: one of a script with what it captured, or a built-in one.
public final class FunctionObject: Object, Callable {
  /// Compiled code is never freed, so that a running call need not hold it: there is as much of it
  /// as there is source.
  private let compiled: Unmanaged<FunctionCode>?
  /// The same where a call needs nothing but slots and code: no captured variables.
  let plainCode: Unmanaged<FunctionCode>?
  let builtin: Builtin?
  /// Boxes of the variables of functions around, in the order of `code.captures`.
  var captures: ContiguousArray<Box>

  init(_ code: Unmanaged<FunctionCode>, captures: ContiguousArray<Box>) {
    compiled = code
    plainCode = code._withUnsafeGuaranteedRef { $0.hasBoxes } ? nil : code
    self.captures = captures
    builtin = nil
    super.init(tag: .function)
  }

  init(builtin: Builtin) {
    compiled = nil
    plainCode = nil
    captures = []
    self.builtin = builtin
    super.init(tag: .function)
  }

  deinit { if !captures.isEmpty { Releasing.release(takeAll()) } }

  /// The compiled function; nil for a built-in one.
  var code: FunctionCode? { compiled?.takeUnretainedValue() }

  /// The same function with other captured variables, or none.
  func copy(captures: ContiguousArray<Box>) -> FunctionObject {
    FunctionObject(compiled!, captures: captures)
  }

  /// The name it was defined with, or nil.
  public var name: String? { code?.name ?? builtin?.declaration.name }

  /// Its parameters, in the order of a call.
  public var parameterNames: [String] {
    code?.parameterNames ?? builtin!.declaration.parameters.map(\.name)
  }

  /// How many arguments a call may have.
  public var argumentCounts: ClosedRange<Int> {
    if let code { return code.requiredCount...code.parameterNames.count }
    return builtin!.declaration.argumentCounts
  }
}

extension Declaration {
  /// How many values a call may have.
  var argumentCounts: ClosedRange<Int> {
    let required = parameters.count {
      if case .required = $0.defaultValue { true } else { false }
    }
    let hasVariadic = parameters.contains { $0.form == .variadic }
    return required...(hasVariadic ? Int.max : max(required, parameters.count))
  }
}

/// A compiled function, shared by all values made of it. It changes no more once it is compiled.
final class FunctionCode {
  let name: String?
  let parameterNames: [String]
  let requiredCount: Int
  let defaults: [CodeBox?]
  let slotCount: Int
  let boxedSlots: [Int]
  /// Where the boxes it captured go in its frame.
  let captureSlots: [Int]
  let hasBoxes: Bool
  /// The session's variables that it and the functions within it read.
  let globals: Set<Int>
  /// For a definition: the names it yields.
  let names: [(name: String, variable: Variable)]
  let parameterCount: Int
  let body: Code
  /// Where it is written.
  let site: Site

  init(
    _ syntax: FunctionSyntax, at site: Site, requiredCount: Int, defaults: [CodeBox?],
    globals: Set<Int>,
    body: @escaping Code
  ) {
    name = syntax.name
    parameterNames = syntax.parameters.map(\.name.text)
    parameterCount = parameterNames.count
    self.requiredCount = requiredCount
    self.defaults = defaults
    slotCount = syntax.layout.slotCount
    boxedSlots = syntax.layout.boxedSlots
    captureSlots = syntax.layout.captures.map(\.inner)
    hasBoxes = !boxedSlots.isEmpty || !captureSlots.isEmpty
    self.globals = globals
    names = syntax.layout.names
    self.body = body
    self.site = site
  }
}

/// A block or a command handed to a command, to be run in the scope around it: by
/// `Evaluator.run(_:)`, while that command runs.
package final class BlockObject: Object {
  let code: Code
  /// The session's variables that it reads.
  let globals: Set<Int>
  /// How many slots the frame around has; nil for the session's.
  let slotCount: Int?
  /// Nil once the command has ended.
  var frame: Frame?

  init(code: @escaping Code, globals: Set<Int>, slotCount: Int?, frame: Frame) {
    self.code = code
    self.globals = globals
    self.slotCount = slotCount
    self.frame = frame
    super.init(tag: .block)
  }
}

import Schema

/// A program's text with the name that errors give it.
public final class Source: Sendable {
  /// A path, or a name such as `<stdin>`, `<command>` or `[7]` for a cell.
  public let name: String
  /// The whole program.
  public let text: String

  /// A source of this text.
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// A stretch of a source: UTF-8 offsets, end excluded.
public struct Span: Sendable, Hashable {
  /// Where it begins.
  public var start: Int
  /// Where it ends, itself excluded.
  public var end: Int

  /// From one offset up to another.
  public init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = end
  }
}

/// What kind of mistake it is: what `catch` gives as `e.kind` and `--json` as `kind`.
public enum ErrorKind: String, Sendable {
  case syntax, type, value, index, key, name, call, overflow, depth, assert, fail, file, command
}

/// An error or warning with its place, found before running.
public struct Diagnostic: Sendable {
  /// Whether it keeps the program from running.
  public enum Severity: Sendable { case error, warning }

  /// An error or a warning.
  public var severity: Severity
  /// What kind of mistake it is.
  public var kind: ErrorKind
  /// One sentence without a full stop, as `` `train` has no option `step` ``.
  public var message: String
  /// The mend, where there is one: ``did you mean `steps`?``.
  public var hint: String?
  /// Where it is.
  public var source: Source
  /// The exact place.
  public var span: Span

  /// A diagnostic of its parts.
  public init(
    severity: Severity = .error, kind: ErrorKind, message: String, hint: String? = nil,
    source: Source, span: Span
  ) {
    self.severity = severity
    self.kind = kind
    self.message = message
    self.hint = hint
    self.source = source
    self.span = span
  }
}

/// An error while running. Commands and built-in functions throw it without a place; the evaluator
/// adds the place of the call or of the argument named.
public struct RunError: Error, @unchecked Sendable {
  /// One pointer, so that every function of the evaluator can return it in a register.
  private var facts: Facts

  private final class Facts {
    var kind: ErrorKind
    var message: String
    var hint: String?
    var argument: String?
    var source: Source?
    var span: Span?
    var isInterrupt = false
    var isLeavingBlock = false

    init(_ kind: ErrorKind, _ message: String, hint: String?, argument: String?) {
      self.kind = kind
      self.message = message
      self.hint = hint
      self.argument = argument
    }

    init(copying other: Facts) {
      kind = other.kind
      message = other.message
      hint = other.hint
      argument = other.argument
      source = other.source
      span = other.span
      isInterrupt = other.isInterrupt
      isLeavingBlock = other.isLeavingBlock
    }
  }

  /// An error without a place.
  public init(_ kind: ErrorKind, _ message: String, hint: String? = nil, argument: String? = nil) {
    facts = Facts(kind, message, hint: hint, argument: argument)
  }

  private mutating func change(_ body: (Facts) -> Void) {
    if !isKnownUniquelyReferenced(&facts) { facts = Facts(copying: facts) }
    body(facts)
  }

  /// What kind of mistake it is.
  public var kind: ErrorKind {
    get { facts.kind }
    set { change { $0.kind = newValue } }
  }
  /// One sentence without a full stop.
  public var message: String {
    get { facts.message }
    set { change { $0.message = newValue } }
  }
  /// The mend, where there is one.
  public var hint: String? {
    get { facts.hint }
    set { change { $0.hint = newValue } }
  }
  /// The parameter whose argument is at fault; nil for the call as a whole.
  public var argument: String? {
    get { facts.argument }
    set { change { $0.argument = newValue } }
  }
  /// Where it is.
  public var source: Source? {
    get { facts.source }
    set { change { $0.source = newValue } }
  }
  /// The exact place.
  public var span: Span? {
    get { facts.span }
    set { change { $0.span = newValue } }
  }
  /// Ctrl-C: no `catch` sees it.
  public var isInterrupt: Bool {
    get { facts.isInterrupt }
    set { change { $0.isInterrupt = newValue } }
  }
  /// `return`, `break` or `continue` on its way out of an expression; no error, and never seen
  /// outside the evaluator.
  var isLeavingBlock: Bool { facts.isLeavingBlock }

  /// The person asked to stop.
  public static var interrupted: RunError {
    var error = RunError(.command, "interrupted")
    error.isInterrupt = true
    return error
  }

  static var leavingBlock: RunError {
    var error = RunError(.command, "leaves the block")
    error.change { $0.isLeavingBlock = true }
    return error
  }

  /// The same error at a place, unless it has one already.
  consuming func placed(at span: Span, in source: Source) -> RunError {
    guard facts.span == nil, !facts.isLeavingBlock else { return self }
    change {
      $0.span = span
      $0.source = source
    }
    return self
  }
}

import Schema

/// A program's text with the name that errors give it.
public final class Source: Sendable {
  /// A path, or a name such as `<stdin>`, `<command>` or `[7]` for a cell.
  public let name: String
  public let text: String

  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// A stretch of a source: UTF-8 offsets, end excluded.
public struct Span: Sendable, Hashable {
  public var start: Int
  public var end: Int

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
  public enum Severity: Sendable { case error, warning }

  public var severity: Severity
  public var kind: ErrorKind
  /// One sentence without a full stop, as `` `train` has no option `step` ``.
  public var message: String
  /// The mend, where there is one: ``did you mean `steps`?``.
  public var hint: String?
  public var source: Source
  public var span: Span

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
public struct RunError: Error, Sendable {
  public var kind: ErrorKind
  public var message: String
  public var hint: String?
  /// The parameter whose argument is at fault; nil for the call as a whole.
  public var argument: String?
  public var source: Source?
  public var span: Span?
  /// Ctrl-C: no `catch` sees it.
  public var isInterrupt = false

  public init(_ kind: ErrorKind, _ message: String, hint: String? = nil, argument: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
    self.argument = argument
  }

  /// The person asked to stop.
  public static var interrupted: RunError {
    var error = RunError(.command, "interrupted")
    error.isInterrupt = true
    return error
  }
}

import Schema

/// A program's text with the name that errors give it.
package final class Source: Sendable {
  /// A path, or a name such as `<stdin>`, `<command>` or `[7]` for a cell.
  package let name: String
  package let text: String

  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// A stretch of a source: UTF-8 offsets, end excluded.
package struct Span: Sendable, Hashable {
  package var start: Int
  package var end: Int

  package init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = end
  }
}

/// What kind of mistake it is: what `catch` gives as `e.kind` and `--json` as `kind`.
package enum ErrorKind: String, Sendable {
  case syntax, type, value, index, key, name, call, overflow, depth, assert, fail, file, command
}

/// An error or warning with its place, found before running.
package struct Diagnostic: Sendable {
  package enum Severity: Sendable { case error, warning }

  package var severity: Severity
  package var kind: ErrorKind
  /// One sentence without a full stop, as `` `train` has no option `step` ``.
  package var message: String
  /// The mend, where there is one: ``did you mean `steps`?``.
  package var hint: String?
  package var source: Source
  package var span: Span

  package init(
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
package struct RunError: Error, Sendable {
  package var kind: ErrorKind
  package var message: String
  package var hint: String?
  /// The parameter whose argument is at fault; nil for the call as a whole.
  package var argument: String?
  package var source: Source?
  package var span: Span?
  /// Ctrl-C: no `catch` sees it.
  package var isInterrupt = false

  package init(_ kind: ErrorKind, _ message: String, hint: String? = nil, argument: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
    self.argument = argument
  }

  /// The person asked to stop.
  package static var interrupted: RunError {
    var error = RunError(.command, "interrupted")
    error.isInterrupt = true
    return error
  }
}

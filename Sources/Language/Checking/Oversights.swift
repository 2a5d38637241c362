/// What runs but can hardly be meant: only what is certain, as warnings.
extension Resolver {
  private mutating func warn(_ kind: ErrorKind, _ message: String, at span: Span) {
    add(
      Diagnostic(severity: .warning, kind: kind, message: message, source: source, span: span))
  }

  /// What stands behind a `return`, `break` or `continue` in the same block.
  mutating func warnOfUnreachable(_ statements: [Statement]) {
    for (statement, next) in zip(statements, statements.dropFirst()) {
      let word: String
      switch statement.form {
      case .return: word = "return"
      case .break: word = "break"
      case .continue: word = "continue"
      default: continue
      }
      warn(.syntax, "this is never reached: `\(word)` comes before it", at: next.span)
      return
    }
  }

  /// Variables of a function that get values and are never read. What a command gives may be wanted
  /// only for what the command does.
  mutating func warnOfUnused(in scope: Scope) {
    guard scope.kind == .function else { return }
    for name in scope.plainlyAssigned {
      guard let variable = scope.variables[name.text], !variable.isRead else { continue }
      variable.isRead = true
      warn(.name, "`\(name.text)` gets a value that nothing uses", at: name.span)
    }
  }

  /// `1 == "1"`, which is the same whatever happens.
  mutating func warnOfConstantComparison(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, at span: Span
  ) {
    guard operation == .equal || operation == .notEqual, let a = left.form.literal,
      let b = right.form.literal, a.typeName != b.typeName, a.real == nil || b.real == nil
    else { return }
    warn(
      .type,
      "`\(operation.rawValue)` of \(a.typeName.withArticle) and \(b.typeName.withArticle) is always "
        + "\(operation == .notEqual)", at: span)
  }
}

extension Expression {
  /// Whether a command gives its value.
  var isCommand: Bool {
    switch form {
    case .command, .nameOrCommand: true
    case .call(let call): call.command != nil
    default: false
    }
  }
}

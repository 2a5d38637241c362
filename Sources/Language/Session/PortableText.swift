extension Interpreter {
  /// A program that makes the function anew in another session, with all that it reads, and assigns
  /// it to `name`. Nil where it reads what cannot be written down: what a function around it owns,
  /// an object of the session, a command's block.
  package func program(assigning function: Value, to name: String) -> String? {
    var lines: [String] = []
    var written: Set<String> = []
    guard write(function, as: name, into: &lines, &written) else { return nil }
    return lines.joined(separator: "\n") + "\n"
  }

  private func write(
    _ value: Value, as name: String, into lines: inout [String], _ written: inout Set<String>
  ) -> Bool {
    guard written.insert(name).inserted else { return true }
    guard let function: FunctionObject = value.payload(.function) else {
      guard value.setting != nil else { return false }
      lines.append("\(name) = \(value.source)")
      return true
    }
    guard let code = function.code else {
      guard let builtin = function.name else { return false }
      if builtin != name { lines.append("\(name) = \(builtin)") }
      return true
    }
    guard function.captures.isEmpty else { return false }
    for global in code.globals.sorted().map(globalName) {
      guard let value = self[global], write(value, as: global, into: &lines, &written) else {
        return false
      }
    }
    if let own = code.name {
      // A definition's span begins at its name.
      lines.append(code.site.text.hasPrefix(own) ? "fn " + code.site.text : code.site.text)
      if own != name { lines.append("\(name) = \(own)") }
    } else {
      lines.append("\(name) = \(code.site.text)")
    }
    return true
  }
}

extension Site {
  /// What is written there.
  fileprivate var text: String {
    let start = source.text.utf8.index(source.text.startIndex, offsetBy: span.start)
    let end = source.text.utf8.index(source.text.startIndex, offsetBy: span.end)
    return String(source.text[start..<end])
  }
}

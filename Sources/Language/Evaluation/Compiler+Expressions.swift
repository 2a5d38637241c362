extension Compiler {
  mutating func code(_ expression: Expression) -> Code {
    switch expression.form {
    case .null: return constant(.null)
    case .boolean(let value): return constant(.boolean(value))
    case .integer(let value): return constant(.integer(value))
    case .real(let value): return constant(.real(value))
    case .string(let text), .word(let text): return constant(.string(text))
    case .interpolation(let pieces): return interpolation(pieces)
    case .name(let name): return read(name)
    case .nameOrCommand(let name, let command): return nameOrCommand(name, command)
    case .list(let elements): return list(elements)
    case .map(let entries): return map(entries)
    case .not, .and, .or:
      let test = test(expression, in: .value)
      return { frame throws(RunError) in .boolean(try test(frame)) }
    case .negate(let operand, let span): return sign(operand, isMinus: true, at: span)
    case .plus(let operand, let span): return sign(operand, isMinus: false, at: span)
    case .binary(let operation, let left, let right, let span):
      return binary(operation, left, right, at: span)
    case .range(let start, let end, let step, let isHalfOpen, let span):
      let range = range(start, end, step, isHalfOpen, at: span)
      return { frame throws(RunError) in .object(try range(frame)) }
    case .member(let base, let name, let span): return member(base, name, at: span)
    case .index(let base, let index): return element(base, index)
    case .call(let call): return self.call(call)
    case .command(let command): return self.command(command)
    case .conditional(let conditional): return self.conditional(conditional)
    case .function(let function): return closure(function)
    case .block: preconditionFailure("a block stands outside a command's arguments")
    }
  }

  private func constant(_ value: Value) -> Code { { _ throws(RunError) in value } }

  private mutating func interpolation(_ pieces: [Expression.Piece]) -> Code {
    let text = text(of: pieces)
    return { frame throws(RunError) in .string(try text(frame)) }
  }

  /// The text that the pieces of a string make together.
  mutating func text(
    of pieces: [Expression.Piece]
  ) -> (Frame) throws(RunError) -> String {
    var append: TextAppending = { _ throws(RunError) in }
    for (i, piece) in pieces.enumerated() {
      let next = appending(piece)
      append = i == 0 ? next : TextPair(first: append, second: next).appending
    }
    let all = append
    return { frame throws(RunError) in
      let start = frame.state.pointee.text.count
      do throws(RunError) {
        try all(frame)
      } catch {
        frame.state.pointee.text.cut(to: start)
        throw error
      }
      return frame.state.pointee.text.take(from: start)
    }
  }

  private mutating func appending(_ piece: Expression.Piece) -> TextAppending {
    switch piece {
    case .text(let literal):
      return { frame throws(RunError) in frame.state.pointee.text.append(literal) }
    case .value(let value, let spec, _):
      let code = code(value)
      guard let spec, let spec = FormatSpec(spec) else {
        return { frame throws(RunError) in
          let value = try code(frame)
          if case .integer(let value) = value {
            frame.state.pointee.text.append(value)
          } else {
            frame.state.pointee.text.append(value.printed)
          }
        }
      }
      let site = site(value.span)
      return { frame throws(RunError) in
        let value = try code(frame)
        let text = try placed(site) { () throws(RunError) in try formatted(value, spec) }
        frame.state.pointee.text.append(text)
      }
    }
  }

  private mutating func list(_ elements: [Expression]) -> Code {
    let codes = elements.map { CodeBox(run: code($0)) }
    switch codes.count {
    case 0: return { _ throws(RunError) in .list(ContiguousArray<Value>()) }
    case 1:
      let first = codes[0].run
      return { frame throws(RunError) in .list([try first(frame)]) }
    case 2:
      let first = codes[0].run
      let second = codes[1].run
      return { frame throws(RunError) in .list([try first(frame), try second(frame)]) }
    case 3:
      let first = codes[0].run
      let second = codes[1].run
      let third = codes[2].run
      return { frame throws(RunError) in
        .list([try first(frame), try second(frame), try third(frame)])
      }
    default:
      return { frame throws(RunError) in
        var values = ContiguousArray<Value>()
        values.reserveCapacity(codes.count)
        for code in codes { values.append(try code.run(frame)) }
        return .list(values)
      }
    }
  }

  private mutating func map(_ entries: [Expression.Entry]) -> Code {
    let keys: [Either] = entries.map { entry in
      if case .string(let text) = entry.key.form { return .text(text) }
      return .computed(code(entry.key), site(entry.key.span))
    }
    let values = entries.map { CodeBox(run: code($0.value)) }
    if let shape = shape(of: keys) {
      return { frame throws(RunError) in
        let map = MapObject(keysOf: shape)
        for value in values { map.appendValue(try value.run(frame)) }
        return .object(map)
      }
    }
    return { frame throws(RunError) in
      var map = OrderedMap()
      for i in keys.indices { map[try keys[i].text(frame)] = try values[i].run(frame) }
      return .map(map)
    }
  }

  /// A map of keys that are all written out and differ.
  private func shape(of keys: [Either]) -> MapObject? {
    var shape = OrderedMap()
    for case .text(let key) in keys { shape[key] = .null }
    return shape.count == keys.count ? shape.object : nil
  }

  /// A map's key: as written, or computed.
  private enum Either {
    case text(String)
    case computed(Code, Site)

    func text(_ frame: Frame) throws(RunError) -> String {
      switch self {
      case .text(let text): return text
      case .computed(let code, let site):
        let key = try code(frame)
        guard let text = key.text else {
          throw site.error(.type, "a key is a string, not \(key.typeName.withArticle)")
        }
        return text
      }
    }
  }

  private mutating func sign(_ operand: Expression, isMinus: Bool, at span: Span) -> Code {
    let site = site(span)
    let code = code(operand)
    return { frame throws(RunError) in
      switch try code(frame) {
      case .integer(let value):
        if !isMinus { return .integer(value) }
        return try Subtraction.integers(0, value, site)
      case .real(let value): return .real(isMinus ? -value : value)
      case let value:
        throw site.error(
          .type, "`\(isMinus ? "-" : "+")` takes a number, not \(value.typeName.withArticle)")
      }
    }
  }

  private mutating func conditional(_ conditional: ConditionalSyntax) -> Code {
    var code: Code = { _ throws(RunError) in .null }
    if let otherwise = conditional.otherwise { code = value(otherwise) }
    for (condition, block) in conditional.branches.reversed() {
      let branch = CodeBranch(then: value(block), otherwise: code)
      code = withCondition(condition, in: .condition("if"), branch).run
    }
    return code
  }

  // MARK: Ranges

  mutating func range(
    _ start: Expression, _ end: Expression, _ step: Expression?, _ isHalfOpen: Bool, at span: Span
  ) -> (Frame) throws(RunError) -> RangeObject {
    let site = site(span)
    let startCode = code(start)
    let endCode = code(end)
    let stepSite = step.map { self.site($0.span) } ?? site
    let stepCode = step.map { CodeBox(run: code($0)) }
    return { frame throws(RunError) in
      let start = try integer(try startCode(frame), "a range begins with", site)
      let end = try integer(try endCode(frame), "a range ends with", site)
      guard let stepCode else {
        return RangeObject(start: start, end: end, isHalfOpen: isHalfOpen)
      }
      let step = try integer(try stepCode.run(frame), "a range's step is", stepSite)
      if step == 0 { throw stepSite.error(.value, "a range's step is 0") }
      return RangeObject(start: start, end: end, step: step, isHalfOpen: isHalfOpen)
    }
  }
}

private func integer(_ value: Value, _ what: String, _ site: Site) throws(RunError) -> Int {
  if case .integer(let value) = value { return value }
  throw site.error(.type, "\(what) an integer, not \(value.typeName.withArticle)")
}

/// A piece of a string, compiled: adds its text to the evaluator's buffer.
private typealias TextAppending = (Frame) throws(RunError) -> Void

/// One piece after another. Closures that lie in an object are called without being retained.
private final class TextPair {
  private let first: TextAppending
  private let second: TextAppending

  init(first: @escaping TextAppending, second: @escaping TextAppending) {
    self.first = first
    self.second = second
  }

  var appending: TextAppending {
    { frame throws(RunError) in
      try self.first(frame)
      try self.second(frame)
    }
  }
}

import Schema

extension Value {
  /// As `print` writes it: a string by itself is plain, strings inside another value stand as in
  /// source.
  public var printed: String {
    if let text { return text }
    return source
  }

  /// As the language's source would write it: `[1, 2.0, "a"]`, `{x: 1, "a b": null}`. Functions and
  /// handles, which no source can write, give a one-line description.
  public var source: String { written(in: .source) }
}

/// How values are written: as source or as JSON.
struct Notation: Sendable {
  let comma: String
  let colon: String
  let writeKey: @Sendable (String, inout String) -> Void
  /// For what is neither a list nor a map.
  let writeLeaf: @Sendable (Value, inout String) -> Void

  static let source = Notation(
    comma: ", ", colon: ": ",
    writeKey: { key, result in result += isIdentifier(key) ? key : quote(key) },
    writeLeaf: writeSource)

  private static func writeSource(_ value: Value, to result: inout String) {
    switch value {
    case .null: result += "null"
    case .boolean(let value): result += value ? "true" : "false"
    case .integer(let value): result += String(value)
    case .real(let value): result += formatReal(value)
    case .object(let object):
      switch object.tag {
      case .string: result += quote(unsafeDowncast(object, to: StringObject.self).text)
      case .range: result += unsafeDowncast(object, to: RangeObject.self).text
      case .function:
        result += "fn(" + (value.function?.parameterNames ?? []).joined(separator: ", ") + ")"
      case .handle: result += unsafeDowncast(object, to: Handle.self).text
      case .list, .map, .block, .box: result += "{ … }"
      }
    case .unset: preconditionFailure("a variable without a value is written")
    }
  }
}

extension Value {
  /// Without recursion: values may nest deeper than the native stack is large.
  func written(in notation: Notation) -> String {
    var result = ""
    var outer: [Unfinished] = []
    var current = self
    while true {
      if let elements = current.elements {
        result += "["
        outer.append(Unfinished(values: elements, keys: nil))
      } else if let entries = current.entries {
        result += "{"
        outer.append(Unfinished(values: ContiguousArray(entries.values), keys: entries.keys))
      } else {
        notation.writeLeaf(current, &result)
      }
      while let last = outer.last, last.next == last.values.count {
        result += last.keys == nil ? "]" : "}"
        outer.removeLast()
      }
      guard let last = outer.indices.last else { return result }
      let next = outer[last].next
      if next > 0 { result += notation.comma }
      if let keys = outer[last].keys {
        notation.writeKey(keys[next], &result)
        result += notation.colon
      }
      current = outer[last].values[next]
      outer[last].next += 1
    }
  }
}

/// A list or map that is being written.
private struct Unfinished {
  let values: ContiguousArray<Value>
  /// Nil for a list.
  let keys: OrderedMap.Keys?
  var next = 0
}

extension RangeObject {
  /// As in source: `1..3`, `1..<9 step 2`.
  public var text: String {
    "\(start)\(isHalfOpen ? "..<" : "..")\(end)" + (step == 1 ? "" : " step \(step)")
  }
}

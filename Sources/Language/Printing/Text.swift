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
  public var source: String {
    var result = ""
    writeSource(to: &result)
    return result
  }

  private func writeSource(to result: inout String) {
    switch self {
    case .null: result += "null"
    case .boolean(let value): result += value ? "true" : "false"
    case .integer(let value): result += String(value)
    case .real(let value): result += formatReal(value)
    case .object(let object):
      switch object.tag {
      case .string: result += quote(unsafeDowncast(object, to: StringObject.self).text)
      case .list: writeElements(unsafeDowncast(object, to: ListObject.self), to: &result)
      case .map: writeEntries(unsafeDowncast(object, to: MapObject.self), to: &result)
      case .range: result += unsafeDowncast(object, to: RangeObject.self).text
      case .function:
        result += "fn(" + (function?.parameterNames ?? []).joined(separator: ", ") + ")"
      case .handle: result += unsafeDowncast(object, to: Handle.self).text
      default: result += "{ … }"
      }
    }
  }

  private func writeElements(_ list: ListObject, to result: inout String) {
    result += "["
    var isFirst = true
    for element in list.elements {
      if !isFirst { result += ", " }
      isFirst = false
      element.writeSource(to: &result)
    }
    result += "]"
  }

  private func writeEntries(_ map: MapObject, to result: inout String) {
    result += "{"
    for i in 0..<map.entries.count {
      if i > 0 { result += ", " }
      let key = map.entries.keys[i]
      result += isIdentifier(key) ? key : quote(key)
      result += ": "
      map.entries.values[i].writeSource(to: &result)
    }
    result += "}"
  }
}

extension RangeObject {
  /// As in source: `1..3`, `1..<9 step 2`.
  public var text: String {
    "\(start)\(isHalfOpen ? "..<" : "..")\(end)" + (step == 1 ? "" : " step \(step)")
  }
}

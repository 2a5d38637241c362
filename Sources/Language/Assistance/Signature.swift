import Schema

/// A declaration as a line of source, and its parts in few words.
extension Declaration {
  /// `train [agent] [steps=…] …` for a command.
  var commandUsage: String { ([name] + parameters.map(\.commandUsage)).joined(separator: " ") }

  /// `clamp(x, low, high)` for a function.
  var functionUsage: String {
    let texts = parameters.map { parameter in
      switch parameter.defaultValue {
      case _ where parameter.form == .variadic: return parameter.name + ", …"
      case .required: return parameter.name
      case .setting(let setting): return "\(parameter.name)=\(setting)"
      case .described: return parameter.name + "=…"
      }
    }
    return "\(name)(\(texts.joined(separator: ", ")))"
  }
}

extension Parameter {
  var isRequired: Bool { if case .required = defaultValue { true } else { false } }

  /// `NAME`, `[NAME]`, `[name=…]`: in brackets what can be left out.
  var commandUsage: String {
    let text =
      switch form {
      case .positional, .subject: name.uppercased()
      case .variadic: name.uppercased() + " …"
      case .option: name + "=…"
      }
    return isRequired ? text : "[\(text)]"
  }

  /// `0.99`, `the preset's`; nil where it must be given.
  var defaultText: String? {
    switch defaultValue {
    case .required: nil
    case .setting(let setting): setting.description
    case .described(let text): text
    }
  }

  /// Name, type and default: `gamma: number 0 to 1 = 0.99`.
  var label: String {
    "\(name): \(domain.shortDescription)" + (defaultText.map { " = \($0)" } ?? "")
  }
}

extension Domain {
  /// In as few words as will do, for a row of a listing.
  var shortDescription: String {
    switch self {
    case .anything: "any"
    case .boolean: "true or false"
    case .integer(let bounds):
      switch (bounds.lowerBound, bounds.upperBound) {
      case (.min, .max): "integer"
      case (let lower, .max): "integer ≥ \(lower)"
      case (.min, let upper): "integer ≤ \(upper)"
      case (let lower, let upper): "integer \(lower) to \(upper)"
      }
    case .real(let interval): interval.shortDescription
    case .string: "string"
    case .words(let words): words.map(\.text).joined(separator: "|")
    case .member(let family): family.name
    case .name: "name"
    case .path: "path"
    case .list(of: .anything): "list"
    case .list(let element): "list of \(element.shortDescription)"
    case .map: "map"
    case .range: "range"
    case .function(let count): "fn(\(count.upperBound))"
    case .handle(let kind): kind
    case .block: "block"
    case .command: "command"
    case .either(let domains):
      // The first is the usual one; a row has no room for many.
      domains.count > 2
        ? domains[0].shortDescription + " or …"
        : domains.map(\.shortDescription).joined(separator: " or ")
    }
  }

  /// Whether a variable of this type or kind may be in the domain. A kind that is not known may.
  func admits(kind: String) -> Bool {
    if kind.isEmpty { return true }
    return alternatives.contains {
      switch $0 {
      case .anything: true
      case .boolean: kind == "boolean"
      case .integer: kind == "integer"
      case .real: kind == "integer" || kind == "real"
      case .string, .words: kind == "string"
      case .list: kind == "list"
      case .map: kind == "map"
      case .range: kind == "range"
      case .function: kind == "function"
      case .handle(let handle): kind == handle
      case .name, .path, .member, .block, .command, .either: false
      }
    }
  }
}

extension Interval {
  fileprivate var shortDescription: String {
    let low = lower == -.infinity ? nil : (includesLower ? "≥ " : "> ") + number(lower)
    let high = upper == .infinity ? nil : (includesUpper ? "≤ " : "< ") + number(upper)
    switch (low, high) {
    case (nil, nil): return "number"
    case (let bound?, nil), (nil, let bound?): return "number \(bound)"
    case (_?, _?) where includesLower && includesUpper:
      return "number \(number(lower)) to \(number(upper))"
    case (let low?, let high?): return "number \(low) \(high)"
    }
  }

  private func number(_ value: Double) -> String {
    let text = formatReal(value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

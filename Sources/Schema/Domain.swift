/// What a parameter can be set to. Validation, help, completion and a search's space derive
/// from it.
public indirect enum Domain: Sendable {
  case anything
  case boolean
  case integer(ClosedRange<Int>)
  case real(Interval)
  case string
  /// One of a few fixed words, written bare.
  case words([Word])
  /// The name of a declared thing: an algorithm, an environment. Choosing it adds its parameters to
  /// the command's options.
  case member(Family)
  /// A new bare name.
  case name
  /// A file or folder, written bare.
  case path
  case list(of: Domain)
  case map
  case range
  /// A function that takes this many arguments.
  case function(ClosedRange<Int>)
  /// A live object of the session, by its kind: `agent`, `environment`, `episode`, …
  case handle(String)
  case block
  /// A command that is run by this one: `time train a`.
  case command
  case either([Domain])
}

/// One fixed word and what it means.
public struct Word: Sendable, Hashable {
  /// As it is written.
  public var text: String
  /// One line that ends with a full stop.
  public var summary: String

  /// A word and what it means.
  public init(_ text: String, _ summary: String) {
    self.text = text
    self.summary = summary
  }
}

/// A list of declarations that one word chooses from, such as the algorithms.
public struct Family: Sendable, Hashable {
  /// In the singular, as an error names it: `algorithm`.
  public let name: String

  /// The family of this name.
  public init(_ name: String) { self.name = name }
}

/// An interval of real numbers whose ends may be left out.
public struct Interval: Sendable, Hashable {
  /// The lower end; minus infinity for none.
  public var lower: Double
  /// The upper end; infinity for none.
  public var upper: Double
  /// Whether the lower end itself lies in it.
  public var includesLower: Bool
  /// Whether the upper end itself lies in it.
  public var includesUpper: Bool
  /// Whether nan, which lies between no two numbers, is taken too.
  public var includesNaN: Bool

  /// An interval between two ends.
  ///
  /// - Precondition: `lower` is not above `upper`.
  public init(
    _ lower: Double, _ upper: Double, includesLower: Bool = true, includesUpper: Bool = true,
    includesNaN: Bool = false
  ) {
    precondition(lower <= upper, "interval from \(lower) to \(upper) is reversed")
    self.lower = lower
    self.upper = upper
    self.includesLower = includesLower
    self.includesUpper = includesUpper
    self.includesNaN = includesNaN
  }

  /// Whether `value` lies in the interval.
  public func contains(_ value: Double) -> Bool {
    if value.isNaN { return includesNaN }
    return (includesLower ? value >= lower : value > lower)
      && (includesUpper ? value <= upper : value < upper)
  }
}

extension Domain {
  /// Integers from `lower` up.
  public static func integer(from lower: Int) -> Domain { .integer(lower...Int.max) }
  /// Any integer.
  public static var integer: Domain { .integer(Int.min...Int.max) }
  /// Any number, infinities and nan among them.
  public static var number: Domain { .real(Interval(-.infinity, .infinity, includesNaN: true)) }
  /// Any real number but nan.
  public static var real: Domain { .real(Interval(-.infinity, .infinity)) }
  /// Finite reals greater than zero.
  public static var positiveReal: Domain {
    .real(Interval(0, .infinity, includesLower: false, includesUpper: false))
  }
  /// Finite reals from `lower` up.
  public static func real(from lower: Double) -> Domain {
    .real(Interval(lower, .infinity, includesUpper: false))
  }
  /// Reals from `lower` to `upper`, both included.
  public static func real(_ bounds: ClosedRange<Double>) -> Domain {
    .real(Interval(bounds.lowerBound, bounds.upperBound))
  }
  /// A handle or nothing else that means the current one.
  public static func function(_ parameters: Int) -> Domain { .function(parameters...parameters) }

  /// What it takes, for an error or a help page: `an integer from 1 up`.
  public var description: String {
    switch self {
    case .anything: "any value"
    case .boolean: "true or false"
    case .integer(let bounds):
      switch (bounds.lowerBound, bounds.upperBound) {
      case (.min, .max): "an integer"
      case (let lower, .max): "an integer from \(lower) up"
      case (.min, let upper): "an integer up to \(upper)"
      case (let lower, let upper) where lower == upper: "\(lower)"
      case (let lower, let upper): "an integer from \(lower) to \(upper)"
      }
    case .real(let interval): interval.description
    case .string: "a string"
    case .words(let words): (words.count == 1 ? "" : "one of ") + quoted(words)
    case .member(let family): family.name.article + " " + family.name
    case .name: "a name"
    case .path: "a path"
    case .list(let element):
      switch element {
      case .anything: "a list"
      default: "a list, each element \(element.description)"
      }
    case .map: "a map"
    case .range: "a range"
    case .function(let count):
      if count.lowerBound == count.upperBound {
        "a function of \(count.lowerBound) argument\(count.lowerBound == 1 ? "" : "s")"
      } else {
        "a function of \(count.lowerBound) to \(count.upperBound) arguments"
      }
    case .handle(let kind): kind.article + " " + kind
    case .block: "a block"
    case .command: "a command"
    case .either(let domains): enumerated(domains.map(\.description))
    }
  }

  /// Whether a plain value lies in this domain. Functions, handles and blocks are no settings: the
  /// language checks those.
  public func contains(_ setting: Setting) -> Bool {
    switch (self, setting) {
    case (.anything, _): true
    case (.boolean, .boolean): true
    case (.integer(let bounds), .integer(let value)): bounds.contains(value)
    case (.real(let interval), .integer(let value)): interval.contains(Double(value))
    case (.real(let interval), .real(let value)): interval.contains(value)
    case (.string, .string), (.name, .string), (.path, .string), (.member, .string): true
    case (.words(let words), .string(let value)): words.contains { $0.text == value }
    case (.list(let element), .list(let values)): values.allSatisfy(element.contains)
    case (.map, .map): true
    case (.either(let domains), _): domains.contains { $0.contains(setting) }
    default: false
    }
  }

  /// Whether the kind of a plain value fits, whatever its range: tells "wrong type" from "wrong
  /// value".
  public func admitsType(of setting: Setting) -> Bool {
    switch (self, setting) {
    case (.integer, .integer), (.real, .integer), (.real, .real), (.words, .string): true
    case (.list(let element), .list(let values)): values.allSatisfy(element.admitsType)
    case (.either(let domains), _): domains.contains { $0.admitsType(of: setting) }
    default: contains(setting)
    }
  }

  /// The domains it is made of: itself, or the alternatives of `either`.
  public var alternatives: [Domain] {
    if case .either(let domains) = self { domains.flatMap(\.alternatives) } else { [self] }
  }

  /// Whether a bare WORD is read, whatever it is: it takes only words, names or paths.
  public var readsOnlyWords: Bool {
    alternatives.allSatisfy {
      switch $0 {
      case .words, .member, .name, .path: true
      default: false
      }
    }
  }

  /// The fixed words among what it takes.
  public var fixedWords: [Word] {
    alternatives.flatMap { domain -> [Word] in
      if case .words(let words) = domain { words } else { [] }
    }
  }

  /// The family whose members it names, if any.
  public var family: Family? {
    for case .member(let family) in alternatives { return family }
    return nil
  }

  /// `a, b or c`.
  private func enumerated(_ texts: [String]) -> String {
    guard texts.count > 1 else { return texts.joined() }
    return texts.dropLast().joined(separator: ", ") + " or " + texts[texts.count - 1]
  }

  private func quoted(_ words: [Word]) -> String {
    words.map { "`\($0.text)`" }.joined(separator: ", ")
  }
}

extension Interval: CustomStringConvertible {
  /// `a number greater than 0`, `a number from 0.0 to 1.0`.
  public var description: String {
    let low = lower == -.infinity ? nil : (includesLower ? "from " : "greater than ") + short(lower)
    let high = upper == .infinity ? nil : (includesUpper ? "up to " : "less than ") + short(upper)
    switch (low, high) {
    case (nil, nil): return "a number"
    case (let low?, nil): return "a number \(low)" + (includesLower ? " up" : "")
    case (nil, let high?): return "a number \(high)"
    case (let low?, let high?):
      if includesLower && includesUpper {
        return "a number from \(short(lower)) to \(short(upper))"
      }
      return "a number \(low) and \(high)"
    }
  }

  private func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : formatReal(value)
  }
}

extension String {
  /// The indefinite article that goes before it.
  var article: String { first.map { "aeiou".contains($0) } == true ? "an" : "a" }
}

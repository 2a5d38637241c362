import Schema

/// Values by parameter name.
public typealias Settings = [String: Setting]

extension Declaration {
  /// Every parameter's value: the one given, or the declared default. Parameters whose default is
  /// said in words are left out where nothing is given.
  ///
  /// - Throws: `unknownSetting` and `invalidSetting`.
  public func resolve(_ given: Settings) throws(CoreError) -> Settings {
    for (name, value) in given.sorted(by: { $0.key < $1.key }) { try check(name, value) }
    var settings: Settings = [:]
    for parameter in parameters {
      if let value = given[parameter.name] {
        settings[parameter.name] = value
      } else if case .setting(let value) = parameter.defaultValue {
        settings[parameter.name] = value
      }
    }
    return settings
  }

  /// Whether `value` can be given to the parameter `name`.
  func check(_ name: String, _ value: Setting) throws(CoreError) {
    guard let parameter = parameter(name) else {
      throw .unknownSetting(
        name: name, owner: self.name,
        suggestion: nearest(to: name, among: parameters.map(\.name)))
    }
    guard parameter.domain.contains(value) else {
      throw .invalidSetting(name: name, value: value, expected: parameter.domain.description)
    }
  }
}

/// Reading resolved settings: a missing or mistyped one is a fault of its declaration.
extension [String: Setting] {
  func integer(_ name: String) -> Int { read(name, self[name]?.integer) }
  func real(_ name: String) -> Double { read(name, self[name]?.real) }
  func boolean(_ name: String) -> Bool { read(name, self[name]?.boolean) }
  func string(_ name: String) -> String { read(name, self[name]?.string) }
  func integers(_ name: String) -> [Int] { read(name, self[name]?.list).compactMap(\.integer) }

  private func read<T>(_ name: String, _ value: T?) -> T {
    guard let value else { preconditionFailure("setting \(name) is \(self[name] ?? .null)") }
    return value
  }
}

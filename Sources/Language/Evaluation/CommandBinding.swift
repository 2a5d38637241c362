import Schema

/// Binds the values of one command call to parameters and checks them.
struct CommandBinding {
  /// A value with the name or the parameter it was written for, if any.
  struct Given {
    var name: String?
    var parameter: String?
    var value: Value
    var site: Site
  }

  let declaration: Declaration
  private(set) var member: Declaration?
  private(set) var arguments: [String: Value] = [:]
  private(set) var options: [(name: String, value: Value)] = []
  /// Where each parameter's value stands, for errors.
  private(set) var sites: [String: Site] = [:]

  /// - Parameter vocabulary: finds the member that a computed name chooses.
  init(
    _ declaration: Declaration, member: Declaration?, given: [Given], vocabulary: Vocabulary
  ) throws(RunError) {
    self.declaration = declaration
    self.member = member
    for item in given where item.parameter != nil { try bind(item, to: item.parameter!) }
    try bindByPlace(given.filter { $0.name == nil && $0.parameter == nil }, given)
    for item in given {
      if let name = item.name, let parameter = declaration.parameter(name) {
        try bind(item, to: parameter.name)
      }
    }
    try findMember(in: vocabulary)
    for item in given {
      if let name = item.name, declaration.parameter(name) == nil { try bindOption(item, name) }
    }
    try checkRequired()
  }

  private mutating func bind(_ item: Given, to name: String) throws(RunError) {
    if arguments[name] != nil {
      throw item.site.error(.call, "`\(name)` of `\(declaration.name)` is given twice")
    }
    if let parameter = declaration.parameter(name) { try check(item, parameter) }
    arguments[name] = item.value
    sites[name] = item.site
  }

  private func check(_ item: Given, _ parameter: Parameter) throws(RunError) {
    guard let (kind, message) = mismatch(of: item.value, with: parameter) else { return }
    throw item.site.error(
      kind, "`\(declaration.name)` takes \(message), as `\(parameter.name)`")
  }

  /// Values by place go to the parameters in order. A subject that the first value is no value for is
  /// left out.
  private mutating func bindByPlace(_ values: [Given], _ given: [Given]) throws(RunError) {
    var free = declaration.parameters.filter { parameter in
      parameter.form != .option && arguments[parameter.name] == nil
        && !given.contains { $0.name == parameter.name }
    }
    for (i, item) in values.enumerated() {
      while let subject = free.first, subject.form == .subject, free.count > 1,
        mismatch(of: item.value, with: subject) != nil,
        free.count > values.count - i || free.last?.form == .variadic
      {
        free.removeFirst()
      }
      guard let parameter = free.first else {
        let most = declaration.parameters.count { $0.form != .option }
        throw RunError(
          .call,
          "`\(declaration.name)` takes \(counted(most, "value")) at most, not \(values.count)")
      }
      if parameter.form == .variadic {
        try bindRest(Array(values[i...]), to: parameter)
        return
      }
      free.removeFirst()
      try bind(item, to: parameter.name)
    }
  }

  private mutating func bindRest(_ rest: [Given], to parameter: Parameter) throws(RunError) {
    for item in rest { try check(item, parameter) }
    arguments[parameter.name] = .list(rest.map(\.value))
    sites[parameter.name] = rest.first?.site
  }

  private mutating func findMember(in vocabulary: Vocabulary) throws(RunError) {
    guard member == nil,
      let parameter = declaration.parameters.first(where: { $0.domain.family != nil }),
      let family = parameter.domain.family, let name = arguments[parameter.name]?.text
    else { return }
    member = vocabulary.member(name, of: family)
    let isFixedWord = parameter.domain.fixedWords.contains { $0.text == name }
    let takesOthers = parameter.domain.alternatives.contains {
      switch $0 {
      case .string, .path, .name, .anything: true
      default: false
      }
    }
    let isDefinition =
      declaration.defines == family
      && arguments.values.contains {
        if case .object(let o) = $0 { o.tag == .block } else { false }
      }
    if member == nil, !isFixedWord, !takesOthers, !isDefinition, let site = sites[parameter.name] {
      throw site.error(
        .value, "there is no \(family.name) `\(name)`",
        hint: suggested(name, among: vocabulary.memberNames(of: family)))
    }
  }

  private mutating func bindOption(_ item: Given, _ name: String) throws(RunError) {
    if let parameter = member?.parameter(name) {
      try check(item, parameter)
    } else if !declaration.acceptsOtherOptions && member?.acceptsOtherOptions != true {
      let names = (declaration.parameters + (member?.parameters ?? [])).map(\.name)
      throw RunError(
        .call, "`\(declaration.name)` has no option `\(name)`", hint: suggested(name, among: names))
    }
    if options.contains(where: { $0.name == name }) {
      throw item.site.error(.call, "`\(name)` of `\(declaration.name)` is given twice")
    }
    options.append((name: name, value: item.value))
    sites[name] = item.site
  }

  private func checkRequired() throws(RunError) {
    for parameter in declaration.parameters where arguments[parameter.name] == nil {
      guard case .required = parameter.defaultValue, parameter.form != .subject else { continue }
      throw RunError(
        .call,
        "`\(declaration.name)` needs `\(parameter.name)`: \(parameter.domain.description)")
    }
  }
}

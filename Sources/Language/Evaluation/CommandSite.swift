import Schema

/// One call of a command in a source.
final class CommandSite {
  let command: Command
  /// The same, to be lent to calls.
  private let lentCommand: Unmanaged<Command>
  /// The member that a written word chooses.
  let member: Declaration?
  let target: String?
  private let syntax: CommandSyntax
  private let argumentSites: [Site]
  private let nameSite: Site
  private let vocabulary: Vocabulary

  init(
    _ command: Command, _ syntax: CommandSyntax, argumentSites: [Site], nameSite: Site,
    vocabulary: Vocabulary
  ) {
    self.command = command
    lentCommand = .passUnretained(command)
    self.syntax = syntax
    member = syntax.member
    target = syntax.target
    self.argumentSites = argumentSites
    self.nameSite = nameSite
    self.vocabulary = vocabulary
  }

  /// Asked when it runs: the session marks the statement it shows after it was compiled.
  var isShown: Bool { syntax.isShown }

  /// Binds the values, one for each argument as written, and runs the command.
  func run(_ values: ContiguousArray<Value>, _ frame: Frame) throws(RunError) -> Value {
    // A block belongs to the frame that is running: it ends with its command.
    defer { for value in values { (value.payload(.block) as Object?)?.endBlock() } }
    let binding = try bind(values)
    let arguments = ContiguousArray(
      command.parameterNames.map { binding.arguments[$0] ?? .unset })
    return try run(
      .several(arguments), chosen: member == nil ? binding.member.map(ChosenMember.init) : nil,
      options: binding.options, frame
    ) { binding.sites }
  }

  /// Runs the command with arguments that a `BindingPlan` has bound.
  func run(
    bound arguments: BoundArguments, _ frame: Frame,
    values: () -> ContiguousArray<Value>
  ) throws(RunError) -> Value {
    try run(arguments, chosen: nil, options: [], frame) {
      // Where the values came from is worked out only for an error.
      (try? self.bind(values()))?.sites ?? [:]
    }
  }

  private func bind(_ values: ContiguousArray<Value>) throws(RunError) -> CommandBinding {
    let given = zip(syntax.arguments, zip(values, argumentSites)).map { argument, given in
      CommandBinding.Given(
        name: argument.parameter == nil ? argument.name?.text : nil,
        parameter: argument.parameter, value: given.0, site: given.1)
    }
    return try placed(nameSite) { () throws(RunError) in
      try CommandBinding(
        command.declaration, member: member, given: given, vocabulary: vocabulary)
    }
  }

  private func run(
    _ arguments: BoundArguments, chosen: ChosenMember?,
    options: [(name: String, value: Value)], _ frame: Frame, sites: () -> [String: Site]
  ) throws(RunError) -> Value {
    let call = CommandCall(
      site: self, chosen: chosen, arguments: arguments, options: options,
      evaluator: frame.state.pointee.evaluator)
    do throws(RunError) {
      return try lentCommand.lend { (command) throws(RunError) in try command.run(call) }
    } catch {
      let place = error.argument.flatMap { sites()[$0] } ?? nameSite
      throw error.placed(at: place.span, in: place.source)
    }
  }
}

/// How the values of one call are bound, as far as it is known before running: for calls without
/// blocks, options of a member and variadic parameters, whose values then go to their places at once.
struct BindingPlan {
  private let checks: ContiguousArray<ParameterCheck>
  /// For each argument as written the parameter that it is named for; nil for those by place.
  private let named: ContiguousArray<Int?>
  /// The parameters that values by place go to, in order.
  private let free: ContiguousArray<Int>
  private let required: ContiguousArray<Int>
  private let placedCount: Int
  /// The parameter that takes one value alone, by the number of its type; nil where the value itself
  /// must be looked at, or does not fit.
  private let takerOfType: ContiguousArray<Int?>
  /// For each argument as written how many before it go by place.
  private let placesBefore: ContiguousArray<Int>

  /// Nil where `CommandBinding` has to look at the values first.
  init?(_ syntax: CommandSyntax) {
    let parameters = syntax.declaration.parameters
    if syntax.member == nil, parameters.contains(where: { $0.domain.family != nil }) { return nil }
    var named = ContiguousArray<Int?>()
    for argument in syntax.arguments {
      if case .block = argument.value.form { return nil }
      guard let name = argument.parameter ?? argument.name?.text else {
        named.append(nil)
        continue
      }
      guard let index = parameters.firstIndex(where: { $0.name == name }), !named.contains(index)
      else { return nil }
      named.append(index)
    }
    let free = parameters.indices.filter {
      parameters[$0].form != .option && !named.contains($0)
    }
    if free.contains(where: { parameters[$0].form == .variadic }) { return nil }
    self.named = named
    self.free = ContiguousArray(free)
    checks = ContiguousArray(parameters.map(ParameterCheck.init))
    required = ContiguousArray(
      parameters.indices.filter {
        guard case .required = parameters[$0].defaultValue else { return false }
        return parameters[$0].form != .subject
      })
    placedCount = named.count { $0 == nil }
    placesBefore = ContiguousArray(named.indices.map { i in named[..<i].count { $0 == nil } })
    takerOfType = ContiguousArray(
      (0..<TypeSet.count).map { [checks, required] number in
        let type = TypeSet(rawValue: 1 << number)
        guard named.count == 1 else { return nil }
        let index: Int?
        if let given = named[0] {
          index = given
        } else if let first = free.first, checks[first].parameter.form == .subject, free.count > 1,
          !checks[first].mayTake(type)
        {
          index = checks[free[1]].parameter.form == .subject ? nil : free[1]
        } else {
          index = free.first
        }
        guard let index, checks[index].takesAll(type), required.allSatisfy({ $0 == index }) else {
          return nil
        }
        return index
      })
  }

  /// The values by parameter; nil where `CommandBinding` must say what is wrong.
  func bind(_ values: ContiguousArray<Value>) -> BoundArguments? {
    if values.isEmpty { return required.isEmpty ? BoundArguments.none : nil }
    var arguments = ContiguousArray<Value>(repeating: .unset, count: checks.count)
    var next = 0
    for i in values.indices {
      guard let index = parameter(of: i, values[i], &next) else { return nil }
      arguments[index] = values[i]
    }
    for index in required where arguments[index].isUnset { return nil }
    return .several(arguments)
  }

  /// The same for one value.
  @inline(__always)
  func bind(_ value: Value) -> BoundArguments? {
    let number = value.typeSet.rawValue.trailingZeroBitCount
    if number < takerOfType.count, let index = takerOfType[number] { return .one(index, value) }
    var next = 0
    guard let index = parameter(of: 0, value, &next), required.allSatisfy({ $0 == index }) else {
      return nil
    }
    return .one(index, value)
  }

  /// The parameter that takes the argument written at a place; `next` is the first of those by place
  /// that is still free.
  @inline(__always)
  private func parameter(of place: Int, _ value: Value, _ next: inout Int) -> Int? {
    if let index = named[place] { return checks[index].takes(value) ? index : nil }
    // A subject that the value is none for is left out, where there are parameters enough.
    while next < free.count - 1, checks[free[next]].parameter.form == .subject,
      free.count - next > placedCount - placesBefore[place], !checks[free[next]].takes(value)
    {
      next += 1
    }
    guard next < free.count, checks[free[next]].takes(value) else { return nil }
    next += 1
    return free[next - 1]
  }
}

extension Object {
  fileprivate func endBlock() { (self as? BlockObject)?.frame = nil }
}

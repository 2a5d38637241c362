extension Compiler {
  mutating func binary(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, at span: Span
  ) -> Code {
    switch operation {
    case .add: return arithmetic(Addition.self, left, right, at: span)
    case .subtract: return arithmetic(Subtraction.self, left, right, at: span)
    case .multiply: return arithmetic(Multiplication.self, left, right, at: span)
    case .divide: return arithmetic(Division.self, left, right, at: span)
    case .floorDivide: return arithmetic(FloorDivision.self, left, right, at: span)
    case .modulo: return arithmetic(Modulo.self, left, right, at: span)
    case .power: return arithmetic(Power.self, left, right, at: span)
    default:
      let test = comparison(operation, left, right, at: span)
      return { frame throws(RunError) in .boolean(try test(frame)) }
    }
  }

  private mutating func arithmetic<Operation: BinaryOperation>(
    _: Operation.Type, _ left: Expression, _ right: Expression, at span: Span
  ) -> Code {
    withSimpleOperand(left, ArithmeticLeft<Operation>(right: right, site: site(span))).run
  }

  // MARK: Conditions

  /// Who asks for true or false, for the error.
  enum TestUse {
    case condition(String)
    case operand(String)
    /// A comparison or logical operator whose result is a value.
    case value
  }

  /// A condition. Comparisons and logical operators decide directly; anything else must give true
  /// or false.
  mutating func test(_ expression: Expression, in use: TestUse) -> Test {
    switch expression.form {
    case .not(let operand, let span):
      let test = test(operand, in: .operand("not"), at: span)
      return { frame throws(RunError) in !(try test(frame)) }
    case .and(let left, let right, let span): return both(left, right, at: span).box.run
    case .or(let left, let right, let span): return either(left, right, at: span).box.run
    case .binary(let operation, let left, let right, let span) where operation.isComparison:
      return comparison(operation, left, right, at: span)
    default: return test(expression, in: use, at: expression.span)
    }
  }

  mutating func either(_ left: Expression, _ right: Expression, at span: Span) -> EitherNode {
    EitherNode(
      left: test(left, in: .operand("or"), at: span),
      right: test(right, in: .operand("or"), at: span))
  }

  mutating func both(_ left: Expression, _ right: Expression, at span: Span) -> BothNode {
    BothNode(
      left: test(left, in: .operand("and"), at: span),
      right: test(right, in: .operand("and"), at: span))
  }

  private mutating func test(_ expression: Expression, in use: TestUse, at span: Span) -> Test {
    switch expression.form {
    case .not, .and, .or: return test(expression, in: use)
    case .binary(let operation, _, _, _) where operation.isComparison:
      return test(expression, in: use)
    default: break
    }
    let site = site(span)
    let code = code(expression)
    let test: Test = { frame throws(RunError) in
      let value = try code(frame)
      if case .boolean(let truth) = value { return truth }
      throw notBoolean(value, use, site)
    }
    if case .member(let base, let name, let span) = expression.form,
      let variable = heldVariable(base)
    {
      let entry = EntrySite(name, self.site(span))
      return MemberTestNode(holder: variable, entry: entry, general: test).box.run
    }
    return test
  }

  private mutating func comparison(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, at span: Span
  ) -> Test {
    switch operation {
    case .equal: return comparison(Equal.self, left, right, at: span)
    case .notEqual: return comparison(NotEqual.self, left, right, at: span)
    case .less: return comparison(Less.self, left, right, at: span)
    case .lessEqual: return comparison(LessOrEqual.self, left, right, at: span)
    case .greater: return comparison(Greater.self, left, right, at: span)
    case .greaterEqual: return comparison(GreaterOrEqual.self, left, right, at: span)
    default: return membership(left, right, isNegated: operation == .lacks, at: span)
    }
  }

  private mutating func comparison<Operation: ComparisonOperation>(
    _: Operation.Type, _ left: Expression, _ right: Expression, at span: Span
  ) -> Test {
    let site = site(span)
    if case .integer(let constant) = right.form {
      let right = IntegerNode(constant: constant)
      return withOperand(left, ComparisonLeft<Operation, _>(right: right, site: site)).run
    }
    return withSimpleOperand(left, ComparisonBoth<Operation>(right: right, site: site)).run
  }

  private mutating func membership(
    _ left: Expression, _ right: Expression, isNegated: Bool, at span: Span
  ) -> Test {
    let site = site(span)
    let container = code(right)
    if let variable = heldVariable(right) {
      return withIndex(
        left,
        Membership(variable: variable, container: container, isNegated: isNegated, site: site)
      ).run
    }
    let element = code(left)
    return { frame throws(RunError) in
      let element = try element(frame)
      return try isElement(element, of: try container(frame), site) != isNegated
    }
  }
}

/// `key in variable`: no references are counted where the variable holds a map.
private struct Membership: IndexUser {
  let variable: HeldVariable
  let container: Code
  let isNegated: Bool
  let site: Site

  func use<Used: Index>(_ element: Used, _ compiler: inout Compiler) -> TestBox {
    MembershipNode(membership: self, element: element).box
  }
}

private struct MembershipNode<Used: Index>: Node {
  let membership: Membership
  let element: Used

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Bool {
    try element.with(frame) { (element) throws(RunError) in
      let place = membership.variable.place(frame)
      let isIn: Bool
      if heldTag(at: place) == .map, heldTag(at: element) == .string {
        isIn = withHeldObject(in: place) { map in
          withHeldObject(in: element) { key in
            unsafeDowncast(map, to: MapObject.self).position(
              of: unsafeDowncast(key, to: StringObject.self)) != nil
          }
        }
      } else {
        isIn = try isElement(element.pointee, of: try membership.container(frame), membership.site)
      }
      return isIn != membership.isNegated
    }
  }
}

private struct ComparisonLeft<Operation: ComparisonOperation, Right: Node<Value>>: OperandUser {
  let right: Right
  let site: Site

  func use<Used: Node<Value>>(_ left: Used, _ compiler: inout Compiler) -> TestBox {
    ComparisonNode<Operation, _, _>(left: left, right: right, site: site).box
  }
}

private struct ComparisonBoth<Operation: ComparisonOperation>: OperandUser {
  let right: Expression
  let site: Site

  func use<Used: Node<Value>>(_ left: Used, _ compiler: inout Compiler) -> TestBox {
    compiler.withSimpleOperand(right, ComparisonRight<Operation, _>(left: left, site: site))
  }
}

private struct ComparisonRight<Operation: ComparisonOperation, Left: Node<Value>>: OperandUser {
  let left: Left
  let site: Site

  func use<Used: Node<Value>>(_ right: Used, _ compiler: inout Compiler) -> TestBox {
    ComparisonNode<Operation, _, _>(left: left, right: right, site: site).box
  }
}

private struct ArithmeticLeft<Operation: BinaryOperation>: OperandUser {
  let right: Expression
  let site: Site

  func use<Used: Node<Value>>(_ left: Used, _ compiler: inout Compiler) -> CodeBox {
    if Operation.self == Modulo.self, case .integer(let divisor) = right.form,
      let remainder = RemainderNode(left, by: divisor, site)
    {
      return remainder.box
    }
    return compiler.withSimpleOperand(right, ArithmeticRight<Operation, _>(left: left, site: site))
  }
}

private struct ArithmeticRight<Operation: BinaryOperation, Left: Node<Value>>: OperandUser {
  let left: Left
  let site: Site

  func use<Used: Node<Value>>(_ right: Used, _ compiler: inout Compiler) -> CodeBox {
    ArithmeticNode<Operation, _, _>(left: left, right: right, site: site).box
  }
}

@inline(never)
private func notBoolean(_ value: Value, _ use: Compiler.TestUse, _ site: Site) -> RunError {
  let word =
    switch use {
    case .condition(let word), .operand(let word): word
    case .value: "a condition"
    }
  return site.error(
    .type, "`\(word)` takes true or false, not \(value.typeName.withArticle)")
}

/// `element in container`.
private func isElement(
  _ element: Value, of container: Value, _ site: Site
) throws(RunError) -> Bool {
  if let elements = container.elements { return elements.contains { valuesEqual($0, element) } }
  if let range = container.range {
    guard let value = element.exactInteger else { return false }
    return range.contains(value)
  }
  if let map: MapObject = container.payload(.map), let key: StringObject = element.payload(.string)
  {
    return map.position(of: key) != nil
  }
  if let text = container.text, let part = element.text { return text.containsPart(part) }
  throw site.error(
    .type,
    "`in` does not take \(element.typeName.withArticle) and \(container.typeName.withArticle)")
}

extension RangeObject {
  func contains(_ value: Int) -> Bool {
    guard count > 0 else { return false }
    let last = element(count - 1)
    guard step > 0 ? value >= start && value <= last : value <= start && value >= last else {
      return false
    }
    let distance = value.subtractingReportingOverflow(start)
    guard !distance.overflow else {
      return (UInt(bitPattern: value) &- UInt(bitPattern: start)) % step.magnitude == 0
    }
    return distance.partialValue % step == 0
  }
}

extension Value {
  /// The integer that it equals, if any.
  fileprivate var exactInteger: Int? {
    switch self {
    case .integer(let value): value
    case .real(let value): Int(exactly: value)
    default: nil
    }
  }
}

extension String {
  /// Whether `part` stands somewhere within, in whole characters.
  fileprivate func containsPart(_ part: String) -> Bool {
    if part.isEmpty { return true }
    if isBytewise, part.isBytewise {
      let (bytes, wanted) = (Array(utf8), Array(part.utf8))
      guard wanted.count <= bytes.count else { return false }
      return (0...(bytes.count - wanted.count)).contains { at in
        bytes[at] == wanted[0] && bytes[at..<(at + wanted.count)].elementsEqual(wanted)
      }
    }
    let (characters, wanted) = (Array(self), Array(part))
    guard wanted.count <= characters.count else { return false }
    return (0...(characters.count - wanted.count)).contains { at in
      characters[at..<(at + wanted.count)].elementsEqual(wanted)
    }
  }
}

/// A piece of a program whose parts are known by type, so that the whole of it becomes one closure:
/// `x = y + 1` makes a single one, `if x < y` calls none to decide.
protocol Node<Output> {
  associatedtype Output
  func run(_ frame: Frame) throws(RunError) -> Output
}

/// A closure that captures one object is called without unpacking what it captured.
private final class Kept<Kept: Node> {
  let node: Kept

  init(_ node: Kept) { self.node = node }
}

extension Node<Value> {
  var box: CodeBox {
    let kept = Kept(self)
    return CodeBox { frame throws(RunError) in try kept.node.run(frame) }
  }
}

extension Node<Bool> {
  var box: TestBox {
    let kept = Kept(self)
    return TestBox { frame throws(RunError) in try kept.node.run(frame) }
  }
}

extension Node<Flow> {
  var box: ActionBox {
    let kept = Kept(self)
    return ActionBox { frame throws(RunError) in try kept.node.run(frame) }
  }
}

/// Compiles something with a value of whatever type of node.
protocol OperandUser {
  associatedtype Result
  func use<Used: Node<Value>>(_ operand: Used, _ compiler: inout Compiler) -> Result
}

/// Compiles something with a condition of whatever type of node.
protocol ConditionUser {
  associatedtype Result
  func use<Used: Node<Bool>>(_ condition: Used, _ compiler: inout Compiler) -> Result
}

// MARK: Values

/// A variable in a slot. Numbers are read in place; `code` takes care of everything else.
struct SlotNode: Node {
  let slot: Int
  let code: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    switch frame.slots[slot] {
    case .integer(let value): return .integer(value)
    case .real(let value): return .real(value)
    case .boolean(let value): return .boolean(value)
    default: return try code(frame)
    }
  }
}

struct IntegerNode: Node {
  let constant: Int

  @inline(__always)
  func run(_: Frame) throws(RunError) -> Value { .integer(constant) }
}

struct RealNode: Node {
  let constant: Double

  @inline(__always)
  func run(_: Frame) throws(RunError) -> Value { .real(constant) }
}

/// Anything else.
struct CodeNode: Node {
  let code: Code

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value { try code(frame) }
}

struct ArithmeticNode<Operation: BinaryOperation, Left: Node<Value>, Right: Node<Value>>: Node {
  let left: Left
  let right: Right
  let site: Site

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    let a = try left.run(frame)
    return try Operation.apply(a, try right.run(frame), site)
  }
}

/// `left % divisor`, where the divisor is written out. Of a number of 32 bits that is not negative two
/// multiplications give the remainder, in less time than a division.
struct RemainderNode<Left: Node<Value>>: Node {
  let left: Left
  private let divisor: Int
  /// 2^64 over the divisor, rounded up: its product with a number has what a division would leave in
  /// its lower 64 bits, as a fraction. (Lemire, Kaser and Kurz, Faster remainder by direct computation.)
  private let reciprocal: UInt64
  private let site: Site

  /// Nil for a divisor that this is no way for.
  init?(_ left: Left, by divisor: Int, _ site: Site) {
    guard divisor > 0, divisor >> 32 == 0 else { return nil }
    self.left = left
    self.divisor = divisor
    reciprocal = UInt64.max / UInt64(divisor) &+ 1
    self.site = site
  }

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Value {
    let value = try left.run(frame)
    if case .integer(let number) = value, number >> 32 == 0 {
      let fraction = reciprocal &* UInt64(truncatingIfNeeded: number)
      let product = fraction.multipliedFullWidth(by: UInt64(truncatingIfNeeded: divisor))
      return .integer(Int(truncatingIfNeeded: product.high))
    }
    return try Modulo.apply(value, .integer(divisor), site)
  }
}

extension Compiler {
  /// Hands over a variable, a constant, or arithmetic of a variable and one of these; anything else
  /// as a closure.
  mutating func withOperand<User: OperandUser>(
    _ expression: Expression, _ user: User
  ) -> User.Result {
    guard case .binary(let operation, let left, let right, let span) = expression.form,
      let variable = slotNode(left)
    else { return withSimpleOperand(expression, user) }
    let site = site(span)
    switch operation {
    case .add:
      return withSimpleOperand(right, RightOf<Addition, _>(left: variable, site: site, user: user))
    case .subtract:
      return withSimpleOperand(
        right, RightOf<Subtraction, _>(left: variable, site: site, user: user))
    case .multiply:
      return withSimpleOperand(
        right, RightOf<Multiplication, _>(left: variable, site: site, user: user))
    case .modulo:
      if let remainder = remainder(expression) { return user.use(remainder, &self) }
      return withSimpleOperand(right, RightOf<Modulo, _>(left: variable, site: site, user: user))
    default: return user.use(CodeNode(code: code(expression)), &self)
    }
  }

  /// Hands over a variable or a constant; anything else as a closure.
  mutating func withSimpleOperand<User: OperandUser>(
    _ expression: Expression, _ user: User
  ) -> User.Result {
    switch expression.form {
    case .integer(let value): return user.use(IntegerNode(constant: value), &self)
    case .real(let value): return user.use(RealNode(constant: value), &self)
    default:
      if let variable = slotNode(expression) { return user.use(variable, &self) }
      return user.use(CodeNode(code: code(expression)), &self)
    }
  }

  /// `variable % 3`
  private mutating func remainder(_ expression: Expression) -> RemainderNode<SlotNode>? {
    guard case .binary(.modulo, let left, let right, let span) = expression.form,
      case .integer(let divisor) = right.form, let variable = slotNode(left)
    else { return nil }
    return RemainderNode(variable, by: divisor, site(span))
  }

  mutating func slotNode(_ expression: Expression) -> SlotNode? {
    guard case .name(let name) = expression.form, case .slot(let slot) = storage(of: name) else {
      return nil
    }
    return SlotNode(slot: slot, code: read(name))
  }
}

/// Puts an operator between a variable and what is then handed over.
private struct RightOf<Operation: BinaryOperation, User: OperandUser>: OperandUser {
  let left: SlotNode
  let site: Site
  let user: User

  func use<Used: Node<Value>>(_ right: Used, _ compiler: inout Compiler) -> User.Result {
    user.use(ArithmeticNode<Operation, _, _>(left: left, right: right, site: site), &compiler)
  }
}

// MARK: Conditions

struct TestNode: Node {
  let test: Test

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Bool { try test(frame) }
}

/// `left or right`
struct EitherNode: Node {
  let left: Test
  let right: Test

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Bool { try left(frame) ? true : try right(frame) }
}

/// `left and right`
struct BothNode: Node {
  let left: Test
  let right: Test

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Bool { try left(frame) ? try right(frame) : false }
}

struct ComparisonNode<Operation: ComparisonOperation, Left: Node<Value>, Right: Node<Value>>: Node {
  let left: Left
  let right: Right
  let site: Site

  @inline(__always)
  func run(_ frame: Frame) throws(RunError) -> Bool {
    let a = try left.run(frame)
    return try Operation.apply(a, try right.run(frame), site)
  }
}

extension Compiler {
  /// Hands over a condition: a comparison of a variable with a variable or an integer as such,
  /// whether a variable is a multiple (`i % 10 == 0`), and two conditions joined; anything else as a
  /// closure.
  mutating func withCondition<User: ConditionUser>(
    _ expression: Expression, in use: TestUse, _ user: User
  ) -> User.Result {
    switch expression.form {
    case .or(let left, let right, let span):
      return user.use(either(left, right, at: span), &self)
    case .and(let left, let right, let span):
      return user.use(both(left, right, at: span), &self)
    default: break
    }
    if case .binary(.equal, let left, let right, let span) = expression.form,
      case .integer(let constant) = right.form, let remainder = remainder(left)
    {
      let right = IntegerNode(constant: constant)
      return user.use(
        ComparisonNode<Equal, _, _>(left: remainder, right: right, site: site(span)), &self)
    }
    guard case .binary(let operation, let left, let right, let span) = expression.form,
      let variable = slotNode(left), isVariableOrInteger(right)
    else { return user.use(TestNode(test: test(expression, in: use)), &self) }
    let site = site(span)
    switch operation {
    case .equal:
      return withSimpleOperand(right, Comparing<Equal, _>(left: variable, site: site, user: user))
    case .notEqual:
      return withSimpleOperand(
        right, Comparing<NotEqual, _>(left: variable, site: site, user: user))
    case .less:
      return withSimpleOperand(right, Comparing<Less, _>(left: variable, site: site, user: user))
    case .lessEqual:
      return withSimpleOperand(
        right, Comparing<LessOrEqual, _>(left: variable, site: site, user: user))
    case .greater:
      return withSimpleOperand(right, Comparing<Greater, _>(left: variable, site: site, user: user))
    case .greaterEqual:
      return withSimpleOperand(
        right, Comparing<GreaterOrEqual, _>(left: variable, site: site, user: user))
    default: return user.use(TestNode(test: test(expression, in: use)), &self)
    }
  }

  private mutating func isVariableOrInteger(_ expression: Expression) -> Bool {
    if case .integer = expression.form { return true }
    return slotNode(expression) != nil
  }
}

private struct Comparing<Operation: ComparisonOperation, User: ConditionUser>: OperandUser {
  let left: SlotNode
  let site: Site
  let user: User

  func use<Used: Node<Value>>(_ right: Used, _ compiler: inout Compiler) -> User.Result {
    user.use(ComparisonNode<Operation, _, _>(left: left, right: right, site: site), &compiler)
  }
}

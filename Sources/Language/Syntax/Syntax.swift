import Schema

/// The tree that the parser makes. Every node has its span; names, functions and commands are
/// objects, because the resolver writes into them what they mean.
struct Expression {
  var span: Span
  var form: Form

  indirect enum Form {
    case null
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    case interpolation([Piece])
    /// A bare word among a command's arguments.
    case word(String)
    case name(Name)
    /// A name where a command could stand, and nothing after it: the variable, else the command.
    case nameOrCommand(Name, CommandSyntax)
    case list([Expression])
    case map([Entry])
    case not(Expression, operator: Span)
    case negate(Expression, operator: Span)
    case plus(Expression, operator: Span)
    case and(Expression, Expression, operator: Span)
    case or(Expression, Expression, operator: Span)
    case binary(BinaryOperator, Expression, Expression, operator: Span)
    case range(Expression, Expression, step: Expression?, isHalfOpen: Bool, operator: Span)
    case member(Expression, String, name: Span)
    case index(Expression, Expression)
    case call(CallSyntax)
    case command(CommandSyntax)
    case conditional(ConditionalSyntax)
    case function(FunctionSyntax)
    /// A block or a command handed to a command.
    case block(BlockSyntax)
  }

  /// A part of a string with `{ }`.
  enum Piece {
    case text(String)
    case value(Expression, spec: String?, specSpan: Span)
  }

  /// `key: value` of a map.
  struct Entry {
    var key: Expression
    var value: Expression
  }
}

/// A name that is read or assigned. The resolver says where its value lies.
final class Name {
  let text: String
  let span: Span
  var place = Place.unresolved

  init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }

  enum Place {
    case unresolved
    /// A variable of the session; with a built-in of its name where that has no value yet.
    case global(Int, fallback: Value?)
    /// The slot of the function's own variable, which may lie in a box.
    case local(Variable)
    /// A slot with the box of an enclosing function's variable.
    case captured(Int)
    case constant(Value)
    /// A command that is called as a function.
    case command
  }
}

enum BinaryOperator: String {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessEqual = "<="
  case greater = ">"
  case greaterEqual = ">="
  case contains = "in"
  case lacks = "not in"

  var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .contains, .lacks: true
    default: false
    }
  }
}

/// An argument, with its name where it is given by name.
struct ArgumentSyntax {
  var name: (text: String, span: Span)?
  var value: Expression
  /// The parameter it belongs to, where its form alone decides: a word, a block, a command.
  var parameter: String?
}

final class CallSyntax {
  let callee: Expression
  let arguments: [ArgumentSyntax]
  /// Where the callee turns out to be a command.
  var command: CommandSyntax?

  init(callee: Expression, arguments: [ArgumentSyntax]) {
    self.callee = callee
    self.arguments = arguments
  }
}

final class CommandSyntax {
  let declaration: Declaration
  let nameSpan: Span
  let arguments: [ArgumentSyntax]
  /// The left side of a pipe is the first of the arguments.
  let isPiped: Bool
  /// What the word for a family chose.
  var member: Declaration?
  /// The name that its value is assigned to.
  var target: String?
  /// The program that it runs from a file whose path is written out.
  var sourced: SourcedProgram?
  var isShown = false

  init(
    _ declaration: Declaration, nameSpan: Span, arguments: [ArgumentSyntax], isPiped: Bool = false
  ) {
    self.declaration = declaration
    self.nameSpan = nameSpan
    self.arguments = arguments
    self.isPiped = isPiped
  }
}

struct Block {
  var span: Span
  var statements: [Statement]
}

/// A block handed to a command: run in place, or a definition with a scope of its own.
final class BlockSyntax {
  let block: Block
  /// Set for a definition: its scope is that of a function without parameters.
  let definition: FunctionSyntax?

  init(_ block: Block, definition: FunctionSyntax? = nil) {
    self.block = block
    self.definition = definition
  }
}

/// `if` with its branches in order.
final class ConditionalSyntax {
  let branches: [(condition: Expression, block: Block)]
  let otherwise: Block?

  init(branches: [(condition: Expression, block: Block)], otherwise: Block?) {
    self.branches = branches
    self.otherwise = otherwise
  }
}

final class FunctionSyntax {
  let name: String?
  let parameters: [(name: Name, defaultValue: Expression?)]
  let body: Body
  let span: Span
  var layout = FrameLayout()

  enum Body {
    case expression(Expression)
    case block(Block)
    /// A block that yields its names.
    case definition(Block)
  }

  init(
    name: String?, parameters: [(name: Name, defaultValue: Expression?)], body: Body, span: Span
  ) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.span = span
  }

  var isDefinition: Bool { if case .definition = body { true } else { false } }
}

/// What a call of a function needs on the stack: the resolver's result.
struct FrameLayout {
  var slotCount = 0
  /// Own variables that functions within capture.
  var boxedSlots: [Int] = []
  /// Where a box stands in the frame around, and where it goes in this one.
  var captures: [(outer: Int, inner: Int)] = []
  /// For a definition: the names it yields.
  var names: [(name: String, variable: Variable)] = []
}

/// A variable that a function owns.
final class Variable {
  let name: String
  let slot: Int
  /// A function within reads it: it lies in a box on the heap.
  var isBoxed = false
  /// Whether anything uses its value.
  var isRead = false

  init(name: String, slot: Int) {
    self.name = name
    self.slot = slot
  }
}

struct Statement {
  var span: Span
  var form: Form

  indirect enum Form {
    case expression(Expression)
    case assign([Target], Expression)
    case update(Target, BinaryOperator, operator: Span, Expression)
    case `for`([Name], in: Expression, Block)
    case `while`(Expression, Block)
    case function(Name, FunctionSyntax)
    case `return`(Expression?)
    case `break`
    case `continue`
    case attempt(Block, catch: Name?, handler: Block)
    /// `global` or `nonlocal`.
    case declare(isGlobal: Bool, [Name])
    /// A name before something that it cannot be followed by: an unknown command, unless there is
    /// a variable of that name.
    case unknownCommand(Name, unexpected: Token, text: String)
  }
}

/// What is assigned: a variable, or an element somewhere in its value.
struct Target {
  var name: Name
  var steps: [Step]
  var span: Span

  enum Step {
    case member(String, Span)
    case index(Expression)
  }
}

struct Program {
  var source: Source
  var statements: [Statement]
}

/// A program in a file that another program runs.
struct SourcedProgram {
  var program: Program
  var errors: [SyntaxError]
}

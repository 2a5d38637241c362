import Schema

extension Resolver {
  mutating func resolve(_ expression: Expression) {
    switch expression.form {
    case .name(let name):
      place(read: name)
      if case .unresolved = name.place { reportUnknown(name) }
    case .nameOrCommand(let name, let command):
      if isVariable(name.text) {
        place(read: name)
      } else {
        name.place = .command
        check(command)
      }
    case .conditional(let conditional):
      for (condition, block) in conditional.branches {
        resolve(condition)
        resolve(block)
      }
      if let otherwise = conditional.otherwise { resolve(otherwise) }
    case .function(let function): resolve(function)
    case .block(let block):
      if let definition = block.definition { resolve(definition) } else { resolve(block.block) }
    case .call(let call): resolve(call)
    case .command(let command):
      for argument in command.arguments { resolve(argument.value) }
      check(command)
      if let sourced = command.sourced { resolve(sourced, at: command.nameSpan) }
    case .interpolation(let pieces):
      for case .value(let value, let spec, let span) in pieces {
        resolve(value)
        if let spec, FormatSpec(spec) == nil {
          report(
            .syntax, "`\(spec)` is no format",
            hint: "write as in `{x:.2}`, `{x:>8}` or `{x:,.0f}`", at: span)
        }
      }
    case .list(let elements): for element in elements { resolve(element) }
    case .map(let entries):
      for entry in entries {
        resolve(entry.key)
        resolve(entry.value)
      }
    case .not(let value, _), .negate(let value, _), .plus(let value, _), .member(let value, _, _):
      resolve(value)
    case .binary(let operation, let left, let right, let span):
      resolve(left)
      resolve(right)
      warnOfConstantComparison(operation, left, right, at: span)
    case .and(let left, let right, _), .or(let left, let right, _), .index(let left, let right):
      resolve(left)
      resolve(right)
    case .range(let start, let end, let step, _, _):
      resolve(start)
      resolve(end)
      if let step { resolve(step) }
    case .null, .boolean, .integer, .real, .string, .word: break
    }
  }

  private mutating func resolve(_ call: CallSyntax) {
    if case .name(let name) = call.callee.form {
      place(read: name)
      if case .unresolved = name.place {
        if let command = vocabulary.commands[name.text] {
          name.place = .command
          if call.command == nil {
            call.command = CommandSyntax(
              command.declaration, nameSpan: name.span, arguments: call.arguments)
          }
        } else {
          reportUnknown(name)
        }
      }
    } else {
      resolve(call.callee)
    }
    for argument in call.arguments { resolve(argument.value) }
    guard case .name(let name) = call.callee.form else { return }
    switch name.place {
    case .command: if let command = call.command { check(command) }
    case .constant(let value):
      if let function: FunctionObject = value.payload(.function), let builtin = function.builtin {
        check(call.arguments, of: builtin.declaration, at: name.span)
      }
    default: break
    }
  }
}

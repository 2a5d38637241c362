import Language
import Notebook
import Schema

/// What is done with one input: everything that a prompt and a script would do with it.
struct Trial {
  private let text: String
  /// Where the cursor of a prompt stands.
  private let cursor: Int

  init(bytes: UnsafeBufferPointer<UInt8>) {
    text = String(decoding: bytes, as: UTF8.self)
    cursor = text.utf8.isEmpty ? 0 : Int(bytes[bytes.count - 1]) % (text.utf8.count + 1)
  }

  func run() {
    let interpreter = Interpreter(
      commands: Self.commands, builtins: Self.builtins, families: Families.all,
      constants: Builtins.constants, interrupt: Watchdog.interrupt)
    let source = Source(name: "fuzz", text: text)
    read(source, interpreter)
    let diagnostics = interpreter.check(source)
    for diagnostic in diagnostics {
      precondition(diagnostic.span.start <= diagnostic.span.end, "a span ends before it begins")
      _ = diagnostic.rendered(color: true)
    }
    guard isBounded, !diagnostics.contains(where: { $0.severity == .error }) else { return }
    evaluate(source, interpreter)
  }

  /// What the prompt does while a cell is typed.
  private func read(_ source: Source, _ interpreter: Interpreter) {
    let catalogue = interpreter.catalogue
    _ = interpreter.completeness(of: text)
    let cells = source.cells
    precondition(
      cells.indices.dropFirst().allSatisfy { cells[$0 - 1].span.end == cells[$0].span.start },
      "cells are not in a row")
    let pieces = Assistance.highlights(of: text, catalogue: catalogue)
    precondition(
      pieces.indices.dropFirst().allSatisfy {
        pieces[$0 - 1].range.upperBound <= pieces[$0].range.lowerBound
      }, "colours overlap")
    let prefix = String(decoding: Array(text.utf8.prefix(cursor)), as: UTF8.self)
    _ = Assistance.completions(
      of: prefix, at: prefix.utf8.count, catalogue: catalogue, names: [("total", "integer")])
    _ = Assistance.hint(of: prefix, catalogue: catalogue)
  }

  private func evaluate(_ source: Source, _ interpreter: Interpreter) {
    Watchdog.begin()
    defer { Watchdog.end() }
    do throws(RunError) {
      try interpreter.run(source) { value, _ in
        _ = value.json
        precondition(!valuesEqual(value, value) || value.source == value.source)
      }
    } catch {
      precondition(
        error.isInterrupt || error.span != nil, "an error without a place: \(error.message)")
      _ = error.rendered(color: false)
    }
  }

  /// One operation on huge numbers can take all the memory, as it may: such programs are only read.
  private var isBounded: Bool {
    var digits = 0
    var stars = 0
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case UInt8(ascii: "_"): break
      case UInt8(ascii: "k"), UInt8(ascii: "M"), UInt8(ascii: "h"), UInt8(ascii: "m"),
        UInt8(ascii: "e"):
        if digits > 0 { return false }
      case UInt8(ascii: "*"):
        stars += 1
        digits = 0
      default: digits = 0
      }
      if digits > 3 || stars > 1 { return false }
    }
    return true
  }

  /// Those of the program. What they do is left out: most of it reaches files or takes long.
  nonisolated(unsafe) private static let commands: [Command] =
    Notebook.Commands.all.map { kind in
      let declaration = kind.declaration
      return switch declaration.name {
      case "print": printCommand
      case "time": timeCommand
      default: Command(declaration) { _ throws(RunError) in .null }
      }
    }

  nonisolated(unsafe) private static let builtins =
    Builtins.all + SpaceFunctions.all + ScheduleFunctions.all + FormulaFunctions.all

  private static var printCommand: Command {
    Command(
      Declaration(
        name: "print", summary: "Writes values.",
        parameters: [
          Parameter("values", .anything, .variadic, default: .described("none"), "What to write.")
        ])
    ) { call throws(RunError) in
      for value in call["values"]?.elements ?? [] { _ = value.printed }
      return .null
    }
  }

  private static var timeCommand: Command {
    Command(
      Declaration(
        name: "time", summary: "Runs a block.",
        parameters: [
          Parameter("block", .either([.block, .command]), .positional, default: .required, "What.")
        ])
    ) { call throws(RunError) in
      try call.evaluator.run(call["block"]!)
    }
  }
}

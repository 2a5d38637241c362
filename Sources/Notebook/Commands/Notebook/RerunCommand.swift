import Language
import Schema

/// `rerun 3`, `rerun 3..5`, `rerun stale`: cells of this session again, as new cells.
enum RerunCommand: SessionCommand {
  static let declaration = Declaration(
    name: "rerun", summary: "Runs cells of this session again, as new cells.",
    parameters: [
      Parameter(
        "cells",
        .either([
          .integer(from: 1), .range,
          .words([Word("stale", "Those that read what has changed since they ran.")]),
        ]), .positional,
        default: .described("the last one"), "A cell's number, a range of them, or `stale`."),
      Parameter(
        "training", .boolean, default: .described("asks"),
        "Whether `stale` includes cells that train or search."),
    ],
    examples: [Example("help rerun")], group: "notebook",
    details: """
      Only for the prompt. A cell is stale once a variable that it reads, or the current environment or \
      agent where it leaves them out, was given another value by a later cell, or is an agent that a \
      later cell trained, taught or set; a cell that itself trains the agent is stale only for another \
      agent. What reads from a stale cell is stale too. Cells that were run again or edited give way \
      to the new ones. `cells` tells which are stale.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard session.isPrompt else {
      throw RunError(.command, "`rerun` is for the prompt: a script has no cells to run again")
    }
    let numbers: [Int]
    if call.text("cells") == "stale" {
      numbers = try stale(call, in: session)
    } else if let range = call["cells"]?.range {
      numbers = (0..<min(range.count, session.cellSources.count)).map(range.element)
    } else {
      numbers = [call.integer("cells") ?? session.cellSources.count - 1]
    }
    for number in numbers where !session.cellSources.indices.contains(number - 1) {
      throw RunError(.value, "there is no cell \(number)", argument: "cells")
    }
    session.pendingCells += numbers.map {
      PendingCell(session.cellSources[$0 - 1], replacing: $0)
    }
    return call.nothing()
  }

  /// The stale cells, once it is agreed that those among them which take long are run.
  private static func stale(_ call: CommandCall, in session: Session) throws -> [Int] {
    let numbers = session.dependencies.stale
    guard !numbers.isEmpty else {
      session.output.note("no cell is stale")
      return []
    }
    let long = numbers.filter { takesLong(session.cellSources[$0 - 1], in: session) }
    var includesLong = call.boolean("training") ?? true
    if !long.isEmpty, call.boolean("training") == nil {
      guard session.canAsk else {
        throw RunError(
          .command, "cell\(list(long)) would train again, and there is no terminal to ask at",
          hint: "write `training=true` or `training=false`")
      }
      includesLong = try PersonAtTerminal(output: session.output, attempts: 3).agrees(
        "stale: cell\(list(numbers)), of which\(list(long)) train again. Go on?")
      guard includesLong else { return [] }
    }
    return includesLong ? numbers : numbers.filter { !long.contains($0) }
  }

  /// ` 3`, `s 3, 5 and 7`.
  private static func list(_ numbers: [Int]) -> String {
    let texts = numbers.map(String.init)
    guard texts.count > 1 else { return " " + texts.joined() }
    return "s " + texts.dropLast().joined(separator: ", ") + " and " + texts[texts.count - 1]
  }

  private static func takesLong(_ source: String, in session: Session) -> Bool {
    let long = Set(Commands.all.filter { $0.takesLong }.map { $0.declaration.name })
    let bytes = Array(source.utf8)
    return Assistance.highlights(of: source, catalogue: session.interpreter.catalogue).contains {
      $0.style == .command && long.contains(String(decoding: bytes[$0.range], as: UTF8.self))
    }
  }
}

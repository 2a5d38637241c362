import Language
import Schema

/// `rerun 3`, `rerun 3..5`: cells of this session again, as new cells.
enum RerunCommand: SessionCommand {
  static let declaration = Declaration(
    name: "rerun", summary: "Runs cells of this session again, as new cells.",
    parameters: [
      Parameter(
        "cells", .either([.integer(from: 1), .range]), .positional,
        default: .described("the last one"), "A cell's number, or a range of them.")
    ],
    examples: [Example("help rerun")], group: "notebook", details: "Only for the prompt.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard session.isPrompt else {
      throw RunError(.command, "`rerun` is for the prompt: a script has no cells to run again")
    }
    let numbers: [Int] =
      if let range = call["cells"]?.range {
        (0..<min(range.count, session.cellSources.count)).map(range.element)
      } else {
        [call.integer("cells") ?? session.cellSources.count - 1]
      }
    for number in numbers {
      guard session.cellSources.indices.contains(number - 1) else {
        throw RunError(.value, "there is no cell \(number)", argument: "cells")
      }
      session.pendingCells.append(session.cellSources[number - 1])
    }
    return call.nothing()
  }
}

import Language
import Schema
import Store

/// `export report.html`: the cells so far with what they put out, or the runs' metrics.
enum ExportCommand: SessionCommand {
  static let declaration = Declaration(
    name: "export",
    summary: "Writes the cells so far with their outputs and pictures, or the runs' metrics.",
    parameters: [
      Parameter(
        "path", .path, .positional, default: .required,
        "The file; its ending decides: .rlhs .md .html .ipynb, or .csv .jsonl for metrics."),
      Parameter(
        "format",
        .words(
          ExportFormat.all.map { Word($0.ending, $0.summary) }
            + MetricsFormat.all.map { Word($0.name, $0.summary) }),
        default: .described("by the ending"), "How to write it."),
      Parameter(
        "title", .string, default: .described("the file's name"), "The heading of a report."),
    ],
    examples: [
      Example("x = 6 * 7\nexport report.html"),
      Example("env CartPole-v1\na = agent dqn\ntrain a steps=500\nexport metrics.csv"),
    ],
    group: "notebook",
    details: """
      Only cells that succeeded are written; in a script, whose cells begin at its `# %%` lines, those \
      up to and including this one. The page (.html) needs no network and holds curves, tables and \
      episodes that play; Markdown keeps its pictures in a folder beside it. Metrics are those of all \
      runs of the project.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let path = try call.path("path", in: session)!
    let (folder, name, ending) = parts(of: path)
    let format = call.text("format") ?? ending
    if let metrics = MetricsFormat.all.first(where: { $0.name == format }) {
      try metrics.write(session.store, path)
    } else if let chosen = ExportFormat.all.first(where: { $0.ending == format }) {
      // At the prompt the cell that says `export` is not part of what it writes.
      let report = Report(
        session, running: session.isPrompt ? nil : session.output.items,
        title: call.text("title") ?? name)
      try write(chosen.write(report, name), in: folder, to: path)
    } else {
      throw RunError(
        .value, ending.isEmpty ? "`\(path)` has no ending" : "nothing is exported as `.\(ending)`",
        hint: "end it in .rlhs, .md, .html, .ipynb, .csv or .jsonl, or give `format=`",
        argument: "path")
    }
    session.output.report(
      Event(
        "export", [("path", .string(path)), ("format", .string(format))], text: "wrote \(path)"),
      isShown: call.isShown)
    return call.nothing()
  }

  /// Writes a report whose format the path's ending decides.
  static func write(_ report: Report, to path: String) throws(RunError) {
    let (folder, name, ending) = parts(of: path)
    guard let format = ExportFormat.all.first(where: { $0.ending == ending }) else {
      throw RunError(
        .value, "a report ends in .html, .md, .ipynb or .rlhs, and `\(path)` does not")
    }
    do {
      try write(format.write(report, name), in: folder, to: path)
    } catch {
      throw RunError(converting: error)
    }
  }

  /// The first file is the report itself, and goes to the path given.
  private static func write(_ files: [ExportedFile], in folder: String, to path: String) throws {
    for (index, file) in files.enumerated().reversed() {
      try AtomicFile.replace(
        index == 0 ? path : folder + file.path, with: [Array(file.text.utf8)])
    }
  }

  /// The folder with its slash, the name without its ending, and the ending without its point.
  static func parts(of path: String) -> (folder: String, name: String, ending: String) {
    let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let file = path[start...]
    guard let point = file.lastIndex(of: "."), point != file.startIndex else {
      return (String(path[..<start]), String(file), "")
    }
    return (
      String(path[..<start]), String(file[..<point]), String(file[file.index(after: point)...])
    )
  }
}

extension Report {
  /// Of a script that has ended.
  static func ofScript(_ session: Session, _ source: Source) -> Report {
    Report(session, running: nil, title: ExportCommand.parts(of: source.name).name)
  }
}

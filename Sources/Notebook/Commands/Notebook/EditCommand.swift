import Glibc
import Language
import Schema
import Store

/// `edit 7`: a cell in the person's editor; what is saved runs as the next cell.
enum EditCommand: SessionCommand {
  static let declaration = Declaration(
    name: "edit", summary: "Opens a cell in an editor; what is saved there runs as the next cell.",
    parameters: [
      Parameter(
        "cell", .integer(from: 1), .positional, default: .described("the last one"),
        "The cell's number.")
    ],
    examples: [Example("help edit")],
    group: "notebook",
    details: """
      The editor is the program named by the environment variable VISUAL or EDITOR, else `vi`; this \
      command starts it, and is only for the prompt.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard session.isPrompt, session.canAsk else {
      throw RunError(.command, "`edit` needs a person at a terminal")
    }
    let number = call.integer("cell") ?? session.cellSources.count
    // The cell that says `edit` is the last; the one before it is meant.
    let index = call.integer("cell") == nil ? number - 2 : number - 1
    guard session.cellSources.indices.contains(index) || session.cellSources.count <= 1 else {
      throw RunError(.value, "there is no cell \(number)", argument: "cell")
    }
    let old = session.cellSources.indices.contains(index) ? session.cellSources[index] : ""
    let path = "\(session.store.storeFolder)/edit-\(getpid()).rlhs"
    try AtomicFile.replace(path, with: [Array(old.utf8)])
    defer { unlink(path) }
    session.output.flush()
    try startEditor(on: path)
    var text = try TextFile.read(path)
    while text.last?.isNewline == true { text.removeLast() }
    if text.allSatisfy(\.isWhitespace) {
      session.output.note("nothing to run")
    } else {
      session.pendingCells.append(PendingCell(text, replacing: index + 1))
    }
    return call.nothing()
  }

  /// Runs the editor in the foreground until it ends. The variable may hold arguments too, so a shell
  /// takes it apart; the path is handed over as an argument and never read by the shell.
  private static func startEditor(on path: String) throws(RunError) {
    let editor =
      [getenv("VISUAL"), getenv("EDITOR")].lazy.compactMap { $0 }.map { String(cString: $0) }
      .first { !$0.isEmpty } ?? "vi"
    let arguments = ["sh", "-c", "exec \(editor) \"$1\"", "sh", path]
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    var child = pid_t()
    guard posix_spawn(&child, "/bin/sh", nil, nil, pointers, environ) == 0 else {
      throw RunError(.command, "the editor `\(editor)` cannot be started")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else {
      throw RunError(
        .command, "the editor `\(editor)` failed, so nothing runs",
        hint: "set EDITOR to one that is installed")
    }
  }
}

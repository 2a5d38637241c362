import ArgumentParser
import Glibc
import Notebook

/// The command line: decides what to run and hands it to a `Session`.
@main
struct RLHS: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rlhs",
    abstract: "Reinforcement learning from human feedback, at a prompt and from scripts.",
    discussion: """
      Without FILE the prompt opens where standard input is a terminal; else the program is read \
      from standard input. `rlhs check FILE` reports all that can be known without running it, \
      `rlhs lsp` answers an editor, `rlhs grammar [DIR]` gives the editor's grammar or writes an \
      extension for it, `rlhs reference DIR` writes the reference as pages.
      """,
    version: "rlhs \(Version.text)")

  @Option(name: .customShort("c"), parsing: .unconditional, help: "Run one program given as CODE.")
  var code: String?

  @Flag(help: "Write one JSON object per event on standard output.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Where the project's store lies (default: the nearest .rlhs/ upward, else here).",
      valueName: "dir"))
  var project: String?

  @Flag(help: "Show a script's `# %%` cells with their numbers as they run.")
  var cells = false

  @Option(
    help: ArgumentHelp(
      "Write a report of the script: .html, .md, .ipynb or .rlhs.", valueName: "file"))
  var report: String?

  @Argument(help: ArgumentHelp("A script, or one of the words above.", valueName: "file"))
  var file: String?

  @Argument(
    help: ArgumentHelp("Values for the script's map `args`.", valueName: "name=value"))
  var values: [String] = []

  /// Wrong use exits with 2, as everything does that is wrong before running.
  static func main() {
    do {
      let command = try parse()
      Glibc.exit(try command.program().run())
    } catch {
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      let line = Array((message + "\n").utf8)
      _ = write(code == .success ? STDOUT_FILENO : STDERR_FILENO, line, line.count)
      Glibc.exit(code == .success ? 0 : 2)
    }
  }

  private func program() throws -> Program {
    var program = Program(json: json, project: project)
    program.showsCells = cells
    program.reportPath = report
    if let code {
      guard file == nil else {
        throw ValidationError("-c CODE and a FILE cannot both be given.")
      }
      program.input = .code(code)
    } else if let file, let tool = try tool(file) {
      program.input = tool
      program.usage = Self.helpMessage(columns: 78)
    } else if let file {
      program.input = .script(path: file)
      program.arguments = try values.map { text in
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
          throw ValidationError("`\(text)` is no name=value.")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
      }
    } else {
      program.input = isatty(STDIN_FILENO) == 1 ? .prompt : .standardInput
      if case .prompt = program.input, cells || report != nil {
        throw ValidationError("--cells and --report need a FILE.")
      }
    }
    return program
  }

  /// What a word in a script's place asks for; nil for a script.
  private func tool(_ word: String) throws -> Program.Input? {
    func one(_ what: String) throws -> String {
      guard let value = values.first, values.count == 1 else {
        throw ValidationError("`rlhs \(word)` takes one \(what).")
      }
      return value
    }
    switch word {
    case "check": return .check(path: try one("FILE"))
    case "reference": return .reference(folder: try one("DIR"))
    case "grammar": return .grammar(folder: values.isEmpty ? nil : try one("DIR"))
    case "lsp":
      guard values.isEmpty else { throw ValidationError("`rlhs lsp` takes nothing more.") }
      return .languageServer
    default: return nil
    }
  }
}

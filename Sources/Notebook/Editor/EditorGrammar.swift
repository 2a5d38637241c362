import Language
import Schema
import Store

/// A TextMate grammar made from the declarations, for editors that colour by patterns, and the files
/// that make it an extension of Visual Studio Code.
struct EditorGrammar {
  private let catalogue: Catalogue

  init(_ catalogue: Catalogue) { self.catalogue = catalogue }

  /// Writes the extension into a folder; without one the grammar alone is the output.
  func write(to folder: String?, _ output: Output) throws {
    guard let folder else { return output.printLine(grammar.json) }
    let files: [(path: String, text: String)] = [
      ("rlhs.tmLanguage.json", grammar.json), ("package.json", Self.package.json),
      ("language-configuration.json", Self.configuration.json), ("extension.js", Self.start),
    ]
    for file in files {
      try AtomicFile.replace("\(folder)/\(file.path)", with: [Array((file.text + "\n").utf8)])
    }
  }

  // MARK: Grammar

  private var grammar: Value {
    .map([
      "name": .string("rlhs"), "scopeName": .string("source.rlhs"),
      "fileTypes": .list([.string("rlhs")]),
      "patterns": .list(
        ContiguousArray(
          comments + Self.strings + [Self.numbers] + commands + functions + members + options
            + Self.keywords + [Self.operators])),
    ])
  }

  private var comments: [Value] {
    [
      Self.pattern("^# %%.*$", "comment.line.number-sign.rlhs markup.heading.cell.rlhs"),
      Self.pattern("#.*$", "comment.line.number-sign.rlhs"),
    ]
  }

  private static let strings: [Value] = {
    let inside = Value.list([
      pattern(
        #"\\(?:["\\/bfnrt{}]|u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4})"#, "constant.character.escape.rlhs"),
      .map([
        "name": .string("meta.embedded.rlhs"), "begin": .string(#"\{"#), "end": .string(#"\}"#),
        "patterns": .list([.map(["include": .string("$self")])]),
      ]),
    ])
    func quoted(_ quote: String, _ kind: String, _ patterns: Value) -> Value {
      .map([
        "name": .string("string.quoted.\(kind).rlhs"), "begin": .string(quote),
        "end": .string(quote), "patterns": patterns,
      ])
    }
    return [
      quoted(#"""""#, "triple", inside), quoted("\"", "double", inside),
      quoted("'", "single", .list([])),
    ]
  }()

  private static let numbers = pattern(
    #"\b[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][-+]?[0-9]+)?(?:k|M|s|min|h)?\b"#,
    "constant.numeric.rlhs")

  /// Where a command can stand: at a head, behind `=`, `|`, `(` and `return`; or called with a tight
  /// bracket anywhere. Not where its name is assigned or belongs to a variable.
  private var commands: [Value] {
    let names = Self.alternatives(catalogue.commands.map(\.name))
    let scope = "support.function.command.rlhs"
    return [
      .map([
        "match": .string(
          #"(?:^|[;{}(|]|(?<![=!<>])=(?=\s)|\breturn\b)\s*("# + names
            + #")\b(?!\s*(?:=(?!=)|[-+*/%]+=)|[.\[(])"#),
        "captures": .map(["1": .map(["name": .string(scope)])]),
      ]),
      Self.pattern(#"\b(?:"# + names + #")(?=\()"#, scope),
    ]
  }

  private var functions: [Value] {
    let names = Self.alternatives(catalogue.functions.map(\.name))
    return [
      Self.pattern(#"(?<!\.)\b(?:"# + names + #")(?=\()"#, "support.function.builtin.rlhs"),
      Self.pattern(
        #"(?<!\.)\b(?:"# + Self.alternatives(Array(Builtins.constants.keys)) + #")\b(?!\s*[=(])"#,
        "support.constant.rlhs"),
    ]
  }

  /// What a word chooses from a list: `CartPole-v1`, `dqn`.
  private var members: [Value] {
    let names = catalogue.families.values.flatMap { $0.map(\.name) }
    return [
      Self.pattern(
        #"(?<=[\s(=])(?:"# + Self.alternatives(names) + #")(?![-\w=./])"#,
        "support.class.rlhs")
    ]
  }

  private var options: [Value] {
    let declarations =
      catalogue.commands + catalogue.families.values.flatMap { $0 }
    let words = declarations.flatMap { $0.parameters.flatMap { $0.domain.fixedWords.map(\.text) } }
    return [
      Self.pattern(#"(?<=[\s(,])[A-Za-z_]\w*(?==[^\s=>])"#, "variable.parameter.rlhs"),
      Self.pattern(
        "(?<==)(?:" + Self.alternatives(words) + #")(?![\w(.])"#, "support.constant.rlhs"),
    ]
  }

  private static let keywords: [Value] = {
    func scope(_ keyword: Keyword) -> String {
      switch keyword {
      case .true, .false, .null: "constant.language.rlhs"
      case .and, .or, .not, .in: "keyword.operator.word.rlhs"
      case .fn, .global, .nonlocal: "storage.type.rlhs"
      case .if, .else, .for, .while, .return, .break, .continue, .try, .catch:
        "keyword.control.rlhs"
      }
    }
    return Dictionary(grouping: Keyword.allCases, by: scope).sorted { $0.key < $1.key }
      .map { scope, keywords in
        pattern(#"(?<!\.)\b(?:"# + alternatives(keywords.map(\.rawValue)) + #")\b(?!:)"#, scope)
      }
  }()

  private static let operators = pattern(
    Symbol.allCases.map(\.rawValue).filter { !"()[]{},;:.?".contains($0) }
      .sorted { ($1.count, $0) < ($0.count, $1) }.map(escaped).joined(separator: "|"),
    "keyword.operator.rlhs")

  private static func pattern(_ match: String, _ scope: String) -> Value {
    .map(["match": .string(match), "name": .string(scope)])
  }

  /// Longest first, since the first that fits is taken.
  private static func alternatives(_ names: [String]) -> String {
    Set(names).sorted { ($1.count, $0) < ($0.count, $1) }.map(escaped).joined(separator: "|")
  }

  private static func escaped(_ text: String) -> String {
    text.map { #"\^$.|?*+()[]{}/-"#.contains($0) ? "\\\($0)" : "\($0)" }.joined()
  }

  // MARK: Extension

  private static let package = Value.map([
    "name": .string("rlhs"), "displayName": .string("rlhs"), "publisher": .string("rlhs"),
    "version": .string(Version.text), "engines": .map(["vscode": .string("^1.82.0")]),
    "main": .string("./extension.js"),
    "dependencies": .map(["vscode-languageclient": .string("^9.0.1")]),
    "contributes": .map([
      "languages": .list([
        .map([
          "id": .string("rlhs"), "extensions": .list([.string(".rlhs")]),
          "configuration": .string("./language-configuration.json"),
        ])
      ]),
      "grammars": .list([
        .map([
          "language": .string("rlhs"), "scopeName": .string("source.rlhs"),
          "path": .string("./rlhs.tmLanguage.json"),
        ])
      ]),
      "configuration": .map([
        "title": .string("rlhs"),
        "properties": .map([
          "rlhs.path": .map([
            "type": .string("string"), "default": .string("rlhs"),
            "description": .string("The program whose language server is started."),
          ])
        ]),
      ]),
    ]),
  ])

  private static let configuration: Value = {
    func pairs(_ texts: [String]) -> Value {
      .list(
        ContiguousArray(
          texts.map { .list(ContiguousArray($0.map { .string(String($0)) })) }))
    }
    return .map([
      "comments": .map(["lineComment": .string("#")]), "brackets": pairs(["()", "[]", "{}"]),
      "autoClosingPairs": pairs(["()", "[]", "{}", "\"\"", "''"]),
    ])
  }()

  private static let start = """
    // Starts the language server for the scripts that are open.
    const { workspace } = require("vscode");
    const { LanguageClient } = require("vscode-languageclient/node");

    let client;

    exports.activate = () => {
      const command = workspace.getConfiguration("rlhs").get("path");
      client = new LanguageClient(
        "rlhs", "rlhs", { command, args: ["lsp"] }, { documentSelector: [{ language: "rlhs" }] });
      return client.start();
    };

    exports.deactivate = () => client && client.stop();
    """
}

import Glibc
import Language
import RLCore
import Schema
import Store

/// Functions that read and write files below the project's folder: text, JSON and CSV.
package enum FileFunctions {
  package static func all(in project: Project) -> [Builtin] {
    [
      function(
        "read_text", "Gives a file's text.", [path],
        example: "write_text(\"a.txt\", \"hello\")\nprint read_text(\"a.txt\")", gives: "hello\n"
      ) { arguments throws(RunError) in
        .string(try read(arguments[0], in: project))
      },
      function(
        "write_text", "Replaces a file's text.", [path, value("text", .string, "What to write.")],
        example: "write_text(\"a.txt\", \"hello\")"
      ) { arguments throws(RunError) in
        try write(arguments[1].text ?? "", to: arguments[0], in: project)
      },
      function(
        "read_json", "Gives what a JSON file holds.", [path],
        example: "write_json(\"a.json\", {x: [1, 2.5]})\nprint read_json(\"a.json\")",
        gives: "{x: [1, 2.5]}\n"
      ) { arguments throws(RunError) in try parseJSON(read(arguments[0], in: project)) },
      function(
        "write_json", "Replaces a file by a value as JSON.",
        [path, value("x", .anything, "What to write.")],
        example: "write_json(\"a.json\", {x: 1})"
      ) { arguments throws(RunError) in
        try write(arguments[1].json + "\n", to: arguments[0], in: project)
      },
      function(
        "read_csv", "Gives the rows of a CSV file as maps, by the names in its first line.", [path],
        example:
          "write_csv(\"a.csv\", [{name: \"a, b\", n: 1}])\nprint read_csv(\"a.csv\")[0].name",
        gives: "a, b\n",
        details: "Fields that read as numbers, true or false are such, empty ones are null."
      ) { arguments throws(RunError) in try CSV.rows(of: read(arguments[0], in: project)) },
      function(
        "write_csv", "Replaces a file by rows as CSV, with the maps' keys in the first line.",
        [path, value("rows", .list(of: .map), "A list of maps.")],
        example: "write_csv(\"a.csv\", [{x: 1, y: 2}])"
      ) { arguments throws(RunError) in
        try write(CSV.text(of: arguments[1].elements ?? []), to: arguments[0], in: project)
      },
    ]
  }

  private static let path = Parameter(
    "path", .string, .positional, default: .required, "Below the project's folder.")

  private static func value(_ name: String, _ domain: Domain, _ summary: String) -> Parameter {
    Parameter(name, domain, .positional, default: .required, summary)
  }

  private static func function(
    _ name: String, _ summary: String, _ parameters: [Parameter], example: String,
    gives: String? = nil, details: String = "",
    _ body: @escaping (Arguments) throws(RunError) -> Value
  ) -> Builtin {
    Builtin(
      checking: Declaration(
        name: name, summary: summary, parameters: parameters,
        examples: [Example(example, gives: gives)], group: "files", details: details)
    ) { arguments, _ throws(RunError) in try body(arguments) }
  }

  private static func read(_ path: Value, in project: Project) throws(RunError) -> String {
    try TextFile.read(project.input(path.text ?? ""))
  }

  private static func write(
    _ text: String, to path: Value, in project: Project
  ) throws(RunError) -> Value {
    let path = try project.path(path.text ?? "")
    do {
      try AtomicFile.replace(path, with: [Array(text.utf8)])
    } catch {
      throw RunError(converting: error)
    }
    return .null
  }
}

/// Whole files of UTF-8 text.
enum TextFile {
  /// - Throws: kind `file` where it cannot be read, or is no text.
  static func read(_ path: String) throws(RunError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RunError(.file, "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    return try read(descriptor, name: path)
  }

  /// All that an open descriptor gives; a byte-order mark is taken off.
  static func read(_ descriptor: Int32, name: String) throws(RunError) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw RunError(.file, "`\(name)` cannot be read: \(String(cString: strerror(errno)))")
      }
      bytes.append(contentsOf: chunk[..<count])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RunError(.file, "`\(name)` is not UTF-8 text: see line \(firstBadLine(of: bytes))")
    }
    return text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
  }

  /// The first line that is no text, from 1.
  private static func firstBadLine(of bytes: [UInt8]) -> Int {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return 1 + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
  }
}

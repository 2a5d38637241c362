import Foundation
import Testing

/// The program itself, run as a user runs it, each time in a folder of its own.
struct Subject {
  let folder: URL

  /// Where `scripts/test` built it; nil where the tests were started without.
  static let binary = ProcessInfo.processInfo.environment["RLHS_BINARY"]

  /// The checkout's folder.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  struct Result {
    var status: Int32
    var output: String
    var errors: String
    /// The objects of `--json`, a line each.
    var events: [[String: Any]] {
      output.split(separator: "\n").compactMap {
        (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
      }
    }
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "rlhs-\(UUID().uuidString)")
    // A project of its own, whatever lies in the folders above.
    try FileManager.default.createDirectory(
      at: folder.appending(path: ".rlhs"), withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// Starts the program with these arguments, its output going to `output`.
  func start(
    _ arguments: [String], output: Any, errors: Any, input: Any? = nil,
    environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.binary, "run `scripts/test`"))
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "USER": "tester"]
    ) { $1 }.merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = input ?? FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Runs to the end.
  func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
  ) throws -> Result {
    let files = ["out", "err", "in"].map {
      FileManager.default.temporaryDirectory.appending(path: "rlhs-\($0)-\(UUID().uuidString)")
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    if let input { try Data(input.utf8).write(to: files[2]) }
    let process = try start(
      arguments, output: try FileHandle(forWritingTo: files[0]),
      errors: try FileHandle(forWritingTo: files[1]),
      input: input == nil ? nil : try FileHandle(forReadingFrom: files[2]),
      environment: environment)
    process.waitUntilExit()
    let status =
      process.terminationReason == .uncaughtSignal
      ? -process.terminationStatus
      : process.terminationStatus
    return Result(
      status: status, output: String(decoding: try Data(contentsOf: files[0]), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self))
  }

  /// Runs one program given as text.
  func run(code: String, json: Bool = false) throws -> Result {
    try run((json ? ["--json"] : []) + ["-c", code])
  }
}

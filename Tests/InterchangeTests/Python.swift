import Foundation

/// Another program as the judge of a format: what a Python program prints.
enum Python {
  /// `RLHS_PYTHON` names an interpreter that has the packages, where `python3` has not.
  static let interpreter = ProcessInfo.processInfo.environment["RLHS_PYTHON"] ?? "python3"

  /// Whether it has these modules.
  static func has(_ modules: String) -> Bool { (try? run("import \(modules)")) != nil }

  /// A program that ended with an error, and what it said of it: a traceback.
  struct Failed: Error {
    let traceback: String
  }

  static func run(_ program: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [interpreter, "-c", program] + arguments
    let output = Pipe()
    // What it says of errors goes to a file: two pipes, read one after the other, can block it.
    let errors = FileManager.default.temporaryDirectory
      .appending(component: "python-\(UUID().uuidString).txt")
    try Data().write(to: errors)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(traceback: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
    return String(decoding: data, as: UTF8.self)
  }
}

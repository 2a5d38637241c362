import Foundation

/// Another program as the judge of a format: what a Python program prints.
enum Python {
  /// `RLHS_PYTHON` names an interpreter that has the packages, where `python3` has not.
  static let interpreter = ProcessInfo.processInfo.environment["RLHS_PYTHON"] ?? "python3"

  /// Whether it has these modules.
  static func has(_ modules: String) -> Bool { (try? run("import \(modules)")) != nil }

  struct Failed: Error {}

  static func run(_ program: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [interpreter, "-c", program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed() }
    return String(decoding: data, as: UTF8.self)
  }
}

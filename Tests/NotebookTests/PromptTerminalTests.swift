import Foundation
import Testing

/// The program in a pseudo-terminal, driven by `Terminal/run.py`. The program is the one
/// that was built along with the tests, or the one that `RLHS_BINARY` names.
@Suite struct PromptTerminalTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Terminal")

  private static var program: String? {
    let built = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("rlhs").path
    let candidates = [ProcessInfo.processInfo.environment["RLHS_BINARY"], built]
    return candidates.compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// What `python3` printed; nil where it failed or is missing.
  private static func python(_ arguments: [String]) throws -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-B"] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus == 0 ? text : nil
  }

  private static let hasEmulator = (try? python(["-c", "import pexpect, pyte"])) != nil

  @Test(
    .enabled(if: hasEmulator, "needs python3 with the packages pexpect and pyte"),
    .enabled(if: program != nil, "needs the program, built or named by RLHS_BINARY"))
  func `the prompt does at a terminal what its tests say`() throws {
    let program = try #require(Self.program)
    let script = Self.folder.appendingPathComponent("run.py").path
    let report = try #require(try Self.python([script, program]))
    let results = report.split(separator: "\nok ", omittingEmptySubsequences: false)
    #expect(results.count > 20, "the script ended early:\n\(report)")
    for failure in report.components(separatedBy: "FAIL ").dropFirst() {
      Issue.record("\(failure.components(separatedBy: "\nok ")[0])")
    }
  }
}

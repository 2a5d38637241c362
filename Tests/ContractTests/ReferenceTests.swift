import Foundation
import Testing

/// `rlhs reference` and `rlhs grammar`: what is written from the declarations.
@Suite(.enabled(if: Subject.binary != nil)) struct ReferenceTests {
  private func inFolder<T>(_ body: (Subject) throws -> T) throws -> T {
    let subject = try Subject()
    defer { subject.remove() }
    return try body(subject)
  }

  private func pages(in folder: URL) throws -> [String: String] {
    var pages: [String: String] = [:]
    for case let path as String in FileManager.default.enumerator(atPath: folder.path) ?? .init() {
      guard path.hasSuffix(".md") else { continue }
      pages[path] = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }
    return pages
  }

  @Test func `everything that is declared has a page, and every link leads to one`() throws {
    try inFolder { subject in
      #expect(try subject.run(["reference", "out"]).status == 0)
      let pages = try pages(in: subject.folder.appending(path: "out"))
      let texts = Array(pages.values)
      for declaration in LawTests.declarations {
        #expect(
          texts.contains {
            $0.hasPrefix("# \(declaration.name)\n") && $0.contains(declaration.summary)
          }, "\(declaration.name)")
      }
      for (path, text) in pages {
        let folder = path.contains("/") ? String(path.prefix { $0 != "/" }) : ""
        for match in text.matches(of: /\]\(([^)]+\.md)\)/) {
          let link = String(match.1)
          let target =
            link.hasPrefix("../")
            ? String(link.dropFirst(3))
            : folder.isEmpty ? link : "\(folder)/\(link)"
          #expect(pages[target] != nil, "\(path) links to \(link)")
        }
      }
    }
  }

  @Test func `a page holds the options and the examples`() throws {
    try inFolder { subject in
      #expect(try subject.run(["reference", "out"]).status == 0)
      let page = try String(
        contentsOf: subject.folder.appending(path: "out/algorithms/dqn.md"), encoding: .utf8)
      #expect(page.contains("| `learning_rate` | "))
      #expect(page.contains("```rlhs\n"))
    }
  }

  @Test(
    "groff reads the manual page without a warning",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/groff"), "no groff"))
  func manual() throws {
    try inFolder { subject in
      #expect(try subject.run(["reference", "out"]).status == 0)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/groff")
      process.arguments = [
        "-ww", "-z", "-k", "-man", "-Tutf8", subject.folder.appending(path: "out/rlhs.1").path,
      ]
      let pipe = Pipe()
      process.standardError = pipe
      try process.run()
      let complaints = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(complaints.isEmpty, "\(String(decoding: complaints, as: UTF8.self))")
    }
  }

  @Test func `the grammar's patterns find what the declarations name`() throws {
    let result = try inFolder { try $0.run(["grammar"]) }
    let grammar = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(grammar["scopeName"] as? String == "source.rlhs")
    let patterns = try #require(grammar["patterns"] as? [[String: Any]])
    func scopes(of word: String, in line: String) throws -> [String] {
      try patterns.compactMap { pattern in
        guard let match = pattern["match"] as? String else { return nil }
        let expression = try NSRegularExpression(pattern: match)
        let found = expression.matches(
          in: line, range: NSRange(line.startIndex..., in: line))
        let wanted = (line as NSString).range(of: word)
        let captures = pattern["captures"] as? [String: [String: String]]
        let group = captures == nil ? 0 : 1
        guard found.contains(where: { $0.range(at: group) == wanted }) else { return nil }
        return pattern["name"] as? String ?? captures?["1"]?["name"]
      }
    }
    #expect(
      try scopes(of: "train", in: "r = train a steps=2_000") == ["support.function.command.rlhs"])
    #expect(try scopes(of: "train", in: "train = 3") == [])
    #expect(try scopes(of: "steps", in: "train a steps=2_000") == ["variable.parameter.rlhs"])
    #expect(try scopes(of: "2_000", in: "train a steps=2_000") == ["constant.numeric.rlhs"])
    #expect(try scopes(of: "CartPole-v1", in: "env CartPole-v1 seed=3") == ["support.class.rlhs"])
    #expect(try scopes(of: "while", in: "while true { }") == ["keyword.control.rlhs"])
    #expect(try scopes(of: "sqrt", in: "x = sqrt(4)") == ["support.function.builtin.rlhs"])
    #expect(try scopes(of: "# %% Train", in: "# %% Train").count == 2)
  }

  @Test func `the extension's files name each other`() throws {
    try inFolder { subject in
      #expect(try subject.run(["grammar", "editor"]).status == 0)
      let folder = subject.folder.appending(path: "editor")
      let package = try #require(
        JSONSerialization.jsonObject(
          with: Data(contentsOf: folder.appending(path: "package.json"))) as? [String: Any])
      let contributes = try #require(package["contributes"] as? [String: Any])
      for key in ["grammars", "languages"] {
        let entry = (contributes[key] as? [[String: Any]])?.first
        let path = (entry?["path"] ?? entry?["configuration"]) as? String
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: path ?? "?").path))
      }
      let main = try #require(package["main"] as? String)
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: main).path))
    }
  }
}

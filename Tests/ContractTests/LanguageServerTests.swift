import Foundation
import Testing

/// `rlhs lsp`, spoken to as an editor does.
@Suite(.enabled(if: Subject.binary != nil)) struct LanguageServerTests {
  private typealias Message = [String: Any]

  private static let uri = "file:///work%20here/a.rlhs"
  private static var greeting: [Message] {
    [
      ["id": 1, "method": "initialize", "params": ["rootUri": NSNull(), "capabilities": [:]]],
      ["method": "initialized", "params": [:]],
    ]
  }
  private static var farewell: [Message] {
    [["id": 99, "method": "shutdown"], ["method": "exit"]]
  }

  private static func framed(_ message: Message) throws -> String {
    let content = try JSONSerialization.data(
      withJSONObject: message.merging(["jsonrpc": "2.0"]) { $1 })
    return "Content-Length: \(content.count)\r\n\r\n" + String(decoding: content, as: UTF8.self)
  }

  private static func open(_ text: String) -> Message {
    [
      "method": "textDocument/didOpen",
      "params": [
        "textDocument": ["uri": uri, "languageId": "rlhs", "version": 1, "text": text]
      ],
    ]
  }

  private static func at(
    _ id: Int, _ method: String, _ line: Int, _ character: Int
  ) -> Message {
    [
      "id": id, "method": "textDocument/\(method)",
      "params": [
        "textDocument": ["uri": uri], "position": ["line": line, "character": character],
      ],
    ]
  }

  /// What the server answers to bytes as they are, and how it ends.
  private func talk(raw: String) throws -> (status: Int32, messages: [Message]) {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(["lsp"], input: raw)
    var messages: [Message] = []
    var rest = Data(result.output.utf8)[...]
    while let header = rest.range(of: Data("\r\n\r\n".utf8)) {
      let line = String(decoding: rest[..<header.lowerBound], as: UTF8.self)
      let length = try #require(Int(line.dropFirst("Content-Length: ".count)))
      let content = rest[header.upperBound...].prefix(length)
      messages.append(try #require(JSONSerialization.jsonObject(with: content) as? Message))
      rest = rest[header.upperBound...].dropFirst(length)
    }
    #expect(rest.isEmpty)
    return (result.status, messages)
  }

  private func talk(_ messages: [Message]) throws -> [Message] {
    let all = Self.greeting + messages + Self.farewell
    let (status, answers) = try talk(raw: all.map(Self.framed).joined())
    #expect(status == 0)
    return answers
  }

  private func result(_ id: Int, in messages: [Message]) -> Any? {
    messages.first { $0["id"] as? Int == id }?["result"]
  }

  private func diagnostics(_ messages: [Message]) -> [[Message]] {
    messages.filter { $0["method"] as? String == "textDocument/publishDiagnostics" }
      .compactMap { ($0["params"] as? Message)?["diagnostics"] as? [Message] }
  }

  private func places(_ range: Any?) -> [Int] {
    let range = range as? Message
    return ["start", "end"].flatMap { end in
      let place = range?[end] as? Message
      return [place?["line"] as? Int ?? -1, place?["character"] as? Int ?? -1]
    }
  }

  @Test func `it says what it can do`() throws {
    let answer = result(1, in: try talk([])) as? Message
    let capabilities = try #require(answer?["capabilities"] as? Message)
    #expect(capabilities["positionEncoding"] as? String == "utf-16")
    #expect(capabilities["hoverProvider"] as? Bool == true)
    #expect(capabilities["completionProvider"] != nil)
  }

  @Test func `what the checker finds is published, in UTF-16 places`() throws {
    // The face takes two code units, four bytes, and one column for the checker.
    let messages = try talk([Self.open("x = 1\nprint \"😀é\" y\ntrain stpes=5\n")])
    let found = try #require(diagnostics(messages).first)
    #expect(found.count == 2)
    #expect(places(found[0]["range"]) == [1, 12, 1, 13])
    #expect(found[0]["code"] as? String == "name")
    #expect(places(found[1]["range"]) == [2, 6, 2, 11])
    #expect((found[1]["message"] as? String ?? "").contains("did you mean `steps`?"))
  }

  @Test func `changes come in pieces, and what is mended is no longer told`() throws {
    func change(_ range: [Int]?, _ text: String, version: Int) -> Message {
      var change: Message = ["text": text]
      if let range {
        change["range"] = [
          "start": ["line": range[0], "character": range[1]],
          "end": ["line": range[2], "character": range[3]],
        ]
      }
      return [
        "method": "textDocument/didChange",
        "params": [
          "textDocument": ["uri": Self.uri, "version": version], "contentChanges": [change],
        ],
      ]
    }
    let messages = try talk([
      Self.open("a = \"😀\" + b\r\nprint a\r\n"), change([0, 11, 0, 12], "\"c\"", version: 2),
      change(nil, "print zz", version: 3),
      ["method": "textDocument/didClose", "params": ["textDocument": ["uri": Self.uri]]],
    ])
    #expect(diagnostics(messages).map(\.count) == [1, 0, 1, 0])
  }

  @Test func `completion follows the declarations`() throws {
    let messages = try talk([
      Self.open("env CartPole-v1\na = agent dqn lea\nfoo = 3\nprint fo\ntr"),
      Self.at(2, "completion", 1, 17), Self.at(3, "completion", 3, 8),
      Self.at(4, "completion", 4, 2),
    ])
    func texts(_ id: Int) -> [String] {
      let items = (result(id, in: messages) as? Message)?["items"] as? [Message] ?? []
      return items.compactMap { ($0["textEdit"] as? Message)?["newText"] as? String }
    }
    #expect(texts(2).contains("learning_rate="))
    #expect(!texts(2).contains("steps="))
    #expect(texts(3).contains("foo"))
    #expect(texts(4).contains("train"))
  }

  @Test func `hover explains a command, an option, a word and a function`() throws {
    let messages = try talk([
      Self.open(
        "env CartPole-v1\na = agent dqn learning_rate=1e-3\nb = agent dqn {\n  gamma = 0.9\n}\nprint sqrt(4)"
      ),
      Self.at(2, "hover", 0, 1), Self.at(3, "hover", 1, 20), Self.at(4, "hover", 0, 6),
      Self.at(6, "hover", 5, 8), Self.at(7, "hover", 1, 0),
    ])
    func text(_ id: Int) -> String {
      let contents = (result(id, in: messages) as? Message)?["contents"] as? Message
      return contents?["value"] as? String ?? ""
    }
    #expect(text(2).hasPrefix("```rlhs\nenv "))
    #expect(text(3).hasPrefix("`learning_rate`: a number"))
    #expect(text(4).hasPrefix("```rlhs\nCartPole-v1"))
    #expect(text(6).hasPrefix("```rlhs\nsqrt("))
    #expect(result(7, in: messages) is NSNull)
  }

  @Test func `tokens stand where the colours of the prompt would`() throws {
    let messages = try talk([
      Self.open("s = \"😀\" # é\ntrain steps=5\n"),
      [
        "id": 2, "method": "textDocument/semanticTokens/full",
        "params": ["textDocument": ["uri": Self.uri]],
      ],
    ])
    let data = (result(2, in: messages) as? Message)?["data"] as? [Int]
    // `=`, the string, the comment; `train`, `steps`, `5`.
    #expect(
      data == [
        0, 2, 1, 6, 0, 0, 2, 4, 3, 0, 0, 5, 3, 5, 0, 1, 0, 5, 0, 0, 0, 6, 5, 1, 0, 0, 6, 1, 4, 0,
      ])
  }

  @Test func `what is wrong in a file that a script runs is told at the command`() throws {
    let subject = try Subject()
    defer { subject.remove() }
    try "x = 1\nprint yy\n".write(
      to: subject.folder.appending(path: "lib.rlhs"), atomically: true, encoding: .utf8)
    var greeting = Self.greeting
    greeting[0]["params"] = ["rootUri": subject.folder.absoluteString]
    let input = try (greeting + [Self.open("a = 1\nsource lib.rlhs")] + Self.farewell)
      .map(Self.framed).joined()
    let output = try subject.run(["lsp"], input: input).output
    #expect(output.contains("lib.rlhs:2:7: unknown name `yy`"))
    #expect(output.contains(#""start":{"line":1,"character":0},"end":{"line":1,"character":6}"#))
  }

  @Test func `malformed input is answered and survived`() throws {
    let raw =
      "Content-Length: 5\r\n\r\n{nope" + "X-Other: 1\r\n\r\n" + "Content-Length: -3\r\n\r\n"
      + "Content-Length: 2\r\n\r\n[]"
      + (try Self.framed(["id": 7, "method": "textDocument/hover", "params": [:]]))
      + (try Self.greeting.map(Self.framed).joined())
      + (try Self.framed(["id": 8, "method": "no/such"]))
      + (try Self.framed(["method": "textDocument/didOpen", "params": ["textDocument": 3]]))
      + (try Self.framed(Self.at(9, "hover", 0, 0)))
      + (try Self.framed(Self.open("print zz")))
      + (try Self.framed(Self.at(10, "completion", 900, -4)))
      + (try Self.farewell.map(Self.framed).joined())
    let (status, messages) = try talk(raw: raw)
    #expect(status == 0)
    func code(_ message: Message) -> Int? { (message["error"] as? Message)?["code"] as? Int }
    #expect(messages.prefix(4).map(code) == [-32700, -32700, -32700, -32600])
    #expect(messages.first { $0["id"] as? Int == 7 }.flatMap(code) == -32002)
    #expect(messages.first { $0["id"] as? Int == 8 }.flatMap(code) == -32601)
    #expect(messages.first { $0["id"] as? Int == 9 }.flatMap(code) == -32602)
    #expect(result(10, in: messages) is Message)
    #expect(diagnostics(messages).map(\.count) == [1])
  }

  @Test func `an editor that leaves without a word ends it`() throws {
    #expect(try talk(raw: Self.framed(["method": "exit"])).status == 1)
    #expect(try talk(raw: "Content-Length: 10\r\n\r\n{").status == 1)
  }
}

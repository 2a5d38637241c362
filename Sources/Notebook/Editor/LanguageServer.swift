import Glibc
import Language
import Schema

/// `rlhs lsp`: tells an editor what the checker finds and what the declarations say, over standard
/// input and output. Nothing of a document is run.
///
/// Source: Language Server Protocol 3.17.
final class LanguageServer {
  private var stream: MessageStream
  let interpreter: Interpreter
  private var documents: [String: TextDocument] = [:]
  private var state = State.starting

  private enum State { case starting, running, shutDown }

  /// An answer that is an error, with the protocol's number.
  struct Refusal: Error {
    var code: Int
    var message: String

    static let notInitialized = Refusal(code: -32002, message: "`initialize` comes first")
    static let afterShutdown = Refusal(code: -32600, message: "the server was shut down")
    static func unknownMethod(_ name: String) -> Refusal {
      Refusal(code: -32601, message: "there is no method `\(name)` here")
    }
    static func wrongParameters(_ what: String) -> Refusal {
      Refusal(code: -32602, message: what)
    }
  }

  init(_ session: Session, input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) {
    stream = MessageStream(input: input, output: output)
    interpreter = session.interpreter
  }

  /// Answers until the editor leaves, and gives the exit code.
  func run() -> Int32 {
    while true {
      switch stream.next() {
      case .end: return state == .shutDown ? 0 : 1
      case .malformed(let reason):
        refuse(Refusal(code: -32700, message: "this is no message: \(reason)"), id: .null)
      case .message(let message):
        if message["method"]?.text == "exit" { return state == .shutDown ? 0 : 1 }
        take(message)
      }
    }
  }

  private func take(_ message: Value) {
    let id = message["id"]
    guard let method = message["method"]?.text else {
      // An answer to a question of ours has no method; we ask none.
      if message.entries == nil || id == nil {
        refuse(Refusal(code: -32600, message: "this is no request"), id: .null)
      }
      return
    }
    let parameters = message["params"] ?? .null
    guard let id else { return note(method, parameters) }
    do {
      send(id, "result", try answer(method, parameters))
    } catch {
      refuse(error, id: id)
    }
  }

  private func refuse(_ refusal: Refusal, id: Value) {
    send(
      id, "error",
      .map(["code": .integer(refusal.code), "message": .string(refusal.message)]))
  }

  private func send(_ id: Value, _ key: String, _ content: Value) {
    stream.send(.map(["jsonrpc": .string("2.0"), "id": id, key: content]))
  }

  // MARK: Requests

  private func answer(_ method: String, _ parameters: Value) throws(Refusal) -> Value {
    if method == "initialize" {
      state = .running
      enterRoot(parameters)
      return Self.capabilities
    }
    switch state {
    case .starting: throw .notInitialized
    case .shutDown: throw .afterShutdown
    case .running: break
    }
    switch method {
    case "shutdown":
      state = .shutDown
      return .null
    case "textDocument/completion":
      let (document, offset) = try place(parameters)
      return completions(in: document, at: offset)
    case "textDocument/hover":
      let (document, offset) = try place(parameters)
      return hover(in: document, at: offset)
    case "textDocument/semanticTokens/full": return tokens(of: try document(parameters))
    default: throw .unknownMethod(method)
    }
  }

  private static let capabilities = Value.map([
    "capabilities": .map([
      "positionEncoding": .string("utf-16"),
      // Changes come as pieces.
      "textDocumentSync": .map(["openClose": .boolean(true), "change": .integer(2)]),
      "completionProvider": .map([
        "triggerCharacters": .list([.string(" "), .string("="), .string("|")])
      ]),
      "hoverProvider": .boolean(true),
      "semanticTokensProvider": .map([
        "legend": .map([
          "tokenTypes": .list(ContiguousArray(tokenTypes.map { .string($0.name) })),
          "tokenModifiers": .list([]),
        ]),
        "full": .boolean(true),
      ]),
    ]),
    "serverInfo": .map(["name": .string("rlhs"), "version": .string(Version.text)]),
  ])

  /// Paths in a script are relative to the working folder: the editor's own, if it tells.
  private func enterRoot(_ parameters: Value) {
    let uri = parameters["rootUri"]?.text ?? parameters["workspaceFolders"]?.first?["uri"]?.text
    if let uri, let path = Self.path(of: uri) { _ = chdir(path) }
  }

  private func document(_ parameters: Value) throws(Refusal) -> TextDocument {
    guard let uri = parameters["textDocument"]?["uri"]?.text, let document = documents[uri] else {
      throw .wrongParameters("the document is not open")
    }
    return document
  }

  private func place(
    _ parameters: Value
  ) throws(Refusal) -> (document: TextDocument, offset: Int) {
    let document = try document(parameters)
    guard let position = parameters["position"], let offset = document.offset(position) else {
      throw .wrongParameters("a position has a line and a character")
    }
    return (document, offset)
  }

  // MARK: Notifications

  private func note(_ method: String, _ parameters: Value) {
    guard state == .running, let document = parameters["textDocument"],
      let uri = document["uri"]?.text
    else { return }
    let version = document["version"] ?? .null
    switch method {
    case "textDocument/didOpen":
      documents[uri] = TextDocument(
        path: Self.path(of: uri) ?? uri, text: document["text"]?.text ?? "", version: version)
      publishDiagnostics(of: uri)
    case "textDocument/didChange":
      for change in parameters["contentChanges"]?.elements ?? [] { take(change, of: uri) }
      documents[uri]?.version = version
      publishDiagnostics(of: uri)
    case "textDocument/didSave": publishDiagnostics(of: uri)
    case "textDocument/didClose":
      if documents.removeValue(forKey: uri) != nil { publish([], of: uri, version: .null) }
    default: break
    }
  }

  /// One change of a document; one that makes no sense is left out.
  private func take(_ change: Value, of uri: String) {
    guard let document = documents[uri], let text = change["text"]?.text else { return }
    guard let range = change["range"], !range.isNull else {
      documents[uri]?.replace(nil, by: text)
      return
    }
    guard let start = range["start"].flatMap(document.offset),
      let end = range["end"].flatMap(document.offset), start <= end
    else { return }
    documents[uri]?.replace(start..<end, by: text)
  }

  private func publishDiagnostics(of uri: String) {
    guard let document = documents[uri] else { return }
    publish(diagnostics(of: document), of: uri, version: document.version)
  }

  private func publish(_ diagnostics: [Value], of uri: String, version: Value) {
    var parameters = OrderedMap()
    parameters["uri"] = .string(uri)
    parameters["diagnostics"] = .list(ContiguousArray(diagnostics))
    if !version.isNull { parameters["version"] = version }
    stream.send(
      .map([
        "jsonrpc": .string("2.0"), "method": .string("textDocument/publishDiagnostics"),
        "params": .map(parameters),
      ]))
  }

  /// The path of a `file:` URI, its escapes undone.
  private static func path(of uri: String) -> String? {
    guard uri.hasPrefix("file://") else { return nil }
    var bytes: [UInt8] = []
    var rest = uri.dropFirst("file://".count).utf8[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension Value {
  /// What a map holds under a key; nil for a missing key and for any other type.
  fileprivate subscript(key: String) -> Value? { entries?[key] }

  fileprivate var first: Value? { elements?.first }
}

extension TextDocument {
  /// The UTF-8 offset of a position of the protocol; nil where it is none.
  fileprivate func offset(_ position: Value) -> Int? {
    guard let line = position["line"]?.integer, let character = position["character"]?.integer
    else { return nil }
    return offset(line: line, character: character)
  }
}

import Language
import Schema

/// What the server says of a document.
extension LanguageServer {
  // MARK: Diagnostics

  func diagnostics(of document: TextDocument) -> [Value] {
    let source = Source(name: document.path, text: document.text)
    return interpreter.placedDiagnostics(of: source).map { place, found in
      // What is wrong in a file that this one runs shows at the command which runs it.
      let isHere = found.source === source
      let span = isHere ? found.span : Span(place, place + "source".utf8.count)
      let there = found.source.position(of: found.span.start)
      let message =
        (isHere ? "" : "\(found.source.name):\(there.line):\(there.column): ") + found.message
        + (found.hint.map { "\n\($0)" } ?? "")
      return .map([
        "range": document.range(span.start..<span.end),
        "severity": .integer(found.severity == .error ? 1 : 2),
        "code": .string(found.kind.rawValue), "source": .string("rlhs"),
        "message": .string(message),
      ])
    }
  }

  // MARK: Completion

  func completions(in document: TextDocument, at offset: Int) -> Value {
    let found = Assistance.completions(
      of: document.text, at: offset, catalogue: interpreter.catalogue)
    let range = document.range(found.replacing)
    var items = found.candidates.map { candidate in
      item(candidate.text, candidate.label, candidate.summary, kind(of: candidate), range)
    }
    if found.wantsPath {
      let bytes = Array(document.text.utf8)[found.replacing]
      let beginning = String(decoding: bytes, as: UTF8.self)
      items += pathCandidates(for: beginning, inQuotes: false).map {
        item($0.text, $0.label, "", .file, range)
      }
    }
    return .map([
      "isIncomplete": .boolean(false), "items": .list(ContiguousArray(items)),
    ])
  }

  /// Numbers of the protocol.
  private enum ItemKind: Int {
    case function = 3
    case field = 5
    case value = 12
    case keyword = 14
    case file = 17
  }

  private func item(
    _ text: String, _ label: String, _ summary: String, _ kind: ItemKind, _ range: Value
  ) -> Value {
    .map([
      "label": .string(label), "kind": .integer(kind.rawValue), "filterText": .string(text),
      "documentation": .string(summary),
      "textEdit": .map(["range": range, "newText": .string(text)]),
    ])
  }

  private func kind(of candidate: Assistance.Candidate) -> ItemKind {
    if candidate.text.hasSuffix("=") || candidate.text.hasSuffix("= ") { return .field }
    if candidate.text.hasSuffix("(") { return .function }
    let isCommand = interpreter.catalogue.commands.contains { $0.name == candidate.text }
    return isCommand || candidate.text.hasSuffix(" ") ? .keyword : .value
  }

  // MARK: Hover

  func hover(in document: TextDocument, at offset: Int) -> Value {
    guard
      let found = Assistance.explanation(
        of: document.text, at: offset, catalogue: interpreter.catalogue)
    else { return .null }
    return .map([
      "contents": .map(["kind": .string("markdown"), "value": .string(found.text)]),
      "range": document.range(found.range),
    ])
  }

  // MARK: Colours

  /// The protocol's word for each style that has one, in the order of the legend.
  static let tokenTypes: [(name: String, styles: Set<Assistance.Style>)] = [
    ("keyword", [.command, .keyword]), ("parameter", [.option]), ("enumMember", [.word]),
    ("string", [.string]), ("number", [.number]), ("comment", [.comment]),
    ("operator", [.operator]), ("function", [.function]),
  ]

  /// Five numbers a token: lines and columns from the one before, length, type, no modifiers.
  func tokens(of document: TextDocument) -> Value {
    var data: ContiguousArray<Value> = []
    var last = (line: 0, character: 0)
    let bytes = Array(document.text.utf8)
    let pieces = Assistance.highlights(of: document.text, catalogue: interpreter.catalogue)
    for piece in pieces {
      guard let type = Self.tokenTypes.firstIndex(where: { $0.styles.contains(piece.style) })
      else { continue }
      // A piece of several lines is several tokens.
      let lines = bytes[piece.range].split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      for part in lines.map(\.indices) {
        let start = document.place(of: part.lowerBound)
        let length = document.place(of: part.upperBound).character - start.character
        let isSameLine = start.line == last.line
        data += [
          start.line - last.line, start.character - (isSameLine ? last.character : 0), length,
          type, 0,
        ].map(Value.integer)
        last = start
      }
    }
    return .map(["data": .list(data)])
  }
}

extension TextDocument {
  /// A range of the protocol.
  fileprivate func range(_ offsets: Range<Int>) -> Value {
    func position(_ offset: Int) -> Value {
      let place = place(of: offset)
      return .map(["line": .integer(place.line), "character": .integer(place.character)])
    }
    return .map(["start": position(offsets.lowerBound), "end": position(offsets.upperBound)])
  }
}

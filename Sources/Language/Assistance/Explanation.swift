import Schema

extension Assistance {
  /// What is known of a piece of a cell.
  package struct Explanation: Sendable, Hashable {
    /// The UTF-8 offsets of the piece.
    package var range: Range<Int>
    /// Markdown.
    package var text: String
  }

  /// What the command, option, word or function at a UTF-8 offset means; nil where nothing there is
  /// declared.
  package static func explanation(
    of text: String, at offset: Int, catalogue: Catalogue, names: [KnownName] = []
  ) -> Explanation? {
    var explainer = Explainer(text, Glossary(catalogue, names))
    return explainer.explanation(at: offset)
  }
}

/// Reads a cell up to one of its pieces, and says what that is.
private struct Explainer {
  private var reader: CellReader

  init(_ text: String, _ glossary: Glossary) { reader = CellReader(text, glossary) }

  mutating func explanation(at offset: Int) -> Assistance.Explanation? {
    while reader.token.kind != .end, reader.token.span.start <= offset {
      let depth = reader.frames.count - 1
      let known = reader.pieces.count
      reader.readToken()
      for piece in reader.pieces[known...] where piece.range.contains(offset) {
        return meaning(of: piece, depth: depth)
          .map { Assistance.Explanation(range: piece.range, text: $0) }
      }
    }
    return nil
  }

  /// - Parameter depth: of the brackets in which the piece stands.
  private func meaning(of piece: Assistance.Highlight, depth: Int) -> String? {
    let name = reader.lexer.text(Span(piece.range.lowerBound, piece.range.upperBound))
    let frame = reader.frames[min(depth, reader.frames.count - 1)]
    switch piece.style {
    case .command:
      return reader.glossary.commands[name].map { Reference.hover($0, usage: $0.commandUsage) }
    case .function:
      return reader.glossary.functions[name].map { Reference.hover($0, usage: $0.functionUsage) }
    case .option: return option(name, of: frame).map(Reference.hover)
    case .word: return word(name, of: frame)
    default: return nil
    }
  }

  private func option(_ name: String, of frame: CellReader.Frame) -> Parameter? {
    if case .call(let declaration) = frame.kind, let parameter = declaration?.parameter(name) {
      return parameter
    }
    return frame.command.option(name)
  }

  private func word(_ name: String, of frame: CellReader.Frame) -> String? {
    if let member = frame.command.member, member.name == name {
      return Reference.hover(member, usage: member.name)
    }
    let parameters =
      (frame.command.declaration?.parameters ?? []) + (frame.command.member?.parameters ?? [])
    let words = parameters.lazy.flatMap(\.domain.fixedWords)
    return words.first { $0.text == name && !$0.summary.isEmpty }?.summary
  }
}

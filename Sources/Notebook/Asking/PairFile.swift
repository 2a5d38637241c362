import Language
import RLCore
import Store

/// Comparisons of texts as the field keeps them: JSON lines of `prompt`, `chosen` and `rejected`.
enum PairFile {
  /// Writes the comparisons and corrections of texts among some records; those that say `equal`, and
  /// what is not about texts, are left out. The file is replaced as a whole.
  ///
  /// - Returns: how many were written.
  static func write(
    _ records: [FeedbackRecord], of store: ProjectStore, to path: String
  ) throws -> Int {
    var lines: [String] = []
    for record in records where record.retraction == nil {
      guard let pair = try pair(record, store) else { continue }
      lines.append(
        Value.map([
          "prompt": .string(pair.prompt), "chosen": .string(pair.chosen),
          "rejected": .string(pair.rejected),
        ]).json + "\n")
    }
    try AtomicFile.replace(path, with: [Array(lines.joined().utf8)])
    return lines.count
  }

  private static func pair(
    _ record: FeedbackRecord, _ store: ProjectStore
  ) throws -> (prompt: String, chosen: String, rejected: String)? {
    let texts = record.shown.compactMap {
      try? TextResponse(archive: store.episode($0.episode))
    }
    let answer = try parseJSON(record.value).text
    switch (FeedbackKind(rawValue: record.kind), texts.count, answer) {
    case (.comparison, 2, "left"): return (texts[0].prompt, texts[0].text, texts[1].text)
    case (.comparison, 2, "right"): return (texts[0].prompt, texts[1].text, texts[0].text)
    case (.correction, 1, let better?): return (texts[0].prompt, better, texts[0].text)
    default: return nil
    }
  }

  /// The pairs of a file, the better text at the left.
  ///
  /// - Parameter stop: what ends each text, where the model has no token for it.
  static func read(
    _ path: String, for agent: TextAgentHandle, stop: String
  ) throws -> [TextInquiry] {
    let lines = try TextFile.read(path).split(separator: "\n")
    return try lines.enumerated().map { index, line in
      guard let map = try? parseJSON(String(line)).entries, let prompt = map["prompt"]?.text,
        let chosen = map["chosen"]?.text, let rejected = map["rejected"]?.text
      else {
        throw RunError(
          .file,
          "line \(index + 1) of `\(path)` is no pair: {\"prompt\", \"chosen\", \"rejected\"}")
      }
      do {
        let texts = try [chosen, rejected].map {
          try TextResponse(
            prompt: prompt, text: $0, tokenizer: agent.tokenizer, stop: stop)
        }
        try agent.checkFits(texts)
        return .comparison(
          GenerationHandle(texts[0], agent: agent), GenerationHandle(texts[1], agent: agent))
      } catch {
        var failure = RunError(converting: error)
        failure.message = "line \(index + 1) of `\(path)`: \(failure.message)"
        throw failure
      }
    }
  }
}

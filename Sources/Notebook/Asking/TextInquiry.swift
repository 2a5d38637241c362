import Interchange
import Language
import RLCore
import Store

/// What is asked about texts that a language model wrote.
enum TextInquiry: Question {
  /// How good a text is.
  case rating(GenerationHandle)
  /// Which of two texts after the same prompt is better.
  case comparison(GenerationHandle, GenerationHandle)
  /// A text as it should have been.
  case correction(GenerationHandle)

  var kind: FeedbackKind {
    switch self {
    case .rating: .rating
    case .comparison: .comparison
    case .correction: .correction
    }
  }

  /// What it is about, the left one first.
  var generations: [GenerationHandle] {
    switch self {
    case .rating(let generation), .correction(let generation): [generation]
    case .comparison(let left, let right): [left, right]
    }
  }

  /// Who wrote it, and learns.
  var agent: TextAgentHandle { generations[0].agent }
  var learner: (any SessionAgent)? { agent }
  var shown: [Value] { generations.map { .object($0) } }

  var text: String {
    switch self {
    case .rating(let generation), .correction(let generation): generation.shortText
    case .comparison(let left, let right): "\(left.shortText) | \(right.shortText)"
    }
  }

  /// A comparison gives the prompt and both texts, so that a script need not take them apart.
  var arguments: [Value] {
    switch self {
    case .rating(let generation), .correction(let generation): [.object(generation)]
    case .comparison(let left, let right):
      [.string(left.response.prompt), .string(left.response.text), .string(right.response.text)]
    }
  }

  func check() throws(RunError) { try agent.checkFits(generations.map(\.response)) }

  func answer(from value: Value, argument: String) throws(RunError) -> Value {
    switch self {
    case .rating:
      guard let number = value.real, number.isFinite else {
        throw RunError(.type, "a rating is a number, not \(value.source)", argument: argument)
      }
    case .comparison:
      guard let word = value.text, Preference(rawValue: word) != nil else {
        throw RunError(
          .value, "a comparison is answered by left, right, equal or skip, not \(value.source)",
          argument: argument)
      }
    case .correction(let generation):
      guard let text = value.text else {
        throw RunError(
          .type, "a correction of a text is a text, not \(value.source)", argument: argument)
      }
      do {
        _ = try better(than: generation, text)
      } catch {
        throw RunError(.value, error.description, argument: argument)
      }
    }
    return value
  }

  /// What the model gets for an answer, under a number of its own; nil for what teaches nothing.
  func feedback(_ answer: Value, id: Int) -> TextFeedback? {
    switch self {
    case .rating(let generation):
      return answer.real.map { .rating(id: id, generation.response, value: min(max($0, -1), 1)) }
    case .comparison(let left, let right):
      guard let choice = answer.text.flatMap(Preference.init), choice != .skip else { return nil }
      return .comparison(id: id, left: left.response, right: right.response, choice: choice)
    case .correction(let generation):
      guard let text = answer.text, let better = try? better(than: generation, text) else {
        return nil
      }
      return .correction(id: id, generation.response, better: better)
    }
  }

  /// The text that should have been written, ended as the one that was.
  private func better(
    than generation: GenerationHandle, _ text: String
  ) throws(CoreError) -> TextResponse {
    let response = generation.response
    let tokenizer = generation.agent.tokenizer
    return try TextResponse(
      prompt: response.prompt, text: text, promptTokens: response.promptTokens,
      tokens: try tokenizer.encode(text) + response.ending(by: tokenizer), ended: true)
  }

  func take(_ answer: Answer, person: String) throws -> TakenAnswer {
    let feedback = feedback(answer.value, id: agent.nextFeedbackID)
    if let feedback { try agent.checkFits(feedback.responses) }
    let pieces = generations.map(\.response.archive)
    let record = Store.FeedbackRecord(
      kind: kind.rawValue, value: answer.value.json, source: answer.source, person: person,
      time: secondsSince1970(), note: answer.note.isEmpty ? nil : answer.note,
      agent: agent.name, agentHash: agent.modelDigest(), agentSteps: agent.totalSteps,
      agentFeedback: feedback?.id,
      seconds: answer.seconds,
      shown: zip(generations, pieces).map { generation, piece in
        .init(
          episode: digest(of: piece), label: generation.shortText,
          steps: 0..<generation.response.tokens.count)
      })
    return TakenAnswer(
      record: record, pieces: pieces,
      deliver: feedback.map { feedback in { [agent] in try agent.receive(feedback) } })
  }

  /// What a record was about, with `agent` as who learns from it.
  ///
  /// - Throws: where its texts are no such, or the record is damaged.
  init(_ record: Store.FeedbackRecord, in store: ProjectStore, agent: TextAgentHandle) throws {
    let generations = try record.shown.map { shown in
      GenerationHandle(try TextResponse(archive: store.episode(shown.episode)), agent: agent)
    }
    switch (FeedbackKind(rawValue: record.kind), generations.count) {
    case (.rating, 1): self = .rating(generations[0])
    case (.correction, 1): self = .correction(generations[0])
    case (.comparison, 2): self = .comparison(generations[0], generations[1])
    default: throw RunError(.file, "feedback \(record.id) of the ledger is damaged")
    }
  }
}

// MARK: At the terminal

extension TextInquiry {
  var heading: String { "" }

  var keys: AnswerKeys {
    switch self {
    case .rating: AnswerKeys(.rating)
    case .comparison: AnswerKeys(.comparison)
    case .correction: AnswerKeys(.none)
    }
  }

  var needsShowing: Bool {
    if case .rating(let generation) = self { return !generation.wasShown }
    return true
  }

  /// Prints the text, or two side by side.
  func show(by reader: KeyReader, to output: Output) throws -> Showing {
    let columns = max(output.progressAppearance.columns - 1, 20)
    for generation in generations { generation.wasShown = true }
    let lines =
      switch self {
      case .rating(let generation), .correction(let generation):
        foldedLines(of: generation.response.prompt + generation.response.text, to: columns)
      case .comparison(let left, let right):
        sideBySide(
          left.response.prompt, left.response.text, right.response.text, columns: columns,
          appearance: output.progressAppearance)
      }
    output.note(drawn: lines)
    return .still
  }

  private func sideBySide(
    _ prompt: String, _ left: String, _ right: String, columns: Int, appearance: Appearance
  ) -> [String] {
    let bar = appearance.unicode ? " │ " : " | "
    let width = (columns - 3) / 2
    let (left, right) = (foldedLines(of: left, to: width), foldedLines(of: right, to: width))
    let rows = (0..<max(left.count, right.count)).map { row in
      padded(left.indices.contains(row) ? left[row] : "", to: width) + bar
        + (right.indices.contains(row) ? right[row] : "")
    }
    return foldedLines(of: "after: " + prompt, to: columns)
      + [padded("1 (left)", to: width) + bar + "2 (right)"] + rows
  }
}

// MARK: Texts in the ledger

extension TextResponse {
  static let format = "rlhs text 1"

  /// The text with its tokens, as the ledger keeps it.
  var archive: StateArchive {
    var archive = StateArchive()
    archive.metadata = [
      "format": Self.format, "prompt": prompt, "text": text, "ended": ended ? "true" : "false",
    ]
    archive.add("text/prompt_tokens", promptTokens.map(Int.init))
    archive.add("text/tokens", tokens.map(Int.init))
    return archive
  }

  /// The text whose `archive` this is.
  ///
  /// - Throws: `damagedArchive`.
  init(archive: StateArchive) throws(CoreError) {
    guard archive.metadata["format"] == Self.format, let prompt = archive.metadata["prompt"],
      let text = archive.metadata["text"], let ended = archive.metadata["ended"]
    else { throw .damagedArchive(reason: "it holds no text") }
    func tokens(_ name: String) throws(CoreError) -> [Int32] {
      try archive.integers(name).map { Int32(clamping: $0) }
    }
    try self.init(
      prompt: prompt, text: text, promptTokens: try tokens("text/prompt_tokens"),
      tokens: try tokens("text/tokens"), ended: ended == "true")
  }

  /// The tokens that ended it; without any, the tokenizer's own.
  func ending(by tokenizer: Tokenizer) -> ArraySlice<Int32> {
    if let end = tokenizer.endToken { return [end] }
    guard ended, let own = try? tokenizer.encode(text) else { return [] }
    // What stands behind the text is what ended it.
    return tokens.starts(with: own) ? tokens[own.count...] : []
  }
}

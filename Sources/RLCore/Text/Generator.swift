import CKernels

/// Texts that a model writes, side by side, a token of each at a time.
///
/// Each text has a random stream of its own, and what stands beside it changes none of its bits. A
/// text that grows beyond the context goes on from its last half.
public final class Generator {
  /// One text.
  public struct Completion: Sendable, Equatable {
    /// All tokens written, those that ended it included.
    public internal(set) var tokens: [Int32] = []
    /// The text, without what ended it.
    public internal(set) var text = ""
    /// Whether the end token or a text of `stop` ended it, and not the number of tokens.
    public internal(set) var ended = false
    /// For each token its log-probability at the temperature it was drawn at (1 for 0), among all
    /// tokens: the same bits as `LanguageModel.forward` gives. Empty unless asked for.
    public internal(set) var logProbabilities: [Float] = []
  }

  /// What one step adds to a text.
  public struct Piece: Sendable, Equatable {
    /// Which text.
    public let index: Int
    /// Text that is now certain to belong to it: often empty, where a character or a stopping text
    /// may still be completed.
    public let text: String
  }

  /// The texts so far.
  public private(set) var completions: [Completion]

  private let stepper: LanguageModelStepper
  private let sampling: Sampling
  private let endToken: Int32?
  private let recordsLogProbabilities: Bool
  private let pool: ThreadPool?
  private var sequences: [Sequence]
  private var scratches: [LanguageModelStepper.Scratch] = []
  private let workspace = LanguageModel.Workspace()

  private struct Sequence {
    /// Prompt and completion.
    var tokens: [Int32]
    /// Where in `tokens` the window that is attended to begins.
    var start = 0
    /// Tokens of the window whose keys and values are known.
    var known = 0
    var source: RandomSource
    var stream: TextStream
    let cache: KeyValueCache
    var isFinished: Bool
    /// Bytes of the text, and how many of them were given out.
    var bytes: [UInt8] = []
    var given = 0
  }

  /// - Parameters:
  ///   - prompts: the tokens that each text goes on from; of a long one the last half context is
  ///     read.
  ///   - streams: a random stream for each.
  ///   - logProbabilities: keeps the log-probability of each token.
  /// - Precondition: no prompt is empty, and every token is in the model's vocabulary.
  public init(
    _ model: LanguageModel, tokenizer: Tokenizer, prompts: [[Int32]], sampling: Sampling,
    streams: [RandomSource], logProbabilities: Bool = false, pool: ThreadPool? = nil
  ) {
    precondition(prompts.count == streams.count, "\(prompts.count) prompts")
    precondition(prompts.allSatisfy { !$0.isEmpty }, "an empty prompt")
    stepper = LanguageModelStepper(model)
    self.sampling = sampling
    endToken = tokenizer.endToken
    recordsLogProbabilities = logProbabilities
    self.pool = pool
    completions = prompts.map { _ in Completion() }
    let longest = (prompts.map(\.count).max() ?? 0) + sampling.tokens
    let capacity = min(longest, model.shape.context)
    sequences = zip(prompts, streams).map { prompt, source in
      Sequence(
        tokens: prompt, source: source, stream: TextStream(tokenizer),
        cache: KeyValueCache(model.shape, capacity: capacity), isFinished: sampling.tokens == 0)
    }
    read(Array(sequences.indices))
  }

  /// Whether every text has come to its end.
  public var isFinished: Bool { sequences.allSatisfy(\.isFinished) }

  /// Writes the next token of every text that goes on.
  public func advance() -> [Piece] {
    let active = sequences.indices.filter { !sequences[$0].isFinished }
    let context = stepper.model.shape.context
    read(active.filter { sequences[$0].known == context })
    let rows = LanguageModelStepper.rowsAtOnce
    let groups = stride(from: 0, to: active.count, by: rows).map {
      Array(active[$0..<min($0 + rows, active.count)])
    }
    while scratches.count < groups.count { scratches.append(.init(stepper.model.shape)) }
    let steps = groups.map { group in
      group.map { index in
        let sequence = sequences[index]
        return LanguageModelStepper.Entry(
          token: sequence.tokens[sequence.start + sequence.known], position: sequence.known,
          cache: sequence.cache)
      }
    }
    stepper.model.run(groups.count, on: pool) { group, _ in
      stepper.step(steps[group], in: scratches[group])
    }
    var pieces: [Piece] = []
    for (group, indices) in groups.enumerated() {
      let chosen = choose(for: indices, scratches[group])
      for (index, token) in zip(indices, chosen) {
        pieces.append(Piece(index: index, text: append(token, to: index)))
      }
    }
    return pieces
  }

  /// Writes all texts to their ends.
  public func finish() -> [Completion] {
    while !isFinished { _ = advance() }
    return completions
  }

  /// Draws a token for each sequence of a group.
  private func choose(for indices: [Int], _ scratch: LanguageModelStepper.Scratch) -> [Int32] {
    let vocabulary = stepper.model.shape.vocabulary
    let chosen = indices.enumerated().map { row, index in
      let logits = UnsafeBufferPointer(
        start: scratch.logits + row * vocabulary, count: vocabulary)
      return sampling.choose(logits.span, using: &sequences[index].source)
    }
    if recordsLogProbabilities {
      for (index, logProbability) in zip(indices, logProbabilities(of: chosen, scratch)) {
        completions[index].logProbabilities.append(logProbability)
      }
    }
    return chosen
  }

  private func logProbabilities(
    of tokens: [Int32], _ scratch: LanguageModelStepper.Scratch
  ) -> [Float] {
    let (vocabulary, rows) = (stepper.model.shape.vocabulary, LanguageModelStepper.rowsAtOnce)
    let kernels = rlhs_kernels_in_use().pointee
    let panel = AlignedBuffer(count: vocabulary * rows)
    kernels.pack(scratch.logits, tokens.count, vocabulary, 0, panel.base)
    let targets = tokens + [Int32](repeating: -1, count: rows - tokens.count)
    var (normalizers, results, entropies) = (
      [Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows),
      [Float](repeating: 0, count: rows)
    )
    let scale = sampling.temperature == 0 ? 1 : Float(1 / sampling.temperature)
    kernels.log_probability(
      panel.base, 1, vocabulary, scale, targets, &normalizers, &results, &entropies)
    return Array(results.prefix(tokens.count))
  }

  /// What becomes certain of a text with one token more.
  private func append(_ token: Int32, to index: Int) -> String {
    sequences[index].tokens.append(token)
    sequences[index].known += 1
    completions[index].tokens.append(token)
    if token == endToken {
      return end(index, ended: true)
    }
    sequences[index].bytes += Array(sequences[index].stream.append(token).utf8)
    let bytes = sequences[index].bytes
    if let stop = firstStop(in: bytes, from: sequences[index].given) {
      sequences[index].bytes.removeLast(bytes.count - stop)
      return end(index, ended: true)
    }
    if completions[index].tokens.count >= sampling.tokens {
      sequences[index].bytes += Array(sequences[index].stream.finish().utf8)
      return end(index, ended: false)
    }
    return give(index, upTo: bytes.count - heldBack(bytes))
  }

  private func end(_ index: Int, ended: Bool) -> String {
    sequences[index].isFinished = true
    completions[index].ended = ended
    return give(index, upTo: sequences[index].bytes.count)
  }

  private func give(_ index: Int, upTo end: Int) -> String {
    let start = sequences[index].given
    guard end > start else { return "" }
    let text = String(decoding: sequences[index].bytes[start..<end], as: UTF8.self)
    sequences[index].given = end
    completions[index].text += text
    return text
  }

  private func firstStop(in bytes: [UInt8], from start: Int) -> Int? {
    let stops = sampling.stop.map { Array($0.utf8) }
    return (start..<max(start, bytes.count)).first { place in
      stops.contains { bytes[place...].starts(with: $0) }
    }
  }

  /// Bytes at the end that may begin a stopping text.
  private func heldBack(_ bytes: [UInt8]) -> Int {
    var longest = 0
    for stop in sampling.stop.map({ Array($0.utf8) }) {
      for count in stride(from: min(stop.count - 1, bytes.count), to: longest, by: -1)
      where bytes.suffix(count).elementsEqual(stop.prefix(count)) {
        longest = count
        break
      }
    }
    return longest
  }

  /// Computes keys and values of the windows of some sequences but for their last tokens, which the
  /// next step reads. Of a text that fills the context the first half is let go.
  private func read(_ indices: [Int]) {
    let model = stepper.model
    var alike: [[Int32]: [Int]] = [:]
    var distinct: [[Int32]] = []
    for index in indices {
      let length = sequences[index].tokens.count - sequences[index].start
      if length > model.shape.context || sequences[index].known == model.shape.context {
        sequences[index].start = sequences[index].tokens.count - (model.shape.context + 1) / 2
      }
      let window = Array(sequences[index].tokens[sequences[index].start...].dropLast())
      sequences[index].known = window.count
      guard !window.isEmpty else { continue }
      if alike[window] == nil { distinct.append(window) }
      alike[window, default: []].append(index)
    }
    for window in distinct {
      let members = alike[window]!
      let cache = sequences[members[0]].cache
      model.forward(TokenBatch([window]), logits: false, in: workspace)
      workspace.copyKeysAndValues(of: model.shape, to: cache)
      for other in members.dropFirst() { sequences[other].cache.copy(from: cache) }
    }
  }
}

extension LanguageModel.Workspace {
  /// Keys and values of the one sequence of the last pass.
  func copyKeysAndValues(of shape: LanguageModelShape, to cache: KeyValueCache) {
    let panel = Int(rlhs_panel)
    guard let batch else { preconditionFailure("no pass to copy from") }
    let panels = min(batch.rowsEach, cache.capacity) / panel
    for (index, block) in places.blocks.enumerated() {
      let keys = base + block.projected + shape.attendedWidth * panel
      cache.store(
        index, panels: panels, stride: shape.projectedWidth + 1, keys: keys,
        values: keys + shape.keyValueHeads * shape.headWidth * panel)
    }
  }
}

/// Pre-training that is pulled: each `advance` makes one update, or measures on some windows of the
/// held-out text, and says what happened. Whoever pulls can stop after any of them; another trainer
/// on the same learner continues exactly there.
public struct LanguageTrainer {
  /// What one `advance` did.
  public enum Event: Sendable, Equatable {
    /// An update: the batch's loss in nats a token, and the gradient's length.
    case updated(loss: Double, gradientNorm: Double)
    /// A measure of the held-out text came to its end.
    case evaluated(LanguageEvaluation)
    /// Some windows more of the held-out text were measured.
    case evaluating
    /// The goal is reached.
    case finished
  }

  /// Who learns.
  public private(set) var learner: LanguageLearner
  /// Stops when the learner has made this many updates.
  public let goal: Int
  /// The weights that did best on the held-out text, and how well; the first ones are measured too.
  public private(set) var best: (model: LanguageModel, evaluation: LanguageEvaluation)?

  private let corpus: Corpus
  private let pool: ThreadPool?
  private let evaluationInterval: Int
  private let windows: [[Int32]]
  private let workspace = LanguageModel.Workspace()
  private var gradient: [Float]
  private var measured: (next: Int, sum: Double, tokens: Int)?
  private var lastMeasured: Int?

  /// Windows of the held-out text measured in one `advance`.
  private static let windowsAtOnce = 16

  /// - Parameters:
  ///   - steps: updates from here on; without it up to the learner's `totalSteps`.
  ///   - evaluations: every so many updates the held-out text is measured, and at the end; nil for a
  ///     twentieth of the way. Measuring draws from no stream.
  ///   - windowLimit: windows of the held-out text that are measured, evenly spread over it.
  /// - Throws: `incompatible` for a text shorter than the context, or one made by another tokenizer.
  public init(
    _ learner: LanguageLearner, corpus: Corpus, steps: Int? = nil, evaluations: Int? = nil,
    windowLimit: Int = 64, pool: ThreadPool? = nil
  ) throws(CoreError) {
    let context = learner.model.shape.context
    if let obstacle = corpus.obstacle(context: context) { throw obstacle }
    guard corpus.tokenizer == learner.tokenizer else {
      throw .incompatible("the text was cut into tokens by another tokenizer than the model's")
    }
    self.learner = learner
    self.corpus = corpus
    self.pool = pool
    goal = steps.map { learner.steps + $0 } ?? max(learner.learning.totalSteps, learner.steps)
    evaluationInterval = max(evaluations ?? (goal - learner.steps) / 20, 1)
    windows = corpus.heldOutWindows(length: context, limit: windowLimit)
    gradient = [Float](repeating: 0, count: learner.model.weights.count)
  }

  /// Makes an update, or measures.
  ///
  /// - Throws: `notFinite` where learning diverges; the learner then is as before the update.
  public mutating func advance() throws(CoreError) -> Event {
    let isDue = learner.steps % evaluationInterval == 0 || learner.steps >= goal
    if !windows.isEmpty, isDue, lastMeasured != learner.steps { return measure() }
    if learner.steps >= goal { return .finished }
    return try update()
  }

  private mutating func update() throws(CoreError) -> Event {
    let (learning, context) = (learner.learning, learner.model.shape.context)
    // Streams move on only with the update: one that fails leaves the learner as it was.
    var (batches, dropouts) = (learner.batches, learner.dropouts)
    let batch = corpus.batch(of: learning.batchSize, length: context, using: &batches)
    let seed = dropouts.nextUInt64()
    learner.model.forward(
      batch, dropout: Dropout(rate: learning.dropout, seed: seed), in: workspace, pool: pool)
    let sum = workspace.logProbabilities.reduce(0.0) { $0 + Double($1) }
    let loss = -sum / Double(batch.targetCount)
    guard loss.isFinite else { throw .notFinite(quantity: "loss", update: learner.steps + 1) }
    learner.model.backward(
      .crossEntropy(batch), in: workspace, gradient: &gradient, pool: pool)
    let norm = try learner.optimizer.update(
      &learner.model, gradient: gradient, learningRate: learning.learningRate(at: learner.steps),
      weightDecay: learning.weightDecay, maximumNorm: learning.maximumNorm)
    (learner.batches, learner.dropouts, learner.lastLoss) = (batches, dropouts, loss)
    return .updated(loss: loss, gradientNorm: Double(norm))
  }

  private mutating func measure() -> Event {
    var (next, sum, tokens) = measured ?? (0, 0, 0)
    let end = min(next + Self.windowsAtOnce, windows.count)
    if let part = LanguageEvaluation(
      learner.model, windows: Array(windows[next..<end]), in: workspace, pool: pool)
    {
      sum += part.loss * Double(part.tokens)
      tokens += part.tokens
    }
    next = end
    guard next == windows.count else {
      measured = (next, sum, tokens)
      return .evaluating
    }
    measured = nil
    lastMeasured = learner.steps
    let evaluation = LanguageEvaluation(loss: sum / Double(tokens), tokens: tokens)
    if evaluation.loss < best?.evaluation.loss ?? .infinity {
      best = (learner.model, evaluation)
    }
    return .evaluated(evaluation)
  }
}

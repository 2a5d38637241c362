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
  ///   - steps: updates from here on; without it an interrupted training is finished, else up to the
  ///     learner's `totalSteps`.
  ///   - evaluations: every so many updates the held-out text is measured, and the weights that did
  ///     best there are kept; nil for a twentieth of `totalSteps`. At the end it is measured, too,
  ///     but kept only where such a measure is due: training in pieces is training at once. Measuring
  ///     draws from no stream.
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
    let lastStep = learner.trainingGoal ?? learner.learning.totalSteps
    goal = max(steps.map { learner.steps + $0 } ?? lastStep, learner.steps)
    self.learner.trainingGoal = goal > learner.steps ? goal : nil
    evaluationInterval = max(evaluations ?? learner.learning.totalSteps / 20, 1)
    windows = corpus.heldOutWindows(length: context, limit: windowLimit)
    gradient = [Float](repeating: 0, count: learner.model.weights.count)
  }

  /// Makes an update, or measures.
  ///
  /// - Throws: `notFinite` where learning diverges; the learner then is as before the update.
  public mutating func advance() throws(CoreError) -> Event {
    if !windows.isEmpty, isMeasureDue || learner.steps >= goal, lastMeasured != learner.steps {
      return measure()
    }
    guard learner.steps < goal else {
      learner.trainingGoal = nil
      return .finished
    }
    return try update()
  }

  /// Whether the weights as they are now compete for the best.
  private var isMeasureDue: Bool { learner.steps % evaluationInterval == 0 }

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
    if isMeasureDue, evaluation.loss < learner.best?.loss ?? .infinity {
      learner.best = .init(
        steps: learner.steps, loss: evaluation.loss, weights: learner.model.weights)
    }
    return .evaluated(evaluation)
  }
}

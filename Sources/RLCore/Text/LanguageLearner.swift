#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How a language model learns from a text.
public struct LanguageLearning: Sendable, Hashable {
  /// Step size of AdamW at its greatest.
  public var learningRate = 1e-3
  /// Updates over which it rises from 0.
  public var warmup = 100
  /// Updates after which it has fallen, along half a cosine, to a tenth; there it stays.
  public var totalSteps = 2_000
  /// Share by which matrices shrink at each update, times the step size.
  public var weightDecay = 0.1
  /// Decay of the gradient's mean.
  public var beta1 = 0.9
  /// Decay of the mean of the gradient's square.
  public var beta2 = 0.99
  /// A longer gradient is cut to this length.
  public var maximumNorm = 1.0
  /// Windows of a batch.
  public var batchSize = 12
  /// Share of elements that are zeroed while training.
  public var dropout = 0.0

  /// The settings above.
  public init() {}

  /// The step size of update `step`, counted from 0.
  public func learningRate(at step: Int) -> Double {
    if step < warmup { return learningRate * Double(step + 1) / Double(warmup + 1) }
    let progress = Double(step - warmup) / Double(max(totalSteps - warmup, 1))
    return learningRate * (0.55 + 0.45 * cos(.pi * min(progress, 1)))
  }
}

/// AdamW: Adam whose decay of the matrices does not pass through its moments.
///
/// - Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
public struct LanguageOptimizer: Sendable {
  var adam: Adam

  /// An optimizer that has seen no gradient of `model` yet.
  public init(for model: LanguageModel, beta1: Double = 0.9, beta2: Double = 0.99) {
    adam = Adam(parameterCount: model.weights.count, beta1: beta1, beta2: beta2)
  }

  /// Updates made so far.
  public var step: Int { adam.step }

  /// Takes one step down the gradient, cut to `maximumNorm`.
  ///
  /// - Returns: the gradient's length before it was cut.
  /// - Throws: `notFinite` before anything is changed.
  @discardableResult
  public mutating func update(
    _ model: inout LanguageModel, gradient: [Float], learningRate: Double,
    weightDecay: Double = 0, maximumNorm: Double = .infinity
  ) throws(CoreError) -> Float {
    let norm = VectorMath.norm(gradient)
    guard norm.isFinite else { throw .notFinite(quantity: "gradient", update: adam.step + 1) }
    if weightDecay > 0 {
      let kept = Float(1 - learningRate * weightDecay)
      model.weights.withUnsafeMutableBufferPointer { weights in
        for places in model.layout.decayed {
          for index in places { weights[index] *= kept }
        }
      }
    }
    let scale = maximumNorm.isFinite ? min(1, maximumNorm / (Double(norm) + 1e-6)) : 1
    adam.update(
      &model.weights, gradient: gradient, learningRate: learningRate, gradientScale: Float(scale))
    return norm
  }
}

/// A language model with its tokenizer and everything it needs to go on learning exactly where it
/// stopped: optimizer, settings and random streams. A copy is a fork.
public struct LanguageLearner: Sendable {
  /// What learns.
  public var model: LanguageModel
  /// What its tokens mean.
  public let tokenizer: Tokenizer
  /// How it learns; may be changed between updates.
  public var learning: LanguageLearning
  /// The moments, and how many updates were made.
  public internal(set) var optimizer: LanguageOptimizer
  /// The loss of the last update, nats a token.
  public internal(set) var lastLoss: Double?
  /// What did best on held-out text while training; nil before it was first measured.
  public internal(set) var best: Best?
  /// The step at which an interrupted training was to end.
  public internal(set) var trainingGoal: Int?
  /// Fixes all of its streams.
  public private(set) var seed: UInt64
  var batches: RandomSource
  var dropouts: RandomSource

  /// The weights that did best on held-out text.
  public struct Best: Sendable {
    /// The learner's updates then.
    public let steps: Int
    /// The mean loss, nats a token.
    public let loss: Double
    let weights: [Float]
  }

  /// A learner that has seen no text yet.
  ///
  /// - Parameter source: the streams of weights, batches and dropout split off it.
  /// - Throws: `incompatible` where the tokenizer has another number of tokens than the shape.
  public init(
    _ shape: LanguageModelShape, tokenizer: Tokenizer,
    learning: LanguageLearning = LanguageLearning(), source: RandomSource
  ) throws(CoreError) {
    var weights = source.split("weights")
    try self.init(
      LanguageModel(shape, using: &weights), tokenizer: tokenizer, learning: learning,
      source: source)
  }

  /// A learner that goes on from a model with weights, such as one that was loaded.
  public init(
    _ model: LanguageModel, tokenizer: Tokenizer,
    learning: LanguageLearning = LanguageLearning(), source: RandomSource
  ) throws(CoreError) {
    guard tokenizer.vocabulary <= model.shape.vocabulary else {
      throw .incompatible(
        "the tokenizer has \(tokenizer.vocabulary) tokens and the model "
          + "\(model.shape.vocabulary): they do not belong together")
    }
    self.model = model
    self.tokenizer = tokenizer
    self.learning = learning
    optimizer = LanguageOptimizer(for: model, beta1: learning.beta1, beta2: learning.beta2)
    seed = source.seed
    batches = source.split("batches")
    dropouts = source.split("dropout")
  }

  /// Updates made so far.
  public var steps: Int { optimizer.step }

  /// Gives it new random streams; weights and moments stay.
  public mutating func reseed(_ source: RandomSource) {
    seed = source.seed
    batches = source.split("batches")
    dropouts = source.split("dropout")
  }

  /// A copy with the weights that did best on held-out text; nil before it was first measured.
  public func bestFork() -> LanguageLearner? {
    guard let best else { return nil }
    var fork = self
    fork.model.weights = best.weights
    fork.trainingGoal = nil
    return fork
  }
}

/// How well a model predicts a text.
public struct LanguageEvaluation: Sendable, Hashable {
  /// Mean over all tokens, in nats.
  public let loss: Double
  /// How many tokens were predicted.
  public let tokens: Int
  /// e to the loss.
  public var perplexity: Double { exp(loss) }

  /// A measure of its parts.
  public init(loss: Double, tokens: Int) {
    self.loss = loss
    self.tokens = tokens
  }

  /// The mean over all targets of some windows; nil without any.
  public init?(
    _ model: LanguageModel, windows: [[Int32]], in workspace: LanguageModel.Workspace,
    pool: ThreadPool? = nil
  ) {
    var (sum, count) = (0.0, 0)
    for start in stride(from: 0, to: windows.count, by: 16) {
      let batch = TokenBatch(windows: Array(windows[start..<min(start + 16, windows.count)]))
      model.forward(batch, in: workspace, pool: pool)
      for value in workspace.logProbabilities { sum -= Double(value) }
      count += batch.targetCount
    }
    guard count > 0 else { return nil }
    loss = sum / Double(count)
    tokens = count
  }
}

import Schema

/// Language models as agents: `agent lm`.
public enum LanguageModels {
  /// Its name, settings and documentation.
  public static let declaration = Declaration(
    name: "lm",
    summary: "A language model, a decoder of the family of GPT-2 or Llama, on the current corpus.",
    parameters: shapeParameters + learningParameters,
    examples: [
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        corpus abc.txt
        m = agent lm layers=1 heads=2 width=16 context=8
        """)
    ],
    details: """
      Learns by AdamW to predict the next token of the corpus. The step size rises over `warmup` updates \
      and then falls along a cosine to a tenth at `total_steps`. Its tokenizer is the corpus's, and is \
      saved with it.
      """,
    source: "Radford et al. 2019 (GPT-2); Touvron et al. 2023 (Llama)")

  private static let shapeParameters = [
    Parameter(
      "layers", .integer(1...256), default: .setting(4), "Blocks.", search: .choice([2, 4, 6])),
    Parameter(
      "heads", .integer(1...256), default: .setting(4), "Heads of attention; a divisor of width."),
    Parameter(
      "width", .integer(1...16_384), default: .setting(128), "Features of each token.",
      search: .choice([64, 128, 256])),
    Parameter(
      "context", .integer(1...65_536), default: .setting(64), "Most tokens that are looked back at."
    ),
    Parameter(
      "family",
      .words([
        Word("gpt2", "Learned positions, layer norm, GELU."),
        Word("llama", "Rotary positions, RMS norm, a gated feed-forward block."),
      ]), default: .setting("gpt2"), "How its blocks are built."),
    Parameter("seed", .integer, default: .setting(0), "Fixes every random stream of the model."),
  ]

  private static let learningParameters = [
    Parameter(
      "learning_rate", .positiveReal, default: .setting(1e-3),
      "Step size of AdamW at its greatest.",
      search: .logUniform(1e-4, 1e-2)),
    Parameter(
      "warmup", .integer(0...1_000_000), default: .setting(100),
      "Updates over which the step size rises."),
    Parameter(
      "total_steps", .integer(from: 1), default: .setting(2_000),
      "Updates that the step size is laid out for."),
    Parameter(
      "batch_size", .integer(1...65_536), default: .setting(12), "Windows of text in an update.",
      search: .choice([8, 12, 16, 32])),
    Parameter(
      "dropout", .real(Interval(0, 1, includesUpper: false)), default: .setting(0.0),
      "Share of elements that are zeroed while training.", search: .uniform(0, 0.3)),
    Parameter(
      "weight_decay", .real(from: 0), default: .setting(0.1),
      "Share by which matrices shrink at each update, times the step size."),
    Parameter(
      "beta1", .real(Interval(0, 1, includesUpper: false)), default: .setting(0.9),
      "Decay of the gradient's mean."),
    Parameter(
      "beta2", .real(Interval(0, 1, includesUpper: false)), default: .setting(0.99),
      "Decay of the mean of the gradient's square."),
    Parameter(
      "max_grad_norm", .positiveReal, default: .setting(1.0),
      "A longer gradient is cut to this length."),
  ]

  /// Settings that a living model can be given.
  static let changeable = Set(learningParameters.map(\.name)).subtracting(["beta1", "beta2"])
}

extension LanguageLearner {
  /// A model that has seen no text yet.
  ///
  /// - Parameter given: settings of `LanguageModels.declaration`; what is missing has its default.
  /// - Throws: `unknownSetting`, `invalidSetting`, and `incompatible` for a text shorter than the
  ///   context.
  public init(_ given: Settings, corpus: Corpus) throws(CoreError) {
    let settings = try LanguageModels.declaration.resolve(given)
    let family = LanguageModelShape.Family(rawValue: settings.string("family")) ?? .gpt2
    let shape = try LanguageModelShape(
      family: family, vocabulary: corpus.tokenizer.vocabulary, layers: settings.integer("layers"),
      heads: settings.integer("heads"), width: settings.integer("width"),
      context: settings.integer("context"))
    if let obstacle = corpus.obstacle(context: shape.context) { throw obstacle }
    try self.init(
      shape, tokenizer: corpus.tokenizer, learning: LanguageLearning(settings),
      source: RandomSource(seed: UInt64(bitPattern: Int64(settings.integer("seed")))))
  }

  /// Every setting in force, those of the model's shape among them.
  public var settings: Settings {
    [
      "layers": .integer(model.shape.layers), "heads": .integer(model.shape.heads),
      "width": .integer(model.shape.width), "context": .integer(model.shape.context),
      "family": .string(model.shape.family.rawValue),
      "seed": .integer(Int(Int64(bitPattern: seed))),
    ].merging(learning.settings) { $1 }
  }

  /// Changes a setting of how it learns.
  ///
  /// - Throws: `unknownSetting`, `invalidSetting`, and `fixedSetting` for what the model is made of.
  public mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    try LanguageModels.declaration.check(name, value)
    guard LanguageModels.changeable.contains(name) else {
      throw .fixedSetting(name: name, reason: "the model is made with it")
    }
    learning = LanguageLearning(learning.settings.merging([name: value]) { $1 })
  }
}

extension LanguageLearning {
  fileprivate init(_ settings: Settings) {
    learningRate = settings.real("learning_rate")
    warmup = settings.integer("warmup")
    totalSteps = settings.integer("total_steps")
    batchSize = settings.integer("batch_size")
    dropout = settings.real("dropout")
    weightDecay = settings.real("weight_decay")
    beta1 = settings.real("beta1")
    beta2 = settings.real("beta2")
    maximumNorm = settings.real("max_grad_norm")
  }

  fileprivate var settings: Settings {
    [
      "learning_rate": .real(learningRate), "warmup": .integer(warmup),
      "total_steps": .integer(totalSteps), "batch_size": .integer(batchSize),
      "dropout": .real(dropout), "weight_decay": .real(weightDecay), "beta1": .real(beta1),
      "beta2": .real(beta2), "max_grad_norm": .real(maximumNorm),
    ]
  }
}

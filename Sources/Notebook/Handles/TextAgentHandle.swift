import Language
import RLCore
import Schema
import Store

/// An agent of the session that writes text: a language model with its tokenizer.
final class TextAgentHandle: Handle, SessionAgent {
  static let genus = "a language model"
  static let counterparts = [
    "rollout": "generate AGENT \"a prompt\"", "predict": "logits AGENT tokens=[…]",
    "demonstrate": "correct (generate AGENT \"a prompt\") \"a better text\"",
    "question": "feedback (generate AGENT \"a prompt\")",
  ]

  /// Replaced as a whole at the safe points of training.
  var learner: LanguageLearner
  let name: String
  /// What it learns from; nil for one that was loaded, until it is trained.
  var corpus: CorpusHandle?
  /// What its trainings in this session left for plots.
  var history: [MetricPoint] = []
  var job: BackgroundJob?
  /// How fast its latest training in this session went; 0 before the first.
  var stepsPerSecond = 0.0
  /// How often each purpose drew a seed, so that each call has new draws.
  private var draws: [String: Int] = [:]

  init(_ learner: LanguageLearner, name: String, corpus: CorpusHandle?) {
    self.learner = learner
    self.name = name
    self.corpus = corpus
    super.init()
  }

  /// What writes.
  var model: LanguageModel { learner.model }
  var tokenizer: Tokenizer { learner.tokenizer }

  override var kind: String { "agent" }

  override var memberNames: [String] {
    [
      "name", "algorithm", "corpus", "settings", "seed", "steps", "parameters", "vocabulary",
      "tokenizer", "best_loss", "best_steps",
    ]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    try checkFree(in: nil)
    return switch name {
    case "name": .string(self.name)
    case "algorithm": .string(LanguageModels.declaration.name)
    case "corpus": corpus.map { .object($0) } ?? .null
    case "settings": Value(settings: learner.settings)
    case "seed": .integer(seed)
    case "steps": .integer(learner.steps)
    case "parameters": .integer(model.parameterCount)
    case "vocabulary": .integer(model.shape.vocabulary)
    case "tokenizer": .string(tokenizer.kind.word)
    case "best_loss": learner.best.map { .real($0.loss) } ?? .null
    case "best_steps": learner.best.map { .integer($0.steps) } ?? .null
    default: nil
    }
  }

  override var text: String {
    if let job, !job.hasEnded { return "\(name): being worked on by job \(job.number)" }
    let shape = model.shape
    return "\(name): lm (\(shape.family.rawValue)) on \(corpus?.path ?? "no corpus"), "
      + "\(shape.layers) layers of width \(shape.width), context \(shape.context), "
      + "\(compact(model.parameterCount)) parameters, \(compact(learner.steps)) steps, seed \(seed)"
  }

  var seed: Int { Int(Int64(bitPattern: learner.seed)) }

  /// A new seed for one purpose, such as `generate`; no bit of the model changes.
  func drawSeed(for purpose: String) -> Int {
    let index = draws[purpose, default: 0]
    draws[purpose] = index + 1
    var stream = RandomSource(seed: learner.seed).split(purpose, index)
    return Int(stream.nextUInt64() >> 33)
  }

  // MARK: What it has in common with agents of the other kind

  var profile: AgentProfile {
    AgentProfile(
      algorithm: LanguageModels.declaration.name, environment: corpus?.path ?? "",
      settings: learner.settings, seed: seed, steps: learner.steps)
  }

  /// A model shares nothing with the session but its corpus, which never changes.
  func lend() {}

  func reseed(_ seed: Int) {
    learner.reseed(RandomSource(seed: UInt64(bitPattern: Int64(seed))))
  }

  func fork(named name: String) -> any SessionAgent {
    TextAgentHandle(learner, name: name, corpus: corpus)
  }

  func bestFork(named name: String) -> (any SessionAgent)? {
    learner.bestFork().map { TextAgentHandle($0, name: name, corpus: corpus) }
  }

  func set(_ name: String, to value: Setting) throws { try learner.set(name, to: value) }

  func redeliver(
    from name: String, given times: Range<Double>, in session: Session
  ) throws -> Int { 0 }

  func question(
    of record: FeedbackRecord, _ value: Value, own id: Int, in store: ProjectStore
  ) throws -> (any Question)? { nil }

  func retractionCost(_ id: Int) -> Int { 0 }

  func retract(_ id: Int, replay: Bool, in session: Session) throws -> Bool { true }

  // MARK: Texts

  /// The tokens that a text begins from; the beginning of a line in place of an empty prompt.
  func promptTokens(_ prompt: String) throws -> [Int32] {
    let tokens = try tokenizer.encode(prompt)
    if !tokens.isEmpty { return tokens }
    if let end = tokenizer.endToken { return [end] }
    if let line = try? tokenizer.encode("\n"), !line.isEmpty { return line }
    throw RunError(
      .value, "an empty prompt is the beginning of a line, and \(name) knows no line's end",
      hint: "give a character at least", argument: "prompt")
  }

  /// - Throws: a `value` error at `argument` for a token that the model has not.
  func check(_ tokens: [Int], argument: String) throws(RunError) -> [Int32] {
    let vocabulary = model.shape.vocabulary
    if let wrong = tokens.first(where: { !(0..<vocabulary).contains($0) }) {
      throw RunError(
        .value, "\(name) has the tokens 0 to \(vocabulary - 1), and no \(wrong)",
        argument: argument)
    }
    return tokens.map(Int32.init)
  }
}

import Interchange
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

  /// What learns from a text. Replaced as a whole at the safe points of training.
  var learner: LanguageLearner { didSet { knownDigest = nil } }
  /// What feedback made of it; nil before there was any. It goes on from the learner's model.
  var coaching: TextCoaching? { didSet { knownDigest = nil } }
  /// Of what writes now, where it was asked for.
  private var knownDigest: String?
  /// Whether a method was chosen, and answers did not just choose the first.
  var isCoached = false
  /// What a script rewards, and what it truly wants where it knows.
  var reward: FrozenFunction?
  var judge: FrozenFunction?
  /// What it last wrote on from while it learned by a reward.
  var plan: TextPlan?
  /// Iterations that an interrupted training by a reward still had to make.
  var iterationsLeft: Int?
  /// The number of the last answer that it got.
  var lastFeedbackID = 0
  let name: String
  /// What it learns from; nil for one that was loaded, until it is trained.
  var corpus: CorpusHandle?
  /// What its trainings in this session left for plots.
  var history: [MetricPoint] = []
  var job: BackgroundJob?
  /// How fast its latest training by a reward went in this session; 0 before the first.
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
  var model: LanguageModel { coaching?.model ?? learner.model }
  var tokenizer: Tokenizer { learner.tokenizer }

  override var kind: String { "agent" }

  override var memberNames: [String] {
    [
      "name", "algorithm", "corpus", "settings", "seed", "steps", "parameters", "vocabulary",
      "tokenizer", "best_loss", "best_steps", "method", "iterations", "answers",
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
    case "method": coaching.map { .string($0.method) } ?? .null
    case "iterations": .integer(coaching?.steps ?? 0)
    case "answers": .integer(coaching?.answers.count ?? 0)
    default: nil
    }
  }

  override var text: String {
    if let job, !job.hasEnded { return "\(name): being worked on by job \(job.number)" }
    let shape = learner.model.shape
    return "\(name): lm (\(shape.family.rawValue)) on \(corpus?.path ?? "no corpus"), "
      + "\(shape.layers) layers of width \(shape.width), context \(shape.context), "
      + "\(compact(learner.model.parameterCount)) parameters, \(compact(learner.steps)) steps"
      + (coaching.map { ", \($0.steps) iterations by \($0.method)" } ?? "") + ", seed \(seed)"
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
      settings: learner.settings, seed: seed, steps: totalSteps)
  }

  /// A model shares nothing with the session but its corpus, which never changes.
  func lend() {}

  func reseed(_ seed: Int) {
    learner.reseed(RandomSource(seed: UInt64(bitPattern: Int64(seed))))
  }

  func fork(named name: String) -> any SessionAgent {
    let fork = TextAgentHandle(learner, name: name, corpus: corpus)
    (fork.coaching, fork.isCoached) = (coaching, isCoached)
    // A job on one of the two must not run the other's functions.
    (fork.reward, fork.judge) = (reward?.copy(), judge?.copy())
    (fork.plan, fork.iterationsLeft) = (plan, iterationsLeft)
    (fork.lastFeedbackID, fork.history) = (lastFeedbackID, history)
    return fork
  }

  func bestFork(named name: String) -> (any SessionAgent)? {
    learner.bestFork().map { TextAgentHandle($0, name: name, corpus: corpus) }
  }

  func set(_ name: String, to value: Setting) throws { try learner.set(name, to: value) }

  // MARK: Texts

  /// Of what writes, without optimizer and answers.
  func modelDigest() -> String {
    if let knownDigest { return knownDigest }
    var archive = StateArchive()
    archive.add("model/weights", model.weights)
    let digest = digest(of: archive)
    knownDigest = digest
    return digest
  }

  /// Takes in an answer, by the method that was chosen, else by the first.
  func receive(_ answer: TextFeedback) throws {
    // What writes stays the same.
    let digest = knownDigest
    var coaching = try coaching ?? begunCoaching()
    try coaching.receive(answer)
    self.coaching = coaching
    knownDigest = digest
    lastFeedbackID = max(lastFeedbackID, answer.id)
  }

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

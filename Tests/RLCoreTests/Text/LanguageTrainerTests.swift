import Testing

@testable import RLCore

struct LanguageTrainerTests {
  static let text = String(repeating: "the cat sees a dog. the dog sees a cat. ", count: 40)

  private static func learner(
    dropout: Double = 0.1, steps: Int = 60
  ) throws -> (LanguageLearner, Corpus) {
    let tokenizer = try Tokenizer(characters: text)
    let shape = try LanguageModelShape(
      vocabulary: tokenizer.vocabulary, layers: 1, heads: 2, width: 16, context: 20)
    var learning = LanguageLearning()
    (learning.learningRate, learning.warmup, learning.totalSteps) = (1e-2, 5, steps)
    (learning.batchSize, learning.dropout) = (4, dropout)
    let learner = try LanguageLearner(
      shape, tokenizer: tokenizer, learning: learning, source: RandomSource(seed: 2))
    return (learner, try Corpus(text, tokenizer: tokenizer))
  }

  private static func train(
    _ learner: LanguageLearner, _ corpus: Corpus, steps: Int? = nil, pool: ThreadPool? = nil
  ) throws -> (learner: LanguageLearner, losses: [Double], evaluations: [LanguageEvaluation]) {
    var trainer = try LanguageTrainer(learner, corpus: corpus, steps: steps, pool: pool)
    var (losses, evaluations, due) = ([Double](), [LanguageEvaluation](), [Double]())
    while true {
      switch try trainer.advance() {
      case .updated(let loss, _): losses.append(loss)
      case .evaluated(let evaluation):
        evaluations.append(evaluation)
        let interval = max(learner.learning.totalSteps / 20, 1)
        if trainer.learner.steps % interval == 0 { due.append(evaluation.loss) }
      case .evaluating: break
      case .finished:
        if learner.best == nil { #expect(trainer.learner.best?.loss == due.min()) }
        return (trainer.learner, losses, evaluations)
      }
    }
  }

  @Test("a model learns a text of few sentences, held-out part and all")
  func learns() throws {
    let (learner, corpus) = try Self.learner(dropout: 0, steps: 150)
    let result = try Self.train(learner, corpus)
    #expect(result.losses.count == 150 && result.learner.steps == 150)
    // The logarithm of 11 characters: it begins without a guess.
    #expect(abs(result.evaluations[0].loss - 2.398) < 0.1)
    let last = try #require(result.evaluations.last)
    #expect(last.loss < 0.5 && last.perplexity < 1.7, "\(last)")
  }

  @Test("so many updates, saved, loaded and continued are as many without a stop, to the bit")
  func continues() throws {
    let (learner, corpus) = try Self.learner()
    let whole = try Self.train(learner, corpus, steps: 24)
    let half = try Self.train(learner, corpus, steps: 10)
    let loaded = try LanguageLearner(from: half.learner.archive)
    #expect(loaded.archive == half.learner.archive)
    let pool = ThreadPool(threads: 2)
    let rest = try Self.train(loaded, corpus, steps: 14, pool: pool)
    #expect(rest.learner.archive == whole.learner.archive)
    #expect(half.losses + rest.losses == whole.losses)
  }

  @Test("a damaged checkpoint is refused with the reason")
  func damaged() throws {
    let (learner, _) = try Self.learner()
    let sound = learner.archive
    for name in ["model/weights", "model/sizes", "optimizer/step", "streams/batches"] {
      var archive = sound
      archive.tensors.removeAll { $0.name == name }
      #expect(throws: CoreError.self) { try LanguageLearner(from: archive) }
    }
    var archive = sound
    let sizes = archive.tensors.firstIndex { $0.name == "model/sizes" }!
    archive.tensors[sizes].bytes[0] += 1
    #expect(throws: CoreError.self) { try LanguageLearner(from: archive) }
  }

  @Test("a text shorter than the context and one of another tokenizer are refused")
  func refusals() throws {
    let (learner, corpus) = try Self.learner()
    let short = try Corpus("the cat", tokenizer: learner.tokenizer)
    let error = #expect(throws: CoreError.self) { try LanguageTrainer(learner, corpus: short) }
    #expect(error?.description.contains("context of 20") == true)
    let other = try Corpus(Self.text, tokenizer: Tokenizer(characters: Self.text + "xyz"))
    #expect(throws: CoreError.self) { try LanguageTrainer(learner, corpus: other) }
    #expect(corpus.tokenizer == learner.tokenizer)
  }

  @Test("learning that diverges is an error, and leaves the learner as it was")
  func diverges() throws {
    var (learner, corpus) = try Self.learner()
    learner.model.weights[learner.model.layout.finalNorm] = .infinity
    var trainer = try LanguageTrainer(learner, corpus: corpus)
    #expect(throws: CoreError.self) {
      while try trainer.advance() != .finished {}
    }
    // But for where training was to end.
    #expect(trainer.learner.trainingGoal == trainer.goal && trainer.learner.best == nil)
    func changeable(_ learner: LanguageLearner) -> [StateArchive.Tensor] {
      learner.archive.tensors.filter { $0.name != "learning/integers" }
    }
    #expect(changeable(trainer.learner) == changeable(learner))
  }

  @Test("the step size rises, falls along a cosine and stays at a tenth")
  func schedule() {
    var learning = LanguageLearning()
    (learning.learningRate, learning.warmup, learning.totalSteps) = (1, 9, 109)
    #expect(abs(learning.learningRate(at: 0) - 0.1) < 1e-12)
    #expect(learning.learningRate(at: 9) == 1)
    #expect(abs(learning.learningRate(at: 59) - 0.55) < 1e-12)
    #expect(abs(learning.learningRate(at: 500) - 0.1) < 1e-12)
  }

  @Test("weight decay shrinks matrices alone")
  func decay() throws {
    var model = try TinyModel.llama.model
    let before = model.weights
    var optimizer = LanguageOptimizer(for: model)
    let zero = [Float](repeating: 0, count: model.weights.count)
    try optimizer.update(&model, gradient: zero, learningRate: 0.5, weightDecay: 0.1)
    let decayed = Set(model.layout.decayed.flatMap { $0 })
    for index in before.indices {
      let kept = decayed.contains(index) ? before[index] * Float(0.95) : before[index]
      #expect(model.weights[index] == kept)
    }
    #expect(!decayed.contains(model.layout.finalNorm))
  }
}

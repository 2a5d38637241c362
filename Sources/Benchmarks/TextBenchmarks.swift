import RLCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The reference size: 4 layers, 4 heads, width 128, context 64, 65 tokens.
private func referenceShape(vocabulary: Int = 65) -> LanguageModelShape {
  // The sizes are constants that fit.
  try! LanguageModelShape(vocabulary: vocabulary, layers: 4, heads: 4, width: 128, context: 64)
}

/// A line for each: milliseconds of an update at a batch of 12, and tokens a second of generation.
/// One thread, seconds of the processor, the best of some rounds.
func benchmarkTextSpeed() {
  let text = String(String.UnicodeScalarView((48..<113).map { Unicode.Scalar(UInt8($0)) }))
  var source = RandomSource(seed: 1)
  guard let tokenizer = try? Tokenizer(characters: text) else { return }
  var model = LanguageModel(referenceShape(), using: &source)
  print("update", updateMilliseconds(&model, pool: nil))
  for count in [1, 16] {
    var best = 0.0
    for round in 0..<5 {
      let sampling = try! Sampling(tokens: 60)
      let start = processorSeconds()
      let generator = Generator(
        model, tokenizer: tokenizer, prompts: [[Int32]](repeating: [1, 2, 3], count: count),
        sampling: sampling, streams: (0..<count).map { RandomSource(seed: UInt64(round + $0)) })
      _ = generator.finish()
      best = max(best, Double(60 * count) / (processorSeconds() - start))
    }
    print("generate-\(count)", best)
  }
}

/// Milliseconds of the wall clock that an update takes with one thread and with two: on a quiet
/// machine.
func benchmarkTextThreads() {
  var source = RandomSource(seed: 1)
  for threads in [1, 2, 1, 2] {
    var model = LanguageModel(referenceShape(), using: &source)
    let pool = ThreadPool(threads: threads)
    print("threads-\(threads)", updateMilliseconds(&model, pool: pool, clock: wallSeconds))
  }
}

private func updateMilliseconds(
  _ model: inout LanguageModel, pool: ThreadPool?, clock: () -> Double = processorSeconds
) -> Double {
  var source = RandomSource(seed: 2)
  let windows = (0..<12).map { _ in (0...64).map { _ in Int32(source.integer(below: 65)) } }
  let (batch, workspace) = (TokenBatch(windows: windows), LanguageModel.Workspace())
  var optimizer = LanguageOptimizer(for: model)
  var gradient = [Float](repeating: 0, count: model.weights.count)
  return (0..<12).map { _ in
    let start = clock()
    model.forward(batch, in: workspace, pool: pool)
    model.backward(.crossEntropy(batch), in: workspace, gradient: &gradient, pool: pool)
    try! optimizer.update(
      &model, gradient: gradient, learningRate: 1e-4, weightDecay: 0.1, maximumNorm: 1)
    return (clock() - start) * 1e3
  }.min()!
}

/// Trains the reference size on the characters of a file: `FILE SEED STEPS`. Prints the loss on the
/// held-out tenth.
func benchmarkTextLearning(_ arguments: [String]) {
  guard arguments.count == 3, let seed = UInt64(arguments[1]), let steps = Int(arguments[2]),
    let text = readText(arguments[0])
  else { return print("text-learning takes FILE SEED STEPS") }
  do {
    let tokenizer = try Tokenizer(characters: text)
    let corpus = try Corpus(text, tokenizer: tokenizer)
    var learning = LanguageLearning()
    learning.totalSteps = steps
    let learner = try LanguageLearner(
      referenceShape(vocabulary: tokenizer.vocabulary), tokenizer: tokenizer, learning: learning,
      source: RandomSource(seed: seed))
    var trainer = try LanguageTrainer(
      learner, corpus: corpus, evaluations: steps, windowLimit: 512)
    while true {
      let event = try trainer.advance()
      if case .evaluated(let evaluation) = event, trainer.learner.steps == steps {
        print("held-out", evaluation.loss)
      }
      if event == .finished { break }
    }
  } catch {
    print(error)
  }
}

private func readText(_ path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&block, 1, block.count, file)
    if count == 0 { break }
    bytes += block[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

import Testing

@testable import RLCore

struct GeneratorTests {
  static let letters = "abcdefghijk"

  private static func tokenizer(_ model: LanguageModel) throws -> Tokenizer {
    let scalars = (0..<model.shape.vocabulary).map { Unicode.Scalar(UInt8(97 + $0)) }
    return try Tokenizer(characters: String(String.UnicodeScalarView(scalars)))
  }

  private static func generator(
    _ model: LanguageModel, prompts: [[Int32]], _ sampling: Sampling, seed: UInt64 = 1,
    pool: ThreadPool? = nil
  ) throws -> Generator {
    Generator(
      model, tokenizer: try tokenizer(model), prompts: prompts, sampling: sampling,
      streams: prompts.indices.map { RandomSource(seed: seed).split("sample", $0) },
      logProbabilities: true, pool: pool)
  }

  @Test(
    "log-probabilities have the bits of a pass over the whole text", arguments: TinyModel.allCases)
  func sameBits(kind: TinyModel) throws {
    let model = try kind.model
    let prompts: [[Int32]] = [
      [1], [2, 3, 4], [5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 1],
    ]
    let sampling = try Sampling(temperature: 0.8, tokens: 20)
    for count in [1, 3] {
      let chosen = Array(prompts.suffix(count))
      let completions = try Self.generator(model, prompts: chosen, sampling).finish()
      let sequences = zip(chosen, completions).map { $0 + $1.tokens }
      let batch = TokenBatch(sequences, firstTargets: chosen.map(\.count))
      let workspace = LanguageModel.Workspace()
      model.forward(batch, temperature: 0.8, in: workspace)
      for (index, completion) in completions.enumerated() {
        #expect(completion.tokens.count == 20 && !completion.ended)
        let whole = Array(workspace.logProbabilities[batch.targetRows(index)])
        #expect(completion.logProbabilities == whole, "\(count) side by side, \(index)")
      }
    }
  }

  @Test("a text does not depend on what is written beside it or on threads")
  func independence() throws {
    let model = try TinyModel.llama.model
    let prompts = (0..<37).map { [Int32($0 % 9), Int32($0 % 4)] }
    let sampling = try Sampling(temperature: 1.2, topK: 6, topP: 0.9, tokens: 12)
    let together = try Self.generator(model, prompts: prompts, sampling).finish()
    let pool = ThreadPool(threads: 3)
    let shared = try Self.generator(model, prompts: prompts, sampling, pool: pool).finish()
    #expect(shared == together)
    let alone = try Self.generator(model, prompts: [prompts[0]], sampling).finish()
    #expect(alone[0] == together[0])
  }

  @Test("a text longer than the context goes on from its last half")
  func beyondContext() throws {
    let model = try TinyModel.gpt2.model
    let sampling = try Sampling(temperature: 0, tokens: 60)
    let text = try Self.generator(model, prompts: [[1, 2]], sampling).finish()[0].tokens
    #expect(text.count == 60)
    // The window is full after 40 tokens; the next one is chosen from the last 20 alone.
    let window = Array(([1, 2] + text.prefix(39)).suffix(20))
    let next = try Self.generator(
      model, prompts: [window], try Sampling(temperature: 0, tokens: 1)
    ).finish()[0].tokens
    #expect(next[0] == text[39])
    let long = (0..<50).map { Int32($0 % 7) }
    let fromLong = try Self.generator(model, prompts: [long], sampling).finish()[0]
    let fromHalf = try Self.generator(model, prompts: [Array(long.suffix(20))], sampling)
      .finish()[0]
    #expect(fromLong == fromHalf)
  }

  @Test("a stopping text ends it, is not part of it, and is never given out in part")
  func stopping() throws {
    let model = try TinyModel.gpt2.model
    let free = try Self.generator(
      model, prompts: [[1]], try Sampling(temperature: 1.5, tokens: 25)
    ).finish()[0]
    let scalars = Array(free.text)
    let stop = String(scalars[8..<11])
    let sampling = try Sampling(temperature: 1.5, tokens: 25, stop: [stop, ""])
    let generator = try Self.generator(model, prompts: [[1]], sampling)
    var streamed = ""
    while !generator.isFinished { streamed += generator.advance().map(\.text).joined() }
    let stopped = generator.completions[0]
    #expect(stopped.ended && !stopped.text.contains(stop) && free.text.hasPrefix(stopped.text))
    #expect(streamed == stopped.text)
    #expect(stopped.tokens.count == stopped.text.count + 3)
  }

  @Test("the settings choose among what they name")
  func sampling() throws {
    let logits: [Float] = [0, 3, 1, 3, -2]
    func shares(_ sampling: Sampling) -> [Double] {
      var source = RandomSource(seed: 4)
      var counts = [Double](repeating: 0, count: 5)
      for _ in 0..<4000 { counts[Int(sampling.choose(logits.span, using: &source))] += 1 / 4000.0 }
      return counts
    }
    let all = shares(try Sampling())
    #expect(abs(all[1] - 0.4529) < 0.03 && abs(all[0] - 0.0225) < 0.01 && all[4] > 0)
    let likeliest = shares(try Sampling(temperature: 0))
    #expect(likeliest[1] == shares(try Sampling(topK: 1))[1] && likeliest[1] > 0.999)
    let two = shares(try Sampling(topK: 2))
    #expect(abs(two[1] - 0.5) < 0.03 && two[0] + two[2] + two[4] == 0)
    let most = shares(try Sampling(topP: 0.92))
    #expect(most[2] > 0 && most[0] + most[4] == 0)
    let flat = shares(try Sampling(temperature: 1000))
    #expect(flat.allSatisfy { abs($0 - 0.2) < 0.03 })
    for wrong in [-1, .nan, .infinity] {
      #expect(throws: CoreError.self) { try Sampling(temperature: wrong) }
    }
    #expect(throws: CoreError.self) { try Sampling(topK: 0) }
    #expect(throws: CoreError.self) { try Sampling(topP: 0) }
  }
}

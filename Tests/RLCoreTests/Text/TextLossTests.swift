import Testing

@testable import RLCore

struct TextLossTests {
  static func response(_ text: String) throws -> TextResponse {
    try TextResponse(prompt: "b", text: text, tokenizer: Letters.tokenizer)
  }

  static func settings(_ method: String) throws -> Settings {
    try TextMethods.named(method).declaration.resolve([:])
  }

  static func pair(label: Double = 1, _ left: String = "a", _ right: String = "c") throws
    -> LessonExample
  {
    LessonExample(responses: [try response(left), try response(right)], label: label)
  }

  @Test("losses have the known values")
  func goldens() throws {
    func close(_ value: Double, _ golden: Double) -> Bool { abs(value - golden) < 1e-6 }
    let reward = RewardModelLesson(try Self.settings("reward_model"))
    #expect(close(reward.loss([try Self.pair()], outputs: [1, 0]).loss, 0.313262))
    #expect(close(reward.loss([try Self.pair()], outputs: [0, 1]).loss, 1.313262))
    #expect(close(reward.probability(try Self.pair(), outputs: [1, 0]), 0.731059))
    let dpo = DPO(try Self.settings("dpo"))
    #expect(close(dpo.loss([try Self.pair()], outputs: [3, -1]).loss, 0.513015))
    #expect(close(dpoLoss(4), dpo.loss([try Self.pair()], outputs: [5, 1]).loss))
    let ipo = IPO(try Self.settings("ipo"))
    #expect(close(ipo.loss([try Self.pair()], outputs: [3, -1]).loss, 1))
    // By the token: twice as long, half as much.
    #expect(
      close(ipo.loss([try Self.pair("aa", "cccc")], outputs: [6, -4]).loss, 1))
    // r 2, 0 from the others: 1 - sigma(.2).
    let kto = KTO(try Self.settings("kto"))
    let liked = LessonExample(responses: [try Self.response("a")], label: 1)
    #expect(close(kto.loss([liked], outputs: [2, -1]).loss, 0.450166))
  }

  @Test(
    "the gradient of each loss over answers is that of finite differences",
    arguments: ["reward_model", "dpo", "ipo", "kto"])
  func lessons(method: String) throws {
    let lesson = try TextMethods.named(method).lesson(Self.settings(method))
    var answers: [TextFeedback] = []
    for (index, choice) in [Preference.left, .right, .equal].enumerated() {
      answers.append(
        .comparison(
          id: index, left: try Self.response("ab"), right: try Self.response("cda"),
          choice: choice))
    }
    answers.append(.rating(id: 7, try Self.response("dd"), value: -0.5))
    let examples = lesson.examples(answers)
    var source = RandomSource(seed: 3)
    let outputs = lesson.responses(examples).map { _ in source.normal() }
    let (_, gradients) = lesson.loss(examples, outputs: outputs)
    #expect(gradients.count == outputs.count)
    // Responses to other prompts set KTO's reference point, through which no gradient goes.
    let point = method == "kto" ? examples.count : outputs.count
    for index in outputs.indices.prefix(point) {
      func moved(_ by: Double) -> Double {
        var outputs = outputs
        outputs[index] += by
        return lesson.loss(examples, outputs: outputs).loss
      }
      let measured = (moved(1e-5) - moved(-1e-5)) / 2e-5
      #expect(abs(measured - gradients[index]) < 1e-7, "\(index)")
    }
    #expect(gradients[point...].allSatisfy { $0 == 0 })
  }

  /// A batch of two groups of different rewards, with all that methods read.
  static func batch(_ count: Int) throws -> [Experience] {
    var source = RandomSource(seed: 6)
    return try (0..<count).map { index in
      let response = try response(String(repeating: "a", count: 1 + index % 5))
      func numbers(_ spread: Double) -> [Float] {
        response.tokens.map { _ in Float(source.normal() * spread) }
      }
      let reward = source.normal()
      var one = Experience(
        response: response, reward: reward, score: reward,
        logProbabilities: numbers(0.3).map { $0 - 1 })
      one.referenceLogProbabilities = one.logProbabilities.map { $0 + Float(source.normal() * 0.2) }
      one.values = numbers(0.5)
      return one
    }
  }

  @Test(
    "the gradient of each method's loss is that of finite differences",
    arguments: TextMethodTests.sampling)
  func policies(method: String) throws {
    let settings = try Self.settings(method)
    let kind = try TextMethods.named(method)
    let policy = try #require(kind.policy?(settings))
    var batch = try Self.batch(16)
    policy.assignCredit(&batch, klCoefficient: 0.1)
    var source = RandomSource(seed: 9)
    let size = MinibatchSize(responses: 2, tokens: 7)
    for one in batch {
      var now = one.logProbabilities.map { $0 + Float(source.normal() * 0.15) }
      var values = one.values.map { $0 + Float(source.normal() * 0.15) }
      func loss() -> PolicyLoss {
        policy.loss(
          one, ResponseOutputs(logProbabilities: now[...], values: values[...]), size,
          klCoefficient: 0.1)
      }
      let given = loss()
      // Not at the bends of clipping: there two derivatives meet.
      let (step, allowed) = (Float(1e-3), 2e-3)
      for token in now.indices {
        let kept = now[token]
        now[token] = kept + step
        let up = loss()
        now[token] = kept - step
        let down = loss()
        now[token] = kept
        guard up.clipped == down.clipped else { continue }
        let measured = (up.loss - down.loss) / Double(2 * step)
        #expect(abs(measured - Double(given.byLogProbabilities[token])) < allowed)
      }
      for token in given.byValues.indices {
        let kept = values[token]
        values[token] = kept + step
        let up = loss()
        values[token] = kept - step
        let down = loss()
        values[token] = kept
        let sides = [up, down].map { Double($0.byValues[token]) }
        guard sides[0] != 0, sides[1] != 0 else { continue }
        let measured = (up.loss - down.loss) / Double(2 * step)
        #expect(abs(measured - Double(given.byValues[token])) < allowed)
      }
    }
  }

  @Test("a ratio that has moved far in the wanted direction is not driven on")
  func clips() {
    let good = clippedSurrogate(logRatio: 0.5, advantage: 2, clip: 0.2)
    #expect(good.slope == 0 && good.isClipped && abs(good.loss + 2.4) < 1e-12)
    let bad = clippedSurrogate(logRatio: 0.5, advantage: -2, clip: 0.2)
    #expect(bad.slope > 0 && bad.isClipped)
    let start = clippedSurrogate(logRatio: 0, advantage: 2, clip: 0.2)
    #expect(start.loss == -2 && start.slope == -2 && !start.isClipped)
  }

  @Test("whitening brings the deviation to 1, and the mean to 0 unless it is kept")
  func whitens() {
    let values = [1.0, 2, 4, 9]
    #expect(abs(mean(whiten(values))) < 1e-9 && abs(standardDeviation(whiten(values)) - 1) < 1e-6)
    let kept = whiten(values, keepingMean: true)
    #expect(abs(mean(kept) - 4) < 1e-9 && abs(standardDeviation(kept) - 1) < 1e-6)
  }

  @Test("an advantage is held against the group: RLOO's others, GRPO's mean and deviation")
  func groups() throws {
    var batch = try Self.batch(8)
    for index in batch.indices {
      let reward = [1.0, 0, 0, 3][index % 4]
      batch[index] = Experience(
        response: batch[index].response, reward: reward, score: reward,
        logProbabilities: batch[index].logProbabilities)
      batch[index].referenceLogProbabilities = batch[index].logProbabilities
    }
    RLOO(try Self.settings("rloo")).assignCredit(&batch, klCoefficient: 0.05)
    #expect(batch[0].advantages == [0] && abs(batch[3].advantages[0] - (3 - 1.0 / 3)) < 1e-12)
    var settings = try Self.settings("grpo")
    settings["num_generations"] = 4
    GRPO(settings).assignCredit(&batch, klCoefficient: 0.05)
    let deviation = 1.5.squareRoot()
    #expect(abs(batch[3].advantages[0] - 2 / deviation) < 1e-9 && batch[0].advantages == [0])
  }

  @Test("PPO rewards each token by the divergence and the last one by the score")
  func tokenRewards() throws {
    var settings = try Self.settings("ppo")
    (settings["whiten_rewards"], settings["gae_lambda"]) = (false, 1.0)
    var batch = Array(try Self.batch(8)[2...2])
    batch[0].values = [0, 0, 0]
    TextPPO(settings).assignCredit(&batch, klCoefficient: 0.1)
    // Without discount and values a return is what is still to come.
    let ratios = batch[0].logRatios
    for token in 0..<3 {
      let expected = batch[0].score - 0.1 * ratios[token...].reduce(0, +)
      #expect(abs(batch[0].returns[token] - expected) < 1e-12)
    }
  }

  @Test("neither prompt nor padding nor what a neighbour says takes part in a response's gradient")
  func masks() throws {
    let model = try Letters.model()
    let (short, long) = (try Self.response("ad"), try Self.response("abcdabcdabcdabcdabcd"))
    func gradient(_ responses: [TextResponse]) -> [Float] {
      let workspace = LanguageModel.Workspace()
      let batch = TokenBatch(
        responses.map(\.sequence), firstTargets: responses.map(\.promptTokens.count))
      #expect(batch.targetRows(0) == 0..<2)
      model.forward(batch, in: workspace)
      var rows = [Float](repeating: 0, count: batch.rows)
      for row in batch.targetRows(0) { rows[row] = 1 }
      // Rows that predict nothing: a gradient given for them by mistake counts for nothing.
      for row in 2..<batch.rowsEach { rows[row] = 100 }
      var gradient = [Float](repeating: 0, count: model.weights.count)
      model.backward(TokenGradients(logProbabilities: rows), in: workspace, gradient: &gradient)
      return gradient
    }
    let alone = gradient([short])
    let beside = gradient([short, long])
    let length = alone.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
    #expect(length > 0)
    #expect(zip(alone, beside).allSatisfy { abs($0 - $1) < 1e-5 * Float(length) })
  }

  @Test("a response ends with its end token: nothing after it is kept")
  func endToken() throws {
    let tokenizer = try Tokenizer(
      kind: .character, pieces: ["a", "b", "end"].map { Array($0.utf8) }, specials: [2],
      endToken: 2)
    var source = RandomSource(seed: 2)
    let model = LanguageModel(
      try LanguageModelShape(vocabulary: 3, layers: 1, heads: 1, width: 8, context: 24),
      using: &source)
    let generator = Generator(
      model, tokenizer: tokenizer, prompts: [[0], [1], [0, 1]],
      sampling: try Sampling(tokens: 20), streams: (0..<3).map { RandomSource(seed: $0) },
      logProbabilities: true)
    var ended = 0
    for completion in generator.finish() {
      #expect(completion.logProbabilities.count == completion.tokens.count)
      #expect(!completion.tokens.dropLast().contains(2))
      if completion.ended {
        ended += 1
        #expect(completion.tokens.last == 2)
      }
    }
    #expect(ended > 0)
  }
}

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Schema

/// One iteration of a method that samples: responses, their rewards, what policy and reference make
/// of them, and gradient steps. Each `advance` does a small part.
///
/// Nothing outside is changed: what it came to is taken by `TextTrainer` when it is done.
struct PolicyIteration {
  private let method: any PolicyMethod
  private let settings: Settings
  private let reference: LanguageModel
  private let rewarding: Rewarding
  private let judge: TextReward?
  private let source: RandomSource
  private let klCoefficient: Double
  private let pool: ThreadPool?
  private let workspace: LanguageModel.Workspace

  private(set) var policy: LanguageModel
  private(set) var optimizer: LanguageOptimizer
  private(set) var report: TextReport

  private let prompts: [(text: String, tokens: [Int32])]
  private var phase: Phase
  private var responses: [TextResponse] = []
  private var rewards: [Double] = []
  private var spreads: [Double] = []
  private var batch: [Experience] = []
  private var gradient: [Float] = []
  private var lossSum = 0.0
  private var clipped = 0
  private var tokensSeen = 0
  private var minibatches = 0
  /// How far the policy has moved from the one that sampled, over the responses of a minibatch.
  private var moved = 0.0

  /// What a reward comes from.
  enum Rewarding {
    case function(TextReward)
    case learned(TextRewardModel)
    /// Only what responses are like is to be known.
    case none
  }

  private enum Phase {
    case sampling(Generator)
    case rewarding(next: Int)
    case reading(next: Int)
    /// Read and described: the caller decides whether the policy learns from it.
    case described
    case learning(LearningPlace)
    case done
  }

  /// A place within the passes over a batch.
  private struct LearningPlace {
    let epoch: Int
    /// Of the responses in this pass.
    let order: [Int]
    /// Where the minibatch begins, and how much of it the gradient has.
    var start = 0
    var done = 0
  }

  /// Responses that are passed through a model in one `advance`.
  private static let responsesAtOnce = 16

  /// - Throws: `incompatible` for prompts that, with their responses, do not fit the context, or
  ///   that the tokenizer does not know.
  init(
    of coaching: TextCoaching, method: any PolicyMethod, plan: TextPlan, batchSize: Int,
    rewarding: Rewarding, judge: TextReward?, pool: ThreadPool?,
    workspace: LanguageModel.Workspace
  ) throws(CoreError) {
    self.method = method
    self.rewarding = rewarding
    self.judge = judge
    self.pool = pool
    self.workspace = workspace
    settings = coaching.settings
    reference = coaching.reference
    policy = coaching.policy
    optimizer = coaching.optimizer
    klCoefficient = coaching.klCoefficient
    source = coaching.source.split("iteration", coaching.steps)
    report = TextReport(iteration: coaching.steps + 1)
    report.klCoefficient = klCoefficient
    let each = method.responsesPerPrompt
    let count = max(1, batchSize / each)
    let order = try plan.order(for: coaching)
    prompts = (0..<count * each).map { order[(coaching.steps * count + $0 / each) % order.count] }
    let sampling = try Sampling(
      temperature: settings["temperature"]?.real ?? 1, tokens: plan.tokens, stop: plan.stop)
    let streams = source.split("responses")
    phase = .sampling(
      Generator(
        policy, tokenizer: coaching.tokenizer, prompts: prompts.map(\.tokens), sampling: sampling,
        streams: prompts.indices.map { streams.split("response", $0) }, logProbabilities: true,
        pool: pool))
  }

  /// Whether responses are read and described, and nothing was learned from them yet.
  var isDescribed: Bool { if case .described = phase { true } else { false } }
  /// Whether the policy has learned from them.
  var isDone: Bool { if case .done = phase { true } else { false } }

  /// Roughly how much of it is done, from 0 to 1.
  var share: Double {
    switch phase {
    case .sampling(let generator):
      let longest = generator.completions.map(\.tokens.count).max() ?? 0
      return 0.3 * Double(longest) / Double(longest + 16)
    case .rewarding, .reading: return 0.35
    case .described: return 0.4
    case .learning(let place):
      let passes = Double(place.epoch) + Double(place.start) / Double(place.order.count)
      return 0.4 + 0.6 * passes / Double(method.epochs)
    case .done: return 1
    }
  }

  /// Does the next part.
  ///
  /// - Throws: what the reward throws; `notFinite` where learning diverges or a reward is no number.
  mutating func advance() throws {
    switch phase {
    case .sampling(let generator): try sample(generator)
    case .rewarding(let next): try reward(from: next)
    case .reading(let next): read(from: next)
    case .described: startLearning()
    case .learning: try learn()
    case .done: break
    }
  }

  private mutating func sample(_ generator: Generator) throws {
    if !generator.isFinished {
      _ = generator.advance()
      return
    }
    responses = try zip(prompts, generator.completions).map { prompt, completion in
      try TextResponse(prompt: prompt.text, promptTokens: prompt.tokens, completion: completion)
    }
    batch = zip(responses, generator.completions).map { response, completion in
      Experience(
        response: response, reward: 0, score: 0, logProbabilities: completion.logProbabilities)
    }
    phase = .rewarding(next: 0)
  }

  private mutating func reward(from next: Int) throws {
    var end = responses.count
    switch rewarding {
    case .function(let function): rewards = try checked(function(responses), "reward")
    case .learned(let model):
      end = min(next + Self.responsesAtOnce, end)
      let (means, spreads) = model.rewards(
        Array(responses[next..<end]), in: workspace, pool: pool)
      rewards += means
      if model.members.count > 1 { self.spreads += spreads }
    case .none: rewards = responses.map { _ in 0 }
    }
    guard end == responses.count else {
      phase = .rewarding(next: end)
      return
    }
    let penalty = settings["missing_end_penalty"]?.real ?? defaultPenalty
    for (index, reward) in rewards.enumerated() {
      let lost = responses[index].ended ? 0 : penalty
      batch[index] = Experience(
        response: responses[index], reward: reward, score: reward - lost,
        logProbabilities: batch[index].logProbabilities)
    }
    phase = .reading(next: 0)
  }

  /// A learned reward knows little of texts that were cut short; a function means what it says.
  private var defaultPenalty: Double { if case .learned = rewarding { 1 } else { 0 } }

  private func checked(_ rewards: [Double], _ name: String) throws(CoreError) -> [Double] {
    guard rewards.count == responses.count else {
      throw .incompatible(
        "a \(name) gave \(rewards.count) numbers for \(responses.count) responses")
    }
    guard rewards.allSatisfy(\.isFinite) else {
      throw .notFinite(quantity: name, update: report.iteration)
    }
    return rewards
  }

  /// What policy and reference make of some responses.
  private mutating func read(from next: Int) {
    let end = min(next + Self.responsesAtOnce, batch.count)
    let tokens = tokenBatch(Array(next..<end))
    policy.forward(tokens, temperature: temperature, in: workspace, pool: pool)
    for index in next..<end {
      let rows = tokens.targetRows(index - next)
      batch[index].entropies = Array(workspace.entropies[rows])
      if method.needsValues { batch[index].values = Array(workspace.values[rows]) }
    }
    reference.forward(tokens, temperature: temperature, in: workspace, pool: pool)
    for index in next..<end {
      batch[index].referenceLogProbabilities = Array(
        workspace.logProbabilities[tokens.targetRows(index - next)])
    }
    if end < batch.count {
      phase = .reading(next: end)
    } else {
      describe()
      phase = .described
    }
  }

  private var temperature: Double { settings["temperature"]?.real ?? 1 }

  private func tokenBatch(_ indices: [Int]) -> TokenBatch {
    TokenBatch(
      indices.map { responses[$0].sequence },
      firstTargets: indices.map { responses[$0].promptTokens.count })
  }

  private mutating func describe() {
    let choice = method.choice(among: batch)
    report.describe(batch, chosen: choice?.chosen ?? Array(batch.indices))
    if let divergence = choice?.divergence { (report.kl, report.klError) = (divergence, 0) }
    if case .none = rewarding { (report.reward, report.rewardDeviation) = (nil, nil) }
    if !spreads.isEmpty { report.spread = mean(spreads) }
  }

  /// Asks the judge, which teaches nothing.
  mutating func judged() throws {
    guard let judge else { return }
    let chosen = method.choice(among: batch)?.chosen ?? Array(batch.indices)
    let judgements = try checked(judge(responses), "judge")
    report.trueReward = mean(chosen.map { judgements[$0] })
  }

  private mutating func startLearning() {
    guard method.epochs > 0 else {
      phase = .done
      return
    }
    method.assignCredit(&batch, klCoefficient: klCoefficient)
    gradient = [Float](repeating: 0, count: policy.weights.count)
    phase = .learning(LearningPlace(epoch: 0, order: order(0)))
  }

  private func order(_ epoch: Int) -> [Int] {
    var (order, stream) = (Array(batch.indices), source.split("epoch", epoch))
    stream.shuffle(&order)
    return order
  }

  /// A piece of a minibatch; after its last one a gradient step, unless the policy has already moved
  /// far enough: then learning from this batch ends.
  private mutating func learn() throws(CoreError) {
    guard case .learning(var place) = phase else { return }
    let size = settings.integer("minibatch_size")
    let minibatch = Array(place.order[place.start...].prefix(size))
    let piece = Array(minibatch[place.done...].prefix(Self.responsesAtOnce))
    if place.done == 0 { moved = 0 }
    accumulate(piece, of: minibatch, isFirst: place.done == 0)
    place.done += piece.count
    guard place.done == minibatch.count else {
      phase = .learning(place)
      return
    }
    minibatches += 1
    guard moved / Double(minibatch.count) <= settings.real("kl_step") else { return finish() }
    try optimizer.update(
      &policy, gradient: gradient,
      learningRate: settings.learningRate(
        "learning_rate", preset: type(of: method).learningRate, for: reference),
      maximumNorm: settings.real("max_grad_norm"))
    (place.start, place.done) = (place.start + minibatch.count, 0)
    if place.start == place.order.count {
      guard place.epoch + 1 < method.epochs else { return finish() }
      place = LearningPlace(epoch: place.epoch + 1, order: order(place.epoch + 1))
    }
    phase = .learning(place)
  }

  private mutating func finish() {
    report.loss = lossSum / Double(minibatches)
    report.clipFraction = Double(clipped) / Double(tokensSeen)
    phase = .done
  }

  private mutating func accumulate(_ piece: [Int], of minibatch: [Int], isFirst: Bool) {
    let tokens = tokenBatch(piece)
    policy.forward(tokens, temperature: temperature, in: workspace, pool: pool)
    let size = MinibatchSize(
      responses: minibatch.count,
      tokens: minibatch.reduce(0) { $0 + responses[$1].tokens.count })
    var given = TokenGradients(logProbabilities: [Float](repeating: 0, count: tokens.rows))
    if method.needsValues { given.values = given.logProbabilities }
    for (place, index) in piece.enumerated() {
      let rows = tokens.targetRows(place)
      let now = ResponseOutputs(
        logProbabilities: workspace.logProbabilities[rows],
        values: method.needsValues ? workspace.values[rows] : [])
      let loss = method.loss(batch[index], now, size, klCoefficient: klCoefficient)
      given.logProbabilities.replaceSubrange(rows, with: loss.byLogProbabilities)
      if method.needsValues { given.values.replaceSubrange(rows, with: loss.byValues) }
      moved += divergence(of: batch[index], now)
      lossSum += loss.loss
      clipped += loss.clipped
      tokensSeen += rows.count
    }
    policy.backward(
      given, in: workspace, gradient: &gradient, accumulating: !isFirst, pool: pool)
  }

  /// The divergence of the policy from the one that wrote a response, nats: k3 of its tokens.
  private func divergence(of one: Experience, _ now: ResponseOutputs) -> Double {
    zip(now.logProbabilities, one.logProbabilities).reduce(0) { sum, pair in
      let ratio = Double(pair.0) - Double(pair.1)
      return sum + expm1(ratio) - ratio
    }
  }
}

extension TextPlan {
  /// Prompts with their tokens, in the order in which iterations take them.
  ///
  /// - Throws: `incompatible` for one that is unknown to the tokenizer or too long.
  func order(
    for coaching: TextCoaching
  ) throws(CoreError) -> [(text: String, tokens: [Int32])] {
    var order: [(text: String, tokens: [Int32])] = []
    for prompt in prompts { order.append((prompt, try coaching.tokenizer.encode(prompt))) }
    let (longest, context) = (
      order.map(\.tokens.count).max() ?? 0, coaching.reference.shape.context
    )
    guard longest + tokens <= context else {
      throw .incompatible(
        "a prompt of \(longest) tokens and a response of \(tokens) do not fit the context of "
          + "\(context): take `tokens` up to \(max(context - longest, 0))")
    }
    var stream = coaching.source.split("prompts")
    stream.shuffle(&order)
    return order
  }
}

import Schema

/// Proximal policy optimisation with a clipped objective, for discrete and continuous actions.
///
/// Source: Schulman et al., "Proximal Policy Optimization Algorithms", 2017; the details of
/// implementation are Stable-Baselines3's, but that a time limit's value is bootstrapped where the
/// advantage is computed and not added to the reward.
struct PPO: ActorCriticAlgorithm {
  var learner: ActorCritic
  private var hyperparameters: Hyperparameters

  /// The steps of the rollout in the order of this epoch.
  private var order: [Int32]
  /// Where in `order` the next minibatch begins.
  private var position = 0
  /// Epochs made over the rollout that is full.
  private var epoch = 0

  /// Memory that is used again and again, and no part of the state.
  private var batch = Minibatch()

  init(
    _ settings: Settings, observationSpace: Space, actionSpace: Space, weights: RandomSource
  ) throws(CoreError) {
    learner = try ActorCritic(
      settings, algorithm: "ppo", epsilon: 1e-5,
      observationSpace: observationSpace, actionSpace: actionSpace, weights: weights)
    hyperparameters = Hyperparameters(settings)
    order = (0..<learner.rollout.capacity).map(Int32.init)
  }

  /// The settings as training reads them.
  private struct Hyperparameters: Sendable {
    let batchSize: Int
    let epochs: Int
    let learningRate: Scheduled
    let clipRange: Scheduled
    let valueClipRange: Float?
    let entropyCoefficient: Float
    let valueCoefficient: Float
    let maximumNorm: Double
    let targetKL: Float?
    let normalizesAdvantage: Bool

    init(_ settings: Settings) {
      batchSize = settings.integer("batch_size")
      epochs = settings.integer("n_epochs")
      learningRate = Scheduled(settings, "learning_rate")
      clipRange = Scheduled(settings, "clip_range")
      valueClipRange = settings["clip_range_vf"]?.real.map { Float($0) }
      entropyCoefficient = Float(settings.real("ent_coef"))
      valueCoefficient = Float(settings.real("vf_coef"))
      maximumNorm = settings.real("max_grad_norm")
      targetKL = settings["target_kl"]?.real.map { Float($0) }
      normalizesAdvantage = settings.boolean("normalize_advantage")
    }
  }

  mutating func record(_ transition: borrowing Transition) { learner.record(transition) }

  var updateCost: Int {
    6 * hyperparameters.batchSize * learner.multiplicationCount + 20 * learner.parameterCount
  }

  mutating func update(using random: inout RandomSource) throws(CoreError) -> UpdateMetrics? {
    guard learner.rollout.isFull else { return nil }
    if position == 0 { random.shuffle(&order) }
    let end = min(position + hyperparameters.batchSize, order.count)
    batch.gather(order[position..<end], of: learner.rollout)
    let rows = end - position
    if hyperparameters.normalizesAdvantage && rows > 1 { batch.normalizeAdvantages() }

    learner.values(batch.features, rows: rows, into: &batch.values)
    learner.evaluate(batch.features, actions: batch.actions, rows: rows)
    let policyLoss = computePolicyLoss(rows)
    let valueLoss = computeValueLoss(rows)
    let entropy = VectorMath.sum(learner.policy.entropies) / Float(rows)
    let loss =
      policyLoss.loss + hyperparameters.valueCoefficient * valueLoss
      - hyperparameters.entropyCoefficient * entropy

    if let target = hyperparameters.targetKL, policyLoss.approximateKL > 1.5 * target {
      endUpdates()
      return nil
    }
    let norm = learner.step(
      actions: batch.actions, logProbabilityGradient: batch.logProbabilityGradient,
      entropyGradient: -hyperparameters.entropyCoefficient / Float(rows),
      valueGradient: batch.valueGradient,
      learningRate: hyperparameters.learningRate.value(learner.progress),
      maximumNorm: hyperparameters.maximumNorm)
    guard loss.isFinite && norm.isFinite else {
      throw .notFinite(quantity: "gradient", update: updates + 1)
    }

    position = end == order.count ? 0 : end
    if position == 0 { epoch += 1 }
    if epoch == hyperparameters.epochs { endUpdates() }
    return UpdateMetrics(
      loss: loss, gradientNorm: norm, approximateKL: policyLoss.approximateKL)
  }

  /// Drops what was collected, and what was left to learn from it.
  mutating func forgetRollout() { endUpdates() }

  private mutating func endUpdates() {
    (position, epoch) = (0, 0)
    learner.beginRollout()
  }

  /// -min(r A, clip(r, 1 - c, 1 + c) A) with r = p(a) / p_old(a), and its gradient by log p(a).
  private mutating func computePolicyLoss(_ rows: Int) -> (loss: Float, approximateKL: Float) {
    let clip = Float(hyperparameters.clipRange.value(learner.progress))
    let share = 1 / Float(rows)
    for row in 0..<rows {
      batch.logRatios[row] = learner.policy.logProbabilities[row] - batch.logProbabilities[row]
      batch.ratios[row] = batch.logRatios[row]
    }
    VectorMath.exp(&batch.ratios)
    var (loss, divergence): (Float, Float) = (0, 0)
    for row in 0..<rows {
      let (ratio, advantage) = (batch.ratios[row], batch.advantages[row])
      let clipped = min(max(ratio, 1 - clip), 1 + clip)
      loss -= min(ratio * advantage, clipped * advantage)
      let isClipped = advantage > 0 ? ratio > 1 + clip : ratio < 1 - clip
      batch.logProbabilityGradient[row] = isClipped ? 0 : -ratio * advantage * share
      divergence += ratio - 1 - batch.logRatios[row]
    }
    return (loss * share, divergence * share)
  }

  /// The mean squared error of values, and its gradient times `vf_coef`.
  private mutating func computeValueLoss(_ rows: Int) -> Float {
    let share = 1 / Float(rows)
    var loss: Float = 0
    for row in 0..<rows {
      var error = batch.values[row] - batch.returns[row]
      var isClipped = false
      if let range = hyperparameters.valueClipRange {
        let change = batch.values[row] - batch.oldValues[row]
        isClipped = abs(change) > range
        error = batch.oldValues[row] + min(max(change, -range), range) - batch.returns[row]
      }
      loss += error * error
      batch.valueGradient[row] =
        isClipped ? 0 : hyperparameters.valueCoefficient * 2 * error * share
    }
    return loss * share
  }

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    try learner.set(name, to: value)
    hyperparameters = Hyperparameters(learner.settings)
  }
}

// MARK: - State

extension PPO {
  func save(to archive: inout StateArchive, includingReplay: Bool) {
    learner.save(to: &archive, name: "ppo")
    archive.add("ppo/order", order.map(Int.init))
    archive.add("ppo/position", [position, epoch])
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try learner.restore(from: archive, name: "ppo")
    let order = try archive.integers("ppo/order", count: order.count)
    guard order.sorted() == Array(order.indices) else {
      throw .damagedArchive(reason: "the order of the rollout is none")
    }
    self.order = order.map(Int32.init)
    let place = try archive.integers("ppo/position", count: 2)
    guard order.indices.contains(place[0]), StateArchive.counts.contains(place[1]) else {
      throw .damagedArchive(reason: "the place in the rollout is out of range")
    }
    (position, epoch) = (place[0], place[1])
  }
}

/// Steps of a rollout that are learned from together, in arrays that are used again.
private struct Minibatch: Sendable {
  var features: [Float] = []
  var actions: [Float] = []
  var advantages: [Float] = []
  var returns: [Float] = []
  var oldValues: [Float] = []
  var logProbabilities: [Float] = []
  var values: [Float] = []
  var logRatios: [Float] = []
  var ratios: [Float] = []
  var logProbabilityGradient: [Float] = []
  var valueGradient: [Float] = []

  private mutating func resize(_ rows: Int, for rollout: RolloutBuffer) {
    guard advantages.count != rows else { return }
    features = Array(repeating: 0, count: rows * rollout.featureCount)
    actions = Array(repeating: 0, count: rows * rollout.actionSize)
    advantages = Array(repeating: 0, count: rows)
    (returns, oldValues, logProbabilities, values) = (
      advantages, advantages, advantages, advantages
    )
    (logRatios, ratios, logProbabilityGradient) = (advantages, advantages, advantages)
    valueGradient = advantages
  }

  mutating func gather(_ indices: ArraySlice<Int32>, of rollout: RolloutBuffer) {
    resize(indices.count, for: rollout)
    func gather(_ column: [Float], width: Int = 1, into rows: inout [Float]) {
      column.withUnsafeBufferPointer { column in
        rows.withUnsafeMutableBufferPointer { rows in
          var place = 0
          for index in indices {
            for i in 0..<width { rows[place + i] = column[Int(index) * width + i] }
            place += width
          }
        }
      }
    }
    gather(rollout.features, width: rollout.featureCount, into: &features)
    gather(rollout.actions, width: rollout.actionSize, into: &actions)
    gather(rollout.advantages, into: &advantages)
    gather(rollout.returns, into: &returns)
    gather(rollout.values, into: &oldValues)
    gather(rollout.logProbabilities, into: &logProbabilities)
  }

  mutating func normalizeAdvantages() { standardize(&advantages) }
}

/// To mean 0 and deviation 1 (of a sample, as PyTorch has it).
func standardize(_ values: inout [Float]) {
  let mean = VectorMath.sum(values) / Float(values.count)
  for index in values.indices { values[index] -= mean }
  let deviation = VectorMath.norm(values) / Float(values.count - 1).squareRoot()
  let scale = 1 / (deviation + 1e-8)
  for index in values.indices { values[index] *= scale }
}

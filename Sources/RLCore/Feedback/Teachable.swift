import Schema

/// An algorithm that feedback can reach inside: the weights that choose its actions, and what it
/// remembers of rewards.
protocol Teachable: Algorithm {
  /// The weights that choose greedy actions, flat.
  var actingWeights: [Float] { get set }

  /// How far the algorithm is from doing what a lesson says, with the gradient by `actingWeights`.
  ///
  /// - Parameter gradient: resized and overwritten.
  /// - Returns: the weighted mean over the rows: -log p(a) of a policy; of values, what another
  ///   action's value and a margin exceed that of the action by.
  mutating func lessonLoss(_ lesson: ActionLesson, gradient: inout [Float]) -> Double

  /// log p(a) of each row.
  mutating func logProbabilities(_ lesson: ActionLesson) -> [Float]

  /// To be called when the acting weights were changed from outside.
  mutating func actingWeightsChanged()

  /// Puts new rewards in place of those remembered, or forgets what came with them.
  ///
  /// - Parameter rewards: gives a reward for each of `count` rows of observations and actions.
  mutating func relabel(
    _ rewards: (_ observations: [Float], _ actions: [Float], _ count: Int) -> [Double])

  /// Steps to learn from beside the algorithm's own; nil for none. Only where `demonstrations`
  /// says that the algorithm can.
  var demonstrations: DemonstrationReplay? { get set }
}

extension Teachable {
  mutating func logProbabilities(_ lesson: ActionLesson) -> [Float] {
    preconditionFailure("probabilities of \(Self.self)")
  }
  mutating func actingWeightsChanged() {}
  var demonstrations: DemonstrationReplay? {
    get { nil }
    set { precondition(newValue == nil, "\(Self.self) learns from no demonstrations") }
  }
}

/// Actions to be done, or with a negative weight not to be done, in some states.
struct ActionLesson: Sendable {
  /// `[count, observationSpace.size]`.
  var observations: [Float] = []
  /// `[count, actionSpace.size]`; a choice is one number.
  var actions: [Float] = []
  /// `[count]`.
  var weights: [Float] = []
  /// What a nat of the policy's entropy is worth.
  var entropy: Float = 0

  var count: Int { weights.count }

  mutating func append(_ observation: ArraySlice<Float>, _ action: ArraySlice<Float>, weight: Float)
  {
    observations += observation
    actions += action
    weights.append(weight)
  }

  /// The rows at these places.
  func rows(_ places: ArraySlice<Int>) -> ActionLesson {
    let (seen, done) = (observations.count / count, actions.count / count)
    var chosen = ActionLesson(entropy: entropy)
    for place in places {
      chosen.append(
        observations[(place * seen)..<((place + 1) * seen)],
        actions[(place * done)..<((place + 1) * done)], weight: weights[place])
    }
    return chosen
  }
}

extension Pupil {
  /// Changes the algorithm, which the method's declaration says is teachable.
  mutating func teach<Result, Failure: Error>(
    _ change: (inout any Teachable) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard var teachable = algorithm as? any Teachable else {
      preconditionFailure("a method declares an algorithm that cannot be taught")
    }
    let result = try change(&teachable)
    algorithm = teachable
    return result
  }

  /// Gives the algorithm the ensemble's rewards for what it remembers.
  ///
  /// - Throws: `incompatible` where it remembers sums of rewards.
  mutating func relabel(by ensemble: inout RewardEnsemble) throws(CoreError) {
    if (algorithm as? DQN)?.multiStep != nil {
      throw .incompatible(
        "what dqn remembers over several steps cannot be given new rewards: it takes `n_steps=1`")
    }
    teach { algorithm in
      algorithm.relabel { observations, actions, count in
        ensemble.rewards(
          ensemble.rows(observations: observations, actions: actions, count: count), count: count)
      }
    }
  }
}

// MARK: - Algorithms

extension ActorCriticAlgorithm where Self: Teachable {
  var actingWeights: [Float] {
    get { learner.policyWeights }
    set { learner.policyWeights = newValue }
  }

  mutating func lessonLoss(_ lesson: ActionLesson, gradient: inout [Float]) -> Double {
    learner.lessonLoss(lesson, gradient: &gradient)
  }

  mutating func logProbabilities(_ lesson: ActionLesson) -> [Float] {
    learner.logProbabilities(lesson)
  }
}

extension PPO: Teachable {
  mutating func relabel(
    _ rewards: (_ observations: [Float], _ actions: [Float], _ count: Int) -> [Double]
  ) { forgetRollout() }

  mutating func actingWeightsChanged() { forgetRollout() }
}

extension A2C: Teachable {
  mutating func relabel(
    _ rewards: (_ observations: [Float], _ actions: [Float], _ count: Int) -> [Double]
  ) { learner.beginRollout() }

  mutating func actingWeightsChanged() { learner.beginRollout() }
}

extension ActorCritic {
  var policyWeights: [Float] {
    get { policy.network.weights }
    set { policy.network.weights = newValue }
  }

  private mutating func evaluate(_ lesson: ActionLesson) {
    var features: [Float] = []
    encode(lesson.observations, count: lesson.count, into: &features)
    policy.evaluate(features, actions: lesson.actions, rows: lesson.count)
  }

  mutating func logProbabilities(_ lesson: ActionLesson) -> [Float] {
    evaluate(lesson)
    return policy.logProbabilities
  }

  mutating func lessonLoss(_ lesson: ActionLesson, gradient: inout [Float]) -> Double {
    evaluate(lesson)
    let share = 1 / Float(lesson.count)
    if gradient.count != policy.network.parameterCount {
      gradient = Array(repeating: 0, count: policy.network.parameterCount)
    }
    policy.backward(
      actions: lesson.actions, logProbabilityGradient: lesson.weights.map { -$0 * share },
      entropyGradient: -lesson.entropy * share, gradient: &gradient)
    return -mean(
      lesson.weights.indices.map { Double(lesson.weights[$0] * policy.logProbabilities[$0]) })
  }
}

extension ContinuousAlgorithm where Self: Teachable {
  var actingWeights: [Float] {
    get { preconditionFailure("actions of \(Self.self) are not taught") }
    set { preconditionFailure("actions of \(Self.self) are not taught, \(newValue.count)") }
  }

  mutating func lessonLoss(_ lesson: ActionLesson, gradient: inout [Float]) -> Double {
    preconditionFailure("actions of \(Self.self) are not taught")
  }

  mutating func relabel(
    _ rewards: (_ observations: [Float], _ actions: [Float], _ count: Int) -> [Double]
  ) { learner.relabel(rewards) }
}

extension SAC: Teachable {}
extension TD3: Teachable {}

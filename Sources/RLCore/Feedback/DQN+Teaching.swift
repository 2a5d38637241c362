/// What feedback can reach in DQN: its greedy actions, its remembered rewards, and demonstrations
/// beside its own steps.
///
/// Source of the margin and of learning from demonstrations: Hester et al., "Deep Q-learning from
/// Demonstrations", 2018.
extension DQN: Teachable {
  var actingWeights: [Float] {
    get { online.weights }
    set { online.weights = newValue }
  }

  /// The margin by which a demonstrated action's value is to exceed all others'.
  static let lessonMargin: Float = 0.8

  mutating func lessonLoss(_ lesson: ActionLesson, gradient: inout [Float]) -> Double {
    let rows = lesson.count
    let features = observationSpace.features(lesson.observations, count: rows)
    predict(online, features, rows: rows, learns: true)
    var slopes = Array(repeating: Float(0), count: rows * actionCount)
    var total = 0.0
    for row in 0..<rows {
      let weight = lesson.weights[row] / Float(rows)
      total += Double(
        Self.margin(
          workspace.outputs, row: row, actions: actionCount, right: Int(lesson.actions[row]),
          margin: Self.lessonMargin, weight: weight, gradient: &slopes))
    }
    if gradient.count != online.parameterCount {
      gradient = Array(repeating: 0, count: online.parameterCount)
    }
    if isDueling {
      let values = slopes
      slopes = Array(repeating: 0, count: rows * online.outputCount)
      Dueling.spread(values, rows: rows, actions: actionCount, into: &slopes)
    }
    online.backward(slopes.span, in: &workspace, gradient: &gradient)
    return total
  }

  mutating func actingWeightsChanged() { target = online }

  mutating func relabel(
    _ rewards: (_ observations: [Float], _ actions: [Float], _ count: Int) -> [Double]
  ) { replay.relabel(rewards) }

  /// max over a of (Q(s, a) + margin where a is not the right one) - Q(s, right), times a weight.
  private static func margin(
    _ values: [Float], row: Int, actions: Int, right: Int, margin: Float, weight: Float,
    gradient: inout [Float]
  ) -> Float {
    let first = row * actions
    var (best, choice) = (values[first + right], right)
    for action in 0..<actions where action != right {
      let value = values[first + action] + margin
      if value > best { (best, choice) = (value, action) }
    }
    guard choice != right else { return 0 }
    gradient[first + choice] += weight
    gradient[first + right] -= weight
    return weight * (best - values[first + right])
  }

  /// Adds the margin loss of the batch's demonstrated rows, which come first, to the gradient.
  mutating func addMargin(_ demonstrated: Int, of rows: Int) {
    guard case .margin(_, let margin, let weight, _) = demonstrations?.rule else { return }
    for row in 0..<demonstrated {
      _ = Self.margin(
        workspace.outputs, row: row, actions: actionCount,
        right: Int(scratch.batch.actions[row]), margin: margin, weight: weight / Float(rows),
        gradient: &scratch.valueGradient)
    }
  }

  /// Adds the gradient of the weights' squared length, which keeps a few demonstrations from being
  /// learned by heart.
  mutating func addDecay() {
    guard case .margin(_, _, _, let decay) = demonstrations?.rule, decay > 0 else { return }
    for index in gradient.indices { gradient[index] += 2 * decay * online.weights[index] }
  }

  /// Learns from demonstrations alone, before there is anything else.
  mutating func pretrain(updates: Int, using random: RandomSource) throws(CoreError) {
    var random = random
    for update in 0..<updates {
      _ = try learnFromBatch(isTaught: true, using: &random)
      if (update + 1).isMultiple(of: 100) { target = online }
    }
    target = online
  }
}

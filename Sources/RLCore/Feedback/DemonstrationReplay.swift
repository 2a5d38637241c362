/// Demonstrated steps that an off-policy algorithm learns from beside its own. They lie in a buffer
/// of their own and are never evicted.
struct DemonstrationReplay: Sendable {
  /// How they enter a batch.
  enum Rule: Sendable {
    /// A share of each batch, half of it as steps and half as returns over n steps; another action's
    /// value is to stay `margin` below the demonstrated one's.
    case margin(share: Double, margin: Float, marginWeight: Float, decay: Float)
    /// Half of each batch; they are paid 1 and own steps nothing.
    case paid
  }

  let rule: Rule
  private var steps: ReplayBuffer
  /// Returns over n steps, discounted to where they began.
  private var returns: ReplayBuffer
  /// Of each row of `returns`, what the value behind it counts: gamma to the power of n - 1.
  private let discount: Float

  /// - Parameters:
  ///   - horizon: steps of a return.
  ///   - gamma: the algorithm's discount.
  init(_ fragments: [Fragment], rule: Rule, horizon: Int, gamma: Float, observationSize: Int) {
    self.rule = rule
    let count = max(1, fragments.reduce(0) { $0 + $1.length })
    steps = ReplayBuffer(capacity: count, observationSize: observationSize)
    returns = ReplayBuffer(capacity: count, observationSize: observationSize)
    var discount: Float = 1
    for _ in 1..<max(1, horizon) { discount *= gamma }
    self.discount = discount
    for fragment in fragments {
      for step in 0..<fragment.length { append(fragment, step, horizon, gamma) }
    }
  }

  var count: Int { steps.count }

  private mutating func append(_ fragment: Fragment, _ step: Int, _ horizon: Int, _ gamma: Float) {
    let isLast = step + 1 == fragment.length
    let action = Int(fragment.action(step).first!)
    let reward: Float =
      if case .paid = rule { 1 } else { Float(fragment.rewards[step]) }
    steps.append(
      observation: Array(fragment.observation(step)), action: action, reward: reward,
      next: Array(fragment.observation(step + 1)), terminated: isLast && fragment.terminated)
    let end = min(step + horizon, fragment.length)
    // A return cut short by a time limit would count what lies behind it too much.
    guard end == step + horizon || fragment.terminated else { return }
    var sum: Float = 0
    for later in stride(from: end - 1, through: step, by: -1) {
      sum = Float(fragment.rewards[later]) + gamma * sum
    }
    returns.append(
      observation: Array(fragment.observation(step)), action: action, reward: sum,
      next: Array(fragment.observation(end)),
      terminated: end == fragment.length && fragment.terminated)
  }

  /// Puts demonstrated rows in place of the first of a batch's rows.
  ///
  /// - Parameter all: the whole batch, as before there are own steps.
  /// - Returns: how many.
  mutating func fill(
    _ batch: inout ReplayBuffer.Batch, all: Bool, using random: inout RandomSource
  ) -> Int {
    switch rule {
    case .paid:
      let rows = all ? batch.count : batch.count / 2
      steps.sample(into: &batch, rows: 0..<rows, using: &random)
      for row in rows..<batch.count { batch.rewards[row] = 0 }
      return rows
    case .margin(let share, _, _, _):
      let rows = all ? batch.count : Int((share * Double(batch.count)).rounded())
      let single = returns.count == 0 ? rows : rows / 2
      steps.sample(into: &batch, rows: 0..<single, using: &random)
      returns.sample(into: &batch, rows: single..<rows, using: &random)
      for row in single..<rows { batch.continues[row] *= discount }
      return rows
    }
  }
}

/// The smooth L1 loss (Huber's with a threshold of 1): quadratic near zero, linear beyond.
public enum SmoothL1 {
  /// The loss of one error.
  public static func loss(_ error: Float) -> Float {
    let size = abs(error)
    return size < 1 ? 0.5 * error * error : size - 0.5
  }

  /// The loss's derivative by the error.
  public static func derivative(_ error: Float) -> Float {
    if error > 1 { 1 } else if error < -1 { -1 } else { error }
  }

  /// The mean loss between the values of the actions taken and their targets, with its gradient.
  ///
  /// - Parameters:
  ///   - values: `[rows, actionCount]`, at least; rows are as many as actions.
  ///   - actions: the action taken in each row.
  ///   - targets: what its value should have been.
  ///   - weights: what each row's loss counts; empty where all count the same.
  ///   - gradient: takes the gradient by the values, `[rows, actionCount]`: zero for actions that
  ///     were not taken.
  /// - Returns: the mean loss over the rows.
  public static func meanLoss(
    values: [Float], actionCount: Int, actions: [Int32], targets: [Float], weights: [Float] = [],
    gradient: inout [Float]
  ) -> Float {
    let rows = actions.count
    precondition(
      rows > 0 && targets.count == rows && values.count >= rows * actionCount
        && gradient.count >= rows * actionCount,
      "\(targets.count) targets, \(values.count) values, \(gradient.count) gradients: \(rows) rows")
    let share = 1 / Float(rows)
    var total: Float = 0
    for i in 0..<rows * actionCount { gradient[i] = 0 }
    for row in 0..<rows {
      let taken = row * actionCount + Int(actions[row])
      let error = values[taken] - targets[row]
      let weight = weights.isEmpty ? 1 : weights[row]
      total += loss(error) * weight
      gradient[taken] = derivative(error) * share * weight
    }
    return total * share
  }
}

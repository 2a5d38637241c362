/// Values of actions as the value of the state plus what each action is better than the average by:
/// Q(s, a) = V(s) + A(s, a) - mean A(s, .). What is common to all actions is then learned from each.
///
/// V and A are the outputs of one network, V first; they share all hidden layers.
///
/// Source: Wang et al., "Dueling Network Architectures for Deep Reinforcement Learning", 2016,
/// equation 9; there each has a hidden layer of its own.
enum Dueling {
  /// Puts the values of actions in place of a network's outputs.
  ///
  /// - Parameter outputs: `[rows, actions + 1]`, becomes `[rows, actions]` from the start.
  static func combine(_ outputs: inout [Float], rows: Int, actions: Int) {
    let share = 1 / Float(actions)
    for row in 0..<rows {
      let first = row * (actions + 1)
      var sum: Float = 0
      for action in 1...actions { sum += outputs[first + action] }
      let base = outputs[first] - sum * share
      // What is written lies before what is still to be read.
      for action in 0..<actions {
        outputs[row * actions + action] = base + outputs[first + 1 + action]
      }
    }
  }

  /// The gradient by a network's outputs from that by the values of actions.
  ///
  /// - Parameters:
  ///   - gradient: `[rows, actions]`.
  ///   - outputs: `[rows, actions + 1]`, overwritten.
  static func spread(_ gradient: [Float], rows: Int, actions: Int, into outputs: inout [Float]) {
    let share = 1 / Float(actions)
    for row in 0..<rows {
      var sum: Float = 0
      for action in 0..<actions { sum += gradient[row * actions + action] }
      let first = row * (actions + 1)
      outputs[first] = sum
      for action in 0..<actions {
        outputs[first + 1 + action] = gradient[row * actions + action] - sum * share
      }
    }
  }
}

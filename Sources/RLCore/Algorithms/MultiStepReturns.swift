/// Steps of the present episode that wait for the rewards after them: a transition over several
/// steps has the discounted sum of their rewards and what was seen after the last.
///
/// Near the end of an episode transitions are shorter, never longer than what happened: where it
/// terminated nothing follows, where the time limit cut it the value goes on behind the steps there
/// were.
///
/// Source: Sutton and Barto, "Reinforcement Learning: An Introduction", section 7.1.
struct MultiStepReturns: Sendable {
  let steps: Int
  private var waiting: [Waiting] = []

  /// A step with what has followed it so far.
  struct Waiting: Sendable {
    var observation: [Float]
    var action: Int
    /// The discounted sum of rewards from it on.
    var reward: Float
    /// gamma to the power of the steps after it.
    var discount: Float = 1
  }

  init(steps: Int) { self.steps = steps }

  /// Takes in a step.
  ///
  /// - Returns: the steps that wait no longer, oldest first; what was seen after them is the step's
  ///   `next`.
  mutating func append(_ transition: borrowing Transition, gamma: Float) -> [Waiting] {
    let reward = Float(transition.reward)
    for index in waiting.indices {
      waiting[index].discount *= gamma
      waiting[index].reward += waiting[index].discount * reward
    }
    waiting.append(
      Waiting(
        observation: transition.observation, action: transition.action.choice ?? 0,
        reward: reward))
    if transition.terminated || transition.truncated {
      defer { waiting.removeAll() }
      return waiting
    }
    return waiting.count == steps ? [waiting.removeFirst()] : []
  }
}

// MARK: - State

extension MultiStepReturns {
  func save(to archive: inout StateArchive, name: String) {
    archive.add(
      "\(name)/waiting",
      waiting.flatMap { $0.observation + [Float($0.action), $0.reward, $0.discount] })
  }

  /// - Parameter actions: how many there are to choose from.
  mutating func restore(
    from archive: StateArchive, name: String, space: Space, actions: Int
  ) throws(CoreError) {
    let numbers = try archive.floats("\(name)/waiting")
    let size = space.size
    let (count, rest) = numbers.count.quotientAndRemainder(dividingBy: size + 3)
    guard rest == 0, count < steps else {
      throw .damagedArchive(reason: "`\(name)` holds steps that do not fit")
    }
    waiting = []
    for start in stride(from: 0, to: numbers.count, by: size + 3) {
      let observation = Array(numbers[start..<(start + size)])
      let action = numbers[start + size]
      guard action >= 0, action < Float(actions), space.isEncodable(observation) else {
        throw .damagedArchive(reason: "`\(name)` holds a step that there is not")
      }
      waiting.append(
        Waiting(
          observation: observation, action: Int(action), reward: numbers[start + size + 1],
          discount: numbers[start + size + 2]))
    }
  }
}

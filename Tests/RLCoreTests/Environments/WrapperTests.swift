import Schema
import Testing

@testable import RLCore

@Suite struct WrapperTests {
  /// Counts its steps, which it shows and gives as reward, and notes the last action.
  private struct Counter: Environment {
    var steps = 0
    var lastAction = 0
    var end = Int.max

    var observationSpace: Space { .box(-1, 1000, shape: [2, 2]) }
    var actionSpace: Space { .discrete(50) }
    var rewardThreshold: Double? { 7 }
    var state: [Double] { [Double(steps), Double(lastAction)] }
    mutating func restore(state: [Double]) throws {
      guard state.count == 2 else { throw CoreError.invalidState(expected: "two") }
      (steps, lastAction) = (Int(state[0]), Int(state[1]))
    }
    mutating func reset(using random: inout RandomSource) { (steps, lastAction) = (0, 0) }
    mutating func step(
      _ action: Action, using random: inout RandomSource
    ) -> (reward: Double, terminated: Bool) {
      steps += 1
      lastAction = action.choice ?? 0
      return (Double(steps), steps >= end)
    }
    func observe(into observation: inout [Float]) {
      observation = [Float(steps), 0, Float(lastAction), 1]
    }
  }

  @Test func `sticky actions repeat the last action as often as they say`() throws {
    var sticky = StickyActions(Counter(), probability: 0.25)
    var random = RandomSource(seed: 1)
    try sticky.reset(using: &random)
    var before = 0
    var repeated = 0
    for step in 1...4000 {
      let chosen = step % 50
      _ = try sticky.step(.discrete(chosen), using: &random)
      let done = Int(sticky.state[1])
      if step > 1 && done == before && chosen != before {
        repeated += 1
      } else {
        #expect(done == chosen)
      }
      before = done
    }
    #expect(abs(repeated - 1000) < 100)
  }

  @Test func `a repeated action sums rewards and stops at an end`() throws {
    var repeating = ActionRepeat(base: Counter(end: 5), count: 3)
    var random = RandomSource(seed: 1)
    #expect(try repeating.step(.discrete(0), using: &random) == (6, false))
    #expect(try repeating.step(.discrete(0), using: &random) == (9, true))
  }

  @Test func `clipped rewards stay within their bound and leave no threshold`() throws {
    var clipped = RewardClip(base: Counter(), bound: 1.5)
    var random = RandomSource(seed: 1)
    #expect(try clipped.step(.discrete(0), using: &random).reward == 1)
    #expect(try clipped.step(.discrete(0), using: &random).reward == 1.5)
    #expect(clipped.rewardThreshold == nil)
  }

  @Test func `stacked frames stand side by side, the newest last`() throws {
    var stack = FrameStack(Counter(), count: 3)
    var random = RandomSource(seed: 1)
    var shown = [Float](repeating: 9, count: 12)
    #expect(stack.observationSpace == .box(-1, 1000, shape: [2, 6]))
    try stack.reset(using: &random)
    stack.observe(into: &shown)
    #expect(shown == [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1])
    for action in [7, 8] { _ = try stack.step(.discrete(action), using: &random) }
    stack.observe(into: &shown)
    #expect(shown == [0, 0, 1, 0, 2, 0, 0, 1, 7, 1, 8, 1])

    var restored = FrameStack(Counter(), count: 3)
    try restored.restore(state: stack.state)
    var again = shown
    restored.observe(into: &again)
    #expect(again == shown)
    #expect(restored.state == stack.state)
  }

  @Test func `observations are normalised by what was seen, and stand still once frozen`() throws {
    var instance = try EnvironmentInstance(
      named: "MountainCar-v0", settings: ["normalize_observation": true], seed: 1)
    var plain = try EnvironmentInstance(named: "MountainCar-v0", seed: 1)
    var seen: [[Double]] = []
    var actions = RandomSource(seed: 1)
    for _ in 0..<500 {
      if instance.needsReset {
        try instance.reset()
        try plain.reset()
        seen.append(plain.observation.map(Double.init))
      }
      let action = instance.actionSpace.sample(using: &actions)
      _ = try instance.step(action)
      seen.append(try plain.step(action).observation.map(Double.init))
    }
    for index in 0..<2 {
      let numbers = seen.map { $0[index] }
      // A variance of 1 stands at first, with a weight of 1e-4.
      let weight = 1e-4
      let count = Double(numbers.count) + weight
      let mean = numbers.reduce(0, +) / count
      let squares = numbers.reduce(weight * (1 + mean * mean)) { $0 + ($1 - mean) * ($1 - mean) }
      let expected = (numbers.last! - mean) / (squares / count + 1e-8).squareRoot()
      #expect(abs(Double(instance.observation[index]) - expected) < 1e-5)
    }

    var restored = try EnvironmentInstance(
      named: "MountainCar-v0", settings: ["normalize_observation": true], seed: 2)
    try restored.reset(state: instance.environment.state)
    #expect(restored.observation == instance.observation)

    var frozen = instance.frozen()
    let statistics = frozen.environment.state.suffix(5)
    try frozen.reset()
    for _ in 0..<50 { _ = try frozen.step(.discrete(0)) }
    #expect(frozen.environment.state.suffix(5) == statistics)
    #expect(throws: CoreError.self) {
      try EnvironmentInstance(named: "Taxi-v3", settings: ["normalize_observation": true])
    }
  }

  @Test func `rewards are scaled in training, and are the task's own once frozen`() throws {
    var instance = try EnvironmentInstance(
      named: "Pendulum-v1", settings: ["normalize_reward": true], seed: 1)
    var plain = try EnvironmentInstance(named: "Pendulum-v1", seed: 1)
    try instance.reset()
    try plain.reset()
    var returns: [Double] = []
    var sum = 0.0
    for _ in 0..<200 {
      let scaled = try instance.step(.continuous([1])).reward
      let reward = try plain.step(.continuous([1])).reward
      sum = sum * 0.99 + reward
      returns.append(sum)
      let mean = returns.reduce(0, +) / Double(returns.count)
      let variance =
        returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(returns.count)
      if returns.count > 20 {
        #expect(abs(scaled - max(reward / variance.squareRoot(), -10)) < 1e-2)
      }
    }
    #expect(instance.rewardThreshold == nil)
    var frozen = instance.frozen()
    try frozen.reset(state: instance.environment.state)
    try plain.reset(state: plain.environment.state)
    #expect(try frozen.step(.continuous([0])).reward == plain.step(.continuous([0])).reward)
  }

  @Test func `an agent keeps the statistics, and is judged by the task's own rewards`() throws {
    let environment = try EnvironmentInstance(
      named: "Pendulum-v1", settings: ["normalize_observation": true, "normalize_reward": true])
    let agent = try Agent(
      algorithm: "sac",
      settings: ["layers": [8], "learning_starts": 50, "n_eval_episodes": 0, "batch_size": 8],
      environment: environment)
    var trainer = Trainer(agent, steps: 120)
    while true {
      if case .finished = try trainer.advance() { break }
    }
    let before = agent.environment.environment.state
    #expect(abs(before.suffix(7).first! - 121) < 1e-3)
    #expect(try agent.evaluate(episodes: 2, seed: 1).mean < -200)
    #expect(agent.environment.environment.state == before)
  }

  @Test(arguments: Environments.all.map(\.declaration.name))
  func `every environment can be wrapped, and its states put back`(name: String) throws {
    let settings: Settings = [
      "sticky_action_prob": 0.5, "action_repeat": 2, "reward_clip": 1, "frame_stack": 3,
    ]
    var instance = try EnvironmentInstance(named: name, settings: settings, seed: 1)
    var restored = try EnvironmentInstance(named: name, settings: settings, seed: 2)
    let plain = try EnvironmentInstance(named: name)
    #expect(instance.observationSpace.size == 3 * plain.observationSpace.size)
    var actions = RandomSource(seed: 1)
    for _ in 0..<50 {
      if instance.needsReset { try instance.reset() }
      try restored.reset(state: instance.environment.state)
      restored.random = instance.random
      #expect(restored.observation == instance.observation)
      let action = instance.actionSpace.sample(using: &actions)
      let outcome = try instance.step(action)
      let again = try restored.step(action)
      #expect(again.observation == outcome.observation)
      #expect(again.reward == outcome.reward)
      #expect(abs(outcome.reward) <= 1)
    }
  }

  @Test func `an environment is not wrapped without need`() throws {
    #expect(try EnvironmentInstance(named: "CartPole-v1").environment is CartPole)
    let game = try EnvironmentInstance(
      named: "MinAtar/Breakout-v1", settings: ["sticky_action_prob": 0])
    #expect(game.environment is MinAtar<Breakout>)
    let sticky = try EnvironmentInstance(named: "MinAtar/Breakout-v1")
    #expect((sticky.environment as? StickyActions)?.probability == 0.1)
  }
}

import Schema
import Testing

@testable import RLCore

@Suite struct EnvironmentTests {
  /// Laws that every environment of the list keeps.
  static let names = Environments.all.map(\.declaration.name)

  @Test(arguments: names)
  func `every environment names its actions and what it shows`(name: String) throws {
    let instance = try EnvironmentInstance(named: name)
    let environment = instance.environment
    #expect(environment.actionNames.count == instance.actionSpace.featureCount)
    let shown = environment.observationNames.count
    #expect(shown == 0 || shown == instance.observationSpace.size)
  }

  @Test(arguments: names)
  func `a state put back gives the same future, and a copy lives on as the original does`(
    name: String
  ) throws {
    var instance = try EnvironmentInstance(named: name, seed: 3)
    var restored = try EnvironmentInstance(named: name, seed: 9)
    var actions = RandomSource(seed: 1)
    for _ in 0..<200 {
      if instance.needsReset { try instance.reset() }
      var copy = instance
      try restored.reset(state: instance.environment.state)
      restored.random = instance.random
      #expect(restored.environment.state == instance.environment.state)
      #expect(restored.observation == instance.observation)
      let action = instance.actionSpace.sample(using: &actions)
      let outcome = try instance.step(action)
      #expect(try copy.step(action) == outcome)
      let again = try restored.step(action)
      #expect(again.observation == outcome.observation)
      #expect(again.reward == outcome.reward)
      #expect(again.terminated == outcome.terminated)
      #expect(restored.environment.state == instance.environment.state)
    }
  }

  @Test(arguments: names)
  func `states that cannot be are refused and change nothing`(name: String) throws {
    var instance = try EnvironmentInstance(named: name, seed: 3)
    try instance.reset()
    let state = instance.environment.state
    // Of a board with hundreds of cells only some.
    let places = stride(from: 0, to: state.count, by: max(1, state.count / 20))
    let spoiled = places.map { index in
      var spoiled = state
      spoiled[index] = .nan
      return spoiled
    }
    for wrong in spoiled + [[], state + [0.5], [.nan, 1, 2, 3, 4, 5]] {
      #expect(throws: CoreError.self) { try instance.reset(state: wrong) }
      #expect(instance.environment.state == state)
    }
  }

  @Test(arguments: names)
  func `a long random rollout stays in the space of observations`(name: String) throws {
    var instance = try EnvironmentInstance(named: name, seed: 5)
    var actions = RandomSource(seed: 6)
    var areInside = true
    // Boards of hundreds of cells are looked at now and then.
    let period = max(1, instance.observationSpace.size / 20)
    for step in 0..<10_000 {
      if instance.needsReset { try instance.reset() }
      if step % period == 0 {
        areInside =
          areInside && instance.observationSpace.contains(observation: instance.observation)
      }
      let reward = try instance.advance(instance.actionSpace.sample(using: &actions)).reward
      areInside = areInside && reward.isFinite
    }
    #expect(areInside)
  }

  @Test(arguments: names)
  func `the same seed and actions give the same rollout`(name: String) throws {
    func rollout() throws -> [EnvironmentInstance.Step] {
      var instance = try EnvironmentInstance(named: name, seed: 11)
      var actions = RandomSource(seed: 12)
      return try (0..<300).map { _ in
        if instance.needsReset { try instance.reset() }
        return try instance.step(instance.actionSpace.sample(using: &actions))
      }
    }
    #expect(try rollout() == rollout())
  }

  @Test func `the same seed gives the same starts and another seed others`() throws {
    func starts(_ seed: Int) throws -> [[Float]] {
      var instance = try EnvironmentInstance(named: "CartPole-v1", seed: seed)
      return try (0..<3).map { _ in
        try instance.reset()
        return instance.observation
      }
    }
    #expect(try starts(7) == starts(7))
    #expect(try starts(7) != starts(8))
    #expect(Set(try starts(7)).count == 3)
  }

  @Test func `a time limit truncates and never terminates`() throws {
    var instance = try EnvironmentInstance(
      named: "MountainCar-v0", settings: ["max_episode_steps": 5])
    try instance.reset()
    for step in 1...5 {
      let outcome = try instance.step(.discrete(1))
      #expect(!outcome.terminated)
      #expect(outcome.truncated == (step == 5))
    }
    #expect(throws: CoreError.needsReset(environment: "MountainCar-v0")) {
      try instance.step(.discrete(1))
    }
  }

  @Test func `where both happen at once the task's own end wins`() throws {
    var instance = try EnvironmentInstance(named: "CartPole-v1", settings: ["max_episode_steps": 1])
    try instance.reset(state: [2.39, 5, 0, 0])
    let outcome = try instance.step(.discrete(1))
    #expect(outcome.terminated)
    #expect(!outcome.truncated)
  }

  @Test func `actions that do not exist are refused`() throws {
    var instance = try EnvironmentInstance(named: "CartPole-v1")
    try instance.reset()
    for action in [Action.discrete(2), .discrete(-1), .continuous([0.5])] {
      #expect(throws: CoreError.self) { try instance.step(action) }
    }
  }

  @Test func `several choices at once are actions too`() {
    let choices = Space.multiDiscrete([2, 3])
    #expect(choices.contains(.continuous([1, 2])))
    for wrong in [[2, 0], [0, 0.5], [0], [0, -1], [0, .nan]] as [[Double]] {
      #expect(!choices.contains(.continuous(wrong)), "\(wrong)")
      #expect(!choices.contains(observation: wrong.map(Float.init)), "\(wrong)")
    }
    #expect(Space.multiBinary(2).contains(.continuous([0, 1])))
    #expect(!Space.multiBinary(2).contains(.continuous([0, 2])))
  }

  @Test(arguments: [
    ("CartPole-v1", [-0.05...0.05, -0.05...0.05, -0.05...0.05, -0.05...0.05]),
    ("MountainCar-v0", [-0.6...(-0.4), 0...0]),
    ("MountainCarContinuous-v0", [-0.6...(-0.4), 0...0]),
    ("Pendulum-v1", [-Double.pi...(.pi), -1...1]),
    ("Acrobot-v1", [-0.1...0.1, -0.1...0.1, -0.1...0.1, -0.1...0.1]),
  ])
  func `starts fill their range evenly`(name: String, ranges: [ClosedRange<Double>]) throws {
    var instance = try EnvironmentInstance(named: name, seed: 1)
    let count = 2000
    let starts = try (0..<count).map { _ in
      try instance.reset()
      return instance.environment.state
    }
    for (index, range) in ranges.enumerated() {
      let numbers = starts.map { $0[index] }
      #expect(numbers.allSatisfy(range.contains))
      let width = range.upperBound - range.lowerBound
      if width == 0 { continue }
      // The quarters of the range have their share.
      for quarter in 0..<4 {
        let low = range.lowerBound + width * Double(quarter) / 4
        let share = numbers.count { low <= $0 && $0 < low + width / 4 }
        #expect(abs(share - count / 4) < 100, "\(name) number \(index)")
      }
    }
  }

  @Test func `physical constants are options`() throws {
    func angle(_ settings: Settings) throws -> Double {
      var instance = try EnvironmentInstance(named: "CartPole-v1", settings: settings)
      try instance.reset(state: [0, 0, 0.1, 0])
      for _ in 0..<3 { _ = try instance.step(.discrete(1)) }
      return instance.environment.state[2]
    }
    #expect(try angle([:]) == angle(["gravity": 9.8]))
    #expect(try angle(["gravity": 20.0]) > angle([:]))
    #expect(try angle(["kinematics_integrator": "semi-implicit"]) != angle([:]))
    #expect(
      throws: CoreError.unknownSetting(
        name: "gravty", owner: "CartPole-v1", suggestion: "gravity")
    ) { try angle(["gravty": 1.0]) }
    #expect(throws: CoreError.self) { try angle(["gravity": -1.0]) }
  }

  @Test func `a reward function replaces the environment's reward`() throws {
    struct Angle: RewardFunction {
      func reward(observation: [Float], action: Action, next: [Float]) -> Double {
        Double(next[2] - observation[2])
      }
    }
    var instance = try EnvironmentInstance(named: "CartPole-v1")
    instance.rewardFunction = Angle()
    try instance.reset()
    let before = instance.observation
    let step = try instance.step(.discrete(0))
    #expect(step.reward == Double(step.observation[2] - before[2]))
    #expect(instance.rewardThreshold == nil)
  }

  @Test func `what an environment shows must be in its space`() throws {
    struct Liar: Environment {
      var shown: [Float]
      var observationSpace: Space { .discrete(3) }
      var actionSpace: Space { .discrete(2) }
      var state: [Double] { [] }
      func restore(state: [Double]) {}
      func reset(using random: inout RandomSource) {}
      func step(
        _ action: Action, using random: inout RandomSource
      ) -> (reward: Double, terminated: Bool) { (0, false) }
      func observe(into observation: inout [Float]) { observation = shown }
    }
    for shown in [[3], [-1], [.nan], [], [1, 1]] as [[Float]] {
      var instance = EnvironmentInstance(Liar(shown: shown), name: "Liar", timeLimit: nil)
      #expect(throws: CoreError.self, "\(shown)") { try instance.reset() }
    }
    var instance = EnvironmentInstance(Liar(shown: [2]), name: "Liar", timeLimit: nil)
    try instance.reset()
    #expect(instance.observation == [2])
    #expect(throws: CoreError.self) {
      try Agent(algorithm: "dqn", environment: instance).predict([7])
    }
  }

  @Test func `a discrete observation is shown to networks one-hot`() {
    var features = [Float](repeating: 9, count: 6)
    Space.discrete(3).encode([2, 0], count: 2, into: &features)
    #expect(features == [0, 0, 1, 1, 0, 0])
    var several = [Float](repeating: 9, count: 5)
    Space.multiDiscrete([2, 3]).encode([1, 1], count: 1, into: &several)
    #expect(several == [0, 1, 0, 1, 0])
  }

  @Test func `a space of parts is flat, and each part is looked at`() {
    let space = Space.dict([
      .init("pos", .box(0, 1, shape: [2])), .init("score", .discrete(3)),
      .init("more", .tuple([.multiBinary(2), .discrete(2)])),
    ])
    #expect(space.size == 6 && space.featureCount == 9 && !space.isPlain)
    #expect(
      space.description == "Dict(pos: Box(2), score: Discrete(3), "
        + "more: Tuple(MultiBinary(2), Discrete(2)))")
    #expect(space.numberNames == ["pos 0", "pos 1", "score", "more 0", "more 1", "more 2"])
    #expect(space.contains(observation: [0.5, 1, 2, 0, 1, 1]))
    #expect(space.isEncodable([7, 1, 2, 0, 1, 1, 0, 0, 0, 0, 0, 0]))
    for wrong in [[0.5, 1.5, 2, 0, 1, 1], [0.5, 1, 3, 0, 1, 1], [0, 0, 0, 2, 0, 0], [0, 0, 0]] {
      #expect(!space.contains(observation: wrong.map(Float.init)), "\(wrong)")
      #expect(!space.contains(.continuous(wrong)), "\(wrong)")
    }
    #expect(!space.isEncodable([0, 0, 3, 0, 0, 0]))
    var features = [Float](repeating: 9, count: 18)
    space.encode([0.5, 0.25, 2, 1, 0, 1, 0, 0, 0, 0, 0, 0], count: 2, into: &features)
    #expect(features == [0.5, 0.25, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0])
    var random = RandomSource(seed: 1)
    for _ in 0..<50 { #expect(space.contains(space.sample(using: &random))) }
  }
}

import CKernels
import Foundation
import Schema
import Testing

@testable import RLCore

@Suite struct VectorEnvironmentTests {
  private static let names = Environments.all.map(\.declaration.name)

  /// Steps copies and single instances with their streams, and expects the same bits.
  private func expectSame(
    _ name: String, _ settings: Settings = [:], copies count: Int = 5, steps: Int = 300,
    reward: (any RewardFunction)? = nil
  ) throws {
    var single = try EnvironmentInstance(named: name, settings: settings)
    single.rewardFunction = reward
    var vector = try VectorEnvironment(single, count: count, seed: 3)
    var actions = Actions(in: single.actionSpace, count: count)
    var sampler = ActionSampler(
      in: single.actionSpace, count: count, stream: RandomSource(seed: 4))
    let size = single.observationSpace.size
    var instances = try (0..<count).map { index in
      var instance = single
      instance.random = RandomSource(seed: 3).split("environment", index)
      try instance.reset()
      return instance
    }
    var choosers = (0..<count).map { RandomSource(seed: 4).split("actions", $0) }
    var episodes = 0
    for step in 0..<steps {
      sampler.draw(into: &actions)
      try vector.step(actions)
      for index in 0..<count {
        let row = index * size..<(index + 1) * size
        let action = single.actionSpace.sample(using: &choosers[index])
        try #require(actions[index] == action)
        let outcome = try instances[index].step(action)
        let over = outcome.terminated || outcome.truncated
        try #require(vector.rewards[index] == outcome.reward, "\(name) step \(step)")
        try #require(vector.terminated[index] == outcome.terminated)
        try #require(vector.truncated[index] == outcome.truncated)
        if over {
          episodes += 1
          try #require(Array(vector.finalObservations[row]) == outcome.observation)
          try instances[index].reset()
        }
        try #require(Array(vector.observations[row]) == instances[index].observation, "\(name)")
      }
    }
    #expect(vector.episodes == episodes)
  }

  @Test(arguments: names)
  func `copies stepped together do to the bit what one alone does`(name: String) throws {
    try expectSame(name)
    try expectSame(name, ["max_episode_steps": 7], copies: 1, steps: 30)
  }

  @Test func `so do wrapped ones, noisy ones and those with a reward of the caller's`() throws {
    struct Last: RewardFunction {
      func reward(observation: [Float], action: Action, next: [Float]) -> Double {
        Double(next[0] - observation[0]) + action.values[0]
      }
    }
    try expectSame("CartPole-v1", ["sticky_action_prob": 0.5])
    try expectSame("Pendulum-v1", ["sticky_action_prob": 0.5, "reward_clip": 1])
    try expectSame("MinAtar/Breakout-v1", ["frame_stack": 2, "action_repeat": 2], steps: 100)
    try expectSame("Acrobot-v1", ["torque_noise_max": 1])
    try expectSame("MountainCar-v0", reward: Last())
  }

  @Test(arguments: [
    "CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1", "Pendulum-v1",
  ])
  func `every build of the kernels gives the same bits`(name: String) throws {
    func played(_ level: rlhs_level) throws -> VectorEnvironment? {
      let before = rlhs_level_in_use()
      defer { rlhs_set_level(before) }
      guard rlhs_set_level(level) == 1 else { return nil }
      let instance = try EnvironmentInstance(named: name)
      var vector = try VectorEnvironment(instance, count: 19, seed: 1)
      var actions = Actions(in: instance.actionSpace, count: 19)
      var sampler = ActionSampler(in: instance.actionSpace, count: 19, stream: .init(seed: 2))
      for _ in 0..<400 {
        sampler.draw(into: &actions)
        try vector.step(actions)
      }
      return vector
    }
    let plain = try #require(try played(rlhs_level_plain))
    for level in [rlhs_level_avx2, rlhs_level_avx512] {
      guard let other = try played(level) else { continue }
      #expect(other.observations == plain.observations)
      #expect(other.finalObservations == plain.finalObservations)
      #expect(other.rewards == plain.rewards)
      #expect(other.episodes == plain.episodes)
    }
  }

  @Test(arguments: [
    Space.discrete(7), .discrete(1), .box(-2, 3, shape: [2, 2]), .multiDiscrete([3, 2]),
    .multiBinary(3), .box(-.infinity, .infinity, shape: [2]),
  ])
  func `random actions for copies are those of a stream each`(space: Space) {
    var actions = Actions(in: space, count: 6)
    var sampler = ActionSampler(in: space, count: 6, stream: RandomSource(seed: 9))
    var streams = (0..<6).map { RandomSource(seed: 9).split("actions", $0) }
    for _ in 0..<20 {
      sampler.draw(into: &actions)
      for copy in 0..<6 { #expect(actions[copy] == space.sample(using: &streams[copy])) }
    }
  }

  @Test func `a rotation is exact to two units in the last place`() {
    var random = RandomSource(seed: 1)
    for scale in [1e-8, 1, 10, 1e6] {
      for _ in 0..<2000 {
        let angle = random.uniform(in: -scale...scale)
        let rotation = rlhs_rotation(angle)
        #expect(abs(rotation.sine - sin(angle)) <= 2 * sin(angle).ulp)
        #expect(abs(rotation.cosine - cos(angle)) <= 2 * cos(angle).ulp)
      }
    }
    for odd in [1e17, 1e300, -1e300] {
      #expect(abs(rlhs_rotation(odd).sine) <= 1)
      #expect(abs(rlhs_rotation(odd).cosine) <= 1)
    }
    #expect(rlhs_rotation(.nan).sine.isNaN)
    #expect(rlhs_rotation(.infinity).cosine.isNaN)
  }
}

import Schema
import Testing

@testable import RLCore

@Suite struct OptimizerTests {
  /// A step from 1 along a gradient of 0.5, at learning rate 0.1, worked out by hand.
  @Test(arguments: Optimizer.Rule.allCases)
  func `the first step is that of the paper`(rule: Optimizer.Rule) {
    let expected: Float =
      switch rule {
      case .sgd: 1 - 0.1 * 0.5
      // As long as the learning rate, whatever the gradient.
      case .adam: 0.9
      // Before that, a hundredth of a tenth of the weight goes.
      case .adamw: 0.999 - 0.1
      // The mean of squares is a hundredth of the square after one step.
      case .rmsprop: 1 - 0.1 / 0.1
      }
    var optimizer = Optimizer(rule, parameterCount: 9, weightDecay: 0.01)
    var weights = [Float](repeating: 1, count: 9)
    optimizer.update(&weights, gradient: Array(repeating: 0.5, count: 9), learningRate: 0.1)
    for weight in weights { #expect(abs(weight - expected) < 1e-5) }
  }

  @Test(arguments: Optimizer.Rule.allCases)
  func `longer gradients are clipped and their length is told`(rule: Optimizer.Rule) {
    var optimizer = Optimizer(rule, parameterCount: 2)
    var weights: [Float] = [0, 0]
    let norm = optimizer.update(
      &weights, gradient: [30, 40], learningRate: 1, maximumNorm: 5)
    #expect(norm == 50)
    if rule == .sgd { #expect(abs(weights[0] + 3) < 1e-5 && abs(weights[1] + 4) < 1e-5) }
  }

  @Test(arguments: Optimizer.Rule.allCases, ["dqn", "ppo", "a2c", "reinforce", "sac", "td3"])
  func `an agent saved and loaded goes on to the bit with each`(
    rule: Optimizer.Rule, algorithm: String
  ) throws {
    func agent() throws -> Agent {
      let small: Settings = [
        "layers": [8], "learning_starts": 20, "batch_size": 16, "n_steps": 4, "n_envs": 2,
        "n_episodes": 1, "n_eval_episodes": 0, "train_freq": 4, "optimizer": .string(rule.rawValue),
      ]
      let declaration = try Algorithms.named(algorithm).declaration
      let isContinuous = ["sac", "td3"].contains(algorithm)
      return try Agent(
        algorithm: algorithm, settings: small.filter { declaration.parameter($0.key) != nil },
        environment: EnvironmentInstance(
          named: isContinuous ? "Pendulum-v1" : "CartPole-v1",
          settings: ["max_episode_steps": 30], seed: 2))
    }
    let whole = try agent()
    try whole.train(steps: 120)
    let first = try agent()
    try first.train(steps: 70)
    let second = try Agent(archive: first.archive())
    try second.train(steps: 50)
    #expect(second.updates > 0)
    #expect(second.archive() == whole.archive())
  }
}

import Schema
import Testing

@testable import RLCore

@Suite struct ContinuousActionTests {
  @Test(arguments: ["sac", "td3"]) func `the identity is learned with numbers`(
    name: String
  ) throws {
    let agent = try Agent(
      algorithm: name,
      settings: [
        "layers": [32, 32], "batch_size": 64, "learning_rate": 3e-3, "gamma": 0.5,
        "learning_starts": 200, "total_steps": 2500, "n_eval_episodes": 0, "buffer_size": 3000,
        "tau": 0.05,
      ], environment: IdentityBox.instance())
    try agent.train()
    // Acting at random costs over 60.
    #expect(try agent.evaluate(episodes: 1, seed: 5).returns[0] >= -3)
  }

  @Test(arguments: ["sac", "td3"]) func `actions that are not numbers between bounds are refused`(
    name: String
  ) throws {
    let kind = try Algorithms.named(name)
    let settings = try kind.declaration.resolve([:])
    let sight = Space.box(-1, 1, shape: [2])
    for actions in [Space.discrete(2), .box(-.infinity, .infinity, shape: [1])] {
      #expect(throws: CoreError.self) {
        try kind.make(settings, sight, actions, RandomSource(seed: 0))
      }
    }
  }

  @Test func `the gradient through a squashed draw is that of differences`() {
    let outputs: [Float] = [0.3, -0.8, -0.5, 0.2, 1.1, 0.1, -1.5, -0.2]
    let noise: [Float] = [0.4, -1.2, 0.9, 0.1]
    let actionWeights: [Float] = [1, -0.5, 2, 0.3]
    var distribution = SquashedGaussian(size: 2)
    func objective(_ outputs: [Float]) -> Double {
      var other = SquashedGaussian(size: 2)
      other.evaluate(outputs, noise: noise, rows: 2)
      return zip(other.actions, actionWeights).reduce(0.0) { $0 + Double($1.0 * $1.1) }
        + 0.6 * other.logProbabilities.reduce(0.0) { $0 + Double($1) }
    }
    distribution.evaluate(outputs, noise: noise, rows: 2)
    var gradient = Array(repeating: Float(0), count: 8)
    distribution.backward(
      outputs: outputs, actionGradient: actionWeights, logProbabilityGradient: 0.6,
      gradient: &gradient)
    for index in outputs.indices {
      var (up, down) = (outputs, outputs)
      up[index] += 1e-2
      down[index] -= 1e-2
      let difference = (objective(up) - objective(down)) / 2e-2
      #expect(abs(difference - Double(gradient[index])) < 5e-3)
    }
  }

  @Test func `the gradient by the action is that of the smaller critic`() {
    var random = RandomSource(seed: 2)
    var critics = TwinCritics(
      ["layers": [8], "activation": "tanh", "optimizer": "adam", "weight_decay": 0],
      featureCount: 2, actionSize: 1, using: &random)
    let features: [Float] = [0.5, -1, 0.2, 0.7, -0.4, 0.1]
    let actions: [Float] = [0.3, -0.6, 0.9]
    critics.actionGradient(features, actions, rows: 3)
    let gradients = critics.actionGradients
    for row in 0..<3 {
      func value(_ change: Float) -> Float {
        var moved = actions
        moved[row] += change
        critics.evaluate(features, moved, rows: 3)
        return critics.values[row]
      }
      #expect(abs((value(1e-2) - value(-1e-2)) / 2e-2 - gradients[row]) < 5e-3)
    }
  }
}

@Suite struct TabularTests {
  @Test(arguments: ["q_learning", "sarsa"]) func `the identity is learned in a table`(
    name: String
  ) throws {
    let agent = try Agent(
      algorithm: name, settings: ["total_steps": 1000, "gamma": 0.5, "n_eval_episodes": 0],
      environment: Identity.instance())
    try agent.train()
    #expect(try agent.evaluate(episodes: 1, seed: 5).returns[0] == 100)
  }

  @Test(arguments: ["q_learning", "sarsa"]) func `the cliff is passed`(name: String) throws {
    let agent = try Agent(
      algorithm: name, environment: EnvironmentInstance(named: "CliffWalking-v1", seed: 1))
    try agent.train()
    let best = try #require(agent.bestFork())
    let reached = try best.evaluate(episodes: 1, seed: 0).returns[0]
    // SARSA keeps away from the edge.
    #expect(name == "sarsa" ? reached >= -17 : reached == -13)
  }

  @Test func `REINFORCE learns the identity`() throws {
    let agent = try Agent(
      algorithm: "reinforce",
      settings: [
        "total_steps": 20_000, "n_episodes": 1, "gamma": 0.0, "learning_rate": 1e-2,
        "n_eval_episodes": 0, "layers": [16],
      ], environment: Identity.instance())
    try agent.train()
    #expect(try agent.evaluate(episodes: 1, seed: 5).returns[0] >= 90)
  }
}

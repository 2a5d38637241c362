import Schema
import Testing

@testable import RLCore

@Suite struct OnPolicyTests {
  static let both = ["ppo", "a2c"]

  /// Quick settings under which each learns the identity.
  private func settings(_ name: String) -> Settings {
    var settings: Settings = [
      "gamma": 0.5, "n_envs": 4, "n_steps": 32, "n_eval_episodes": 0, "layers": [32, 32],
    ]
    if name == "ppo" {
      settings.merge(["batch_size": 32, "n_epochs": 10, "learning_rate": 2e-3]) { $1 }
    } else {
      settings.merge(["n_steps": 8, "learning_rate": 3e-3, "normalize_advantage": true]) { $1 }
    }
    return settings
  }

  @Test(arguments: both) func `the identity is learned with choices`(name: String) throws {
    let agent = try Agent(
      algorithm: name, settings: settings(name).merging(["total_steps": 4000]) { $1 },
      environment: Identity.instance())
    try agent.train()
    #expect(try agent.evaluate(episodes: 1, seed: 5).returns[0] >= 90)
  }

  @Test(arguments: both) func `the identity is learned with numbers`(name: String) throws {
    let agent = try Agent(
      algorithm: name, settings: settings(name).merging(["total_steps": 20_000]) { $1 },
      environment: IdentityBox.instance())
    try agent.train()
    // Acting at random costs over 60.
    #expect(try agent.evaluate(episodes: 1, seed: 5).returns[0] >= -3)
  }

  /// The value of a reward of 1 for ever is 1 / (1 - gamma) = 50: a time limit takes nothing away
  /// from it, an end does.
  @Test(arguments: both) func `truncation is not termination`(name: String) throws {
    func value(terminates: Bool) throws -> Float {
      var settings: Settings = [
        "gamma": 0.98, "layers": [16], "learning_rate": 1e-2, "n_envs": 2, "n_steps": 16,
        "n_eval_episodes": 0, "max_grad_norm": 10.0, "total_steps": name == "ppo" ? 8000 : 60_000,
        "learning_rate_schedule": "linear",
      ]
      if name == "ppo" { settings.merge(["batch_size": 32, "n_epochs": 8]) { $1 } }
      let agent = try Agent(
        algorithm: name, settings: settings,
        environment: EnvironmentInstance(
          Endless(terminates: terminates), name: "Endless", timeLimit: 8))
      try agent.train()
      return try agent.predict([1]).values[0]
    }
    #expect(abs(try value(terminates: false) - 50) <= 1)
    // The mean over eight steps that look the same of what is left of eight.
    #expect(abs(try value(terminates: true)) <= 10)
  }

  @Test func `in the first minibatch the policy has not moved`() throws {
    for environment in ["CartPole-v1", "Pendulum-v1"] {
      let agent = try Agent(
        algorithm: "ppo",
        settings: [
          "n_envs": 2, "n_steps": 50, "batch_size": 33, "n_epochs": 2, "n_eval_episodes": 0,
          "layers": [16, 16], "normalize": true, "learning_rate": 1e-2,
          "learning_rate_schedule": "constant",
        ], environment: EnvironmentInstance(named: environment))
      try agent.train(steps: 1000)
      var divergences: [Float] = []
      while divergences.count < 8 {
        if let metrics = try agent.update() {
          divergences.append(try #require(metrics.approximateKL))
        } else {
          _ = try agent.trainStep(isRecording: false)
        }
      }
      // Four minibatches an epoch, two epochs: to the bit at first, and then not.
      #expect(divergences[0] == 0)
      #expect(divergences[1...].allSatisfy { $0 > 0 })
    }
  }

  @Test func `a target for the divergence ends the epochs early`() throws {
    let settings: Settings = [
      "n_steps": 64, "batch_size": 16, "n_epochs": 10, "n_eval_episodes": 0,
      "learning_rate": 1e-2, "learning_rate_schedule": "constant", "n_envs": 1,
    ]
    func updates(_ more: Settings) throws -> Int {
      let agent = try Agent(
        algorithm: "ppo", settings: settings.merging(more) { $1 },
        environment: EnvironmentInstance(named: "CartPole-v1"))
      try agent.train(steps: 640)
      return agent.updates
    }
    #expect(try updates([:]) == 400)
    #expect(try updates(["target_kl": 0.01]) < 200)
  }

  @Test func `observations are normalised by what training saw and frozen in evaluation`() throws {
    let agent = try Agent(
      algorithm: "ppo",
      settings: ["normalize": true, "n_steps": 64, "n_envs": 2, "n_eval_episodes": 0],
      environment: EnvironmentInstance(named: "MountainCar-v0"))
    try agent.train(steps: 512)
    let weights = agent.algorithm.weights
    let (means, variances) = (weights.suffix(4).prefix(2), weights.suffix(2))
    #expect(abs(means.first! + 0.5) < 0.1)
    #expect(variances.allSatisfy { $0 > 0 && $0 < 0.1 })
    _ = try agent.evaluate(episodes: 2, seed: 1)
    let weightsAfter = agent.algorithm.weights
    #expect(weightsAfter == weights)
  }

  @Test func `schedules fall to nothing at total_steps and stay there`() {
    let settings: Settings = ["x": 2.0, "x_schedule": "linear"]
    let linear = Scheduled(settings, "x")
    #expect([0, 0.25, 1, 1.5].map { linear.value($0) } == [2, 1.5, 0, 0])
    let smooth = Scheduled(["x": 2.0, "x_schedule": "smooth"], "x")
    #expect([0, 0.5, 1].map { smooth.value($0) } == [2, 1, 0])
    #expect(Scheduled(["x": 2.0, "x_schedule": "constant"], "x").value(0.7) == 2)
  }
}

@Suite struct RolloutBufferTests {
  @Test func `advantages are the hand-computed ones, environment by environment`() throws {
    let rewards: [Float] = [1, 0, 2, 1, 1, 1]
    let values: [Float] = [0.5, 0.4, 0.3, 0.2, 0.6, 0.1]
    // The second environment is the first turned round and never ends.
    var rollout = RolloutBuffer(steps: 6, environments: 2, featureCount: 1, actionSize: 1)
    for step in 0..<6 {
      rollout.append(
        features: [0], action: [0], reward: rewards[step],
        ending: step == 2 ? .terminated : step == 5 ? .truncated : .goesOn, followingValue: 0.7)
      rollout.append(
        features: [0], action: [0], reward: rewards[5 - step], ending: .goesOn,
        followingValue: 0.3)
    }
    for step in 0..<6 {
      rollout.values[2 * step] = values[step]
      rollout.values[2 * step + 1] = values[5 - step]
    }
    rollout.computeAdvantages(gamma: 0.99, lambda: 0.95)
    // A terminated step has no future, whatever value was given for what was seen.
    let golden: [Float] = [2.302847, 1.49585, 1.7, 3.272382, 1.997216, 1.593]
    let terminatedValue: Float = 0.99 * 0.7
    let decay: Float = 0.99 * 0.95
    for step in 0..<6 {
      var expected = golden[step]
      if step <= 2 {
        expected += terminatedValue * (step == 2 ? 1 : step == 1 ? decay : decay * decay)
      }
      #expect(abs(rollout.advantages[2 * step] - expected) < 2e-6)
      #expect(
        rollout.returns[2 * step] == rollout.advantages[2 * step] + rollout.values[2 * step])
    }
    let never = Array(repeating: false, count: 6)
    let other = try generalizedAdvantages(
      rewards: rewards.reversed().map(Double.init), values: values.reversed().map(Double.init),
      terminated: never, truncated: never, final: 0.3)
    for step in 0..<6 {
      #expect(abs(Double(rollout.advantages[2 * step + 1]) - other[step]) < 2e-6)
    }
  }
}

/// Gradients against differences of the function itself.
@Suite struct PolicyTests {
  /// sum over rows of w log p(a) + c entropy, in double precision from the policy's own outputs.
  private func objective(
    _ policy: inout Policy, _ features: [Float], _ actions: [Float], _ weights: [Float],
    _ entropyWeight: Float
  ) -> Double {
    policy.evaluate(features, actions: actions, rows: weights.count)
    return weights.indices.reduce(0.0) {
      $0 + Double(weights[$1] * policy.logProbabilities[$1])
        + Double(entropyWeight * policy.entropies[$1])
    }
  }

  @Test(arguments: [Space.discrete(3), .box(-2, 2, shape: [2])])
  func `the gradient of log-probabilities and entropy is that of differences`(
    space: Space
  ) throws {
    var random = RandomSource(seed: 3)
    let settings: Settings = [
      "layers": [5], "activation": "tanh", "ortho_init": false, "log_std_init": -0.3,
      "network": "mlp",
    ]
    var policy = try Policy(
      settings, algorithm: "ppo", observationSpace: .box(-1, 1, shape: [2]), actionSpace: space,
      using: &random)
    let features = (0..<8).map { _ in Float(random.normal()) }
    let actions: [Float] =
      space.size == 1 ? [0, 2, 1, 1] : (0..<8).map { _ in Float(random.normal()) }
    let weights: [Float] = [0.5, -1, 2, 0.25]
    _ = objective(&policy, features, actions, weights, 0.7)
    var gradient = Array(repeating: Float(0), count: policy.network.parameterCount)
    policy.backward(
      actions: actions, logProbabilityGradient: weights, entropyGradient: 0.7,
      gradient: &gradient)
    gradient += policy.deviationGradient
    let start = policy.weights
    for index in start.indices {
      func value(_ change: Float) -> Double {
        var moved = start
        moved[index] += change
        policy.weights = moved
        return objective(&policy, features, actions, weights, 0.7)
      }
      let difference = (value(1e-2) - value(-1e-2)) / 2e-2
      #expect(abs(difference - Double(gradient[index])) < 5e-3 * max(1, abs(difference)))
    }
  }

  @Test func `probabilities are those of the logits`() {
    var categorical = Categorical(choices: 2)
    categorical.update(logits: [0, 1, 500, -500], rows: 2)
    #expect(abs(categorical.probabilities[1] - 0.731059) < 1e-6)
    #expect(abs(categorical.entropies[0] - 0.582203) < 1e-6)
    #expect(categorical.probabilities[2] == 1 && categorical.entropies[1] == 0)
    var random = RandomSource(seed: 1)
    let ones = (0..<10_000).count { _ in categorical.sample(using: &random) == 1 }
    #expect(abs(Double(ones) / 10_000 - 0.731) < 0.02)
  }
}

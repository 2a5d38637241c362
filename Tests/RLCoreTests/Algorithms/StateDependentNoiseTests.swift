import Schema
import Testing

@testable import RLCore

@Suite struct StateDependentNoiseTests {
  private func latents(_ count: Int) -> [Float] {
    var random = RandomSource(seed: 5)
    return (0..<count).map { _ in Float(random.normal()) }
  }

  @Test func `a state's noise stays until it is drawn again and has the deviation it says`() {
    var noise = StateDependentNoise(
      latentCount: 4, size: 2, environments: 3, logDeviation: -0.5)
    var random = RandomSource(seed: 1)
    let state = latents(4)
    noise.evaluate(state, rows: 1)
    var squares: [Float] = [0, 0]
    for _ in 0..<4000 {
      noise.draw(lane: 1, using: &random)
      #expect(noise.noise(state, 0, lane: 1) == noise.noise(state, 0, lane: 1))
      for index in 0..<2 {
        let value = noise.noise(state, index, lane: 1)
        squares[index] += value * value / 4000
      }
    }
    #expect(noise.noise(state, 0, lane: 2) == 0)
    for index in 0..<2 {
      var sigma = [noise.logSigmas[index]]
      VectorMath.exp(&sigma)
      #expect(abs(squares[index].squareRoot() / sigma[0] - 1) < 0.05)
    }
  }

  @Test func `the gradient by the deviations is that of differences`() {
    var noise = StateDependentNoise(latentCount: 3, size: 2, environments: 1, logDeviation: -1)
    let rows = latents(15)
    let weights = latents(10)
    func objective() -> Float {
      noise.evaluate(rows, rows: 5)
      return zip(noise.logSigmas, weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    _ = objective()
    var gradient = Array(repeating: Float.nan, count: 6)
    noise.backward(rows, sigmaGradient: weights, gradient: &gradient)
    for index in 0..<6 {
      noise.logDeviations[index] += 0.01
      let above = objective()
      noise.logDeviations[index] -= 0.02
      let below = objective()
      noise.logDeviations[index] += 0.01
      #expect(abs(gradient[index] - (above - below) / 0.02) < 2e-3)
    }
  }

  private func agent(_ algorithm: String, _ settings: Settings = [:]) throws -> Agent {
    let small: Settings = [
      "layers": [8], "learning_starts": 0, "batch_size": 16, "n_steps": 16, "n_envs": 2,
      "n_epochs": 2, "n_eval_episodes": 0, "train_freq": 8, "use_sde": true,
      "sde_sample_freq": 5, "log_std_init": -1, "buffer_size": 1000,
    ]
    let declaration = try Algorithms.named(algorithm).declaration
    return try Agent(
      algorithm: algorithm,
      settings: small.filter { declaration.parameter($0.key) != nil }.merging(settings) { $1 },
      environment: EnvironmentInstance(
        named: "Pendulum-v1", settings: ["max_episode_steps": 30], seed: 2))
  }

  @Test(arguments: ["ppo", "a2c", "sac"]) func `saved between two draws it goes on to the bit`(
    algorithm: String
  ) throws {
    let whole = try agent(algorithm)
    try whole.train(steps: 200)
    var pieces = try agent(algorithm)
    for steps in [1, 6, 76, 117] {
      try pieces.train(steps: steps)
      pieces = try Agent(archive: pieces.archive())
    }
    #expect(whole.updates > 0)
    #expect(pieces.archive() == whole.archive())
  }

  @Test(arguments: ["ppo", "sac"]) func `the identity is learned with it`(
    algorithm: String
  ) throws {
    let settings: Settings =
      algorithm == "ppo"
      ? [
        "use_sde": true, "n_steps": 256, "total_steps": 12_000, "gamma": 0.5,
        "learning_rate": 3e-3, "n_eval_episodes": 0,
      ]
      : [
        "use_sde": true, "layers": [32], "total_steps": 3000, "gamma": 0.5, "batch_size": 64,
        "learning_rate": 3e-3, "n_eval_episodes": 0, "log_std_init": -1,
      ]
    let agent = try Agent(
      algorithm: algorithm, settings: settings, environment: IdentityBox.instance())
    try agent.train()
    // A hundred steps' squared distances; at random it is about -67.
    #expect(try agent.evaluate(episodes: 1, seed: 5).returns[0] > -5)
  }
}

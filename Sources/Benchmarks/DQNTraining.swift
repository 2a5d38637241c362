import RLCore
import Schema

/// The preset for CartPole-v1 over seeds: the best weights, chosen on validation episodes, and the
/// last, both on the same fresh episodes.
func benchmarkDQNPreset(seeds: Int) {
  print("dqn on CartPole-v1, its preset; 100 greedy episodes a seed, fresh starts")
  print(cells(["seed", "best", "at step", "last", "CPU s"]))
  var best: [Double] = []
  var last: [Double] = []
  for seed in 0..<seeds {
    let agent = cartPoleAgent(seed: seed)
    let seconds = train(agent)
    last.append(meanReturn(agent))
    best.append(agent.bestFork().map { meanReturn($0) } ?? last[seed])
    print(
      cells([
        "\(seed)", tenths(best[seed]), agent.best.map { "\($0.steps)" } ?? "-", tenths(last[seed]),
        tenths(seconds),
      ]))
  }
  for (name, returns) in [("best", best), ("last", last)] {
    let interval = bootstrapInterval(returns, of: interquartileMean)
    print(
      "\(name): IQM \(tenths(interquartileMean(returns)))"
        + " [\(tenths(interval.lowerBound)), \(tenths(interval.upperBound))]"
        + ", \(returns.count { $0 >= 450 }) of \(seeds) seeds from 450 up"
        + ", \(returns.count { $0 >= 475 }) from 475 up")
  }
}

/// Steps a second of the processor with Stable-Baselines3's own settings: learning included,
/// validation left out.
func benchmarkDQNSpeed() {
  let steps = 400_000
  let rates = (0..<3).map { seed in
    let agent = cartPoleAgent(
      seed: seed,
      settings: [
        "layers": [64, 64], "learning_rate": 1e-4, "buffer_size": 1_000_000, "batch_size": 32,
        "learning_starts": 100, "gamma": 0.99, "train_freq": 4, "gradient_steps": 1,
        "target_update_interval": 10_000, "exploration_fraction": 0.1,
        "exploration_final_eps": 0.05, "total_steps": .integer(steps), "n_eval_episodes": 0,
      ])
    return Double(steps) / train(agent)
  }
  print(
    "dqn on CartPole-v1, Stable-Baselines3's settings: "
      + "\(tenths(median(rates) / 1000))k steps a CPU-second"
  )
}

private func cartPoleAgent(seed: Int, settings: Settings = [:]) -> Agent {
  do {
    let environment = try EnvironmentInstance(named: "CartPole-v1", seed: seed)
    return try Agent(algorithm: "dqn", settings: settings, environment: environment)
  } catch {
    preconditionFailure("the agent cannot be made: \(error)")
  }
}

/// Trains to the end of the plan; gives the processor's seconds that took.
func train(_ agent: Agent) -> Double {
  let start = processorSeconds()
  var trainer = Trainer(agent)
  do {
    while true {
      if case .finished = try trainer.advance() { return processorSeconds() - start }
    }
  } catch {
    preconditionFailure("training failed: \(error)")
  }
}

func meanReturn(_ agent: Agent, episodes: Int = 100) -> Double {
  do {
    return try agent.evaluate(episodes: episodes, seed: 1_000_000).mean
  } catch {
    preconditionFailure("evaluation failed: \(error)")
  }
}

func cells(_ texts: [String]) -> String { texts.map { pad($0, to: 10) }.joined() }

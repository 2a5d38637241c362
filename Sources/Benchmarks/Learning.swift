import Bridge
import RLCore
import Schema

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Presets over seeds: the best weights, chosen on validation episodes, and the last, both on the
/// same fresh episodes.
///
/// - Parameter arguments: algorithm, environment (`gym:NAME` for one in Python), how many seeds from
///   0 on (5) or which (`3..4`), and settings as `name=number`.
func benchmarkLearning(_ arguments: [String]) {
  guard arguments.count >= 2 else {
    print("learning ALGORITHM ENVIRONMENT [SEEDS|FIRST..LAST] [name=number …]")
    return
  }
  let (algorithm, environment) = (arguments[0], arguments[1])
  let seeds = seedRange(arguments.dropFirst(2).first)
  let settings = givenSettings(arguments)
  print("\(algorithm) on \(environment), its preset \(settings.isEmpty ? "" : "with \(settings)")")
  // Where a return is 0 or 1, a hundred episodes say little.
  let episodes = ["q_learning", "sarsa"].contains(algorithm) ? 2000 : 100
  print(cells(["seed", "best", "at step", "last", "CPU s", "steps/s"]))
  var best: [Double] = []
  var last: [Double] = []
  for seed in seeds {
    let agent = newAgent(algorithm, on: environment, seed: seed, settings: settings)
    let seconds = train(agent)
    last.append(meanReturn(agent, episodes: episodes))
    best.append(agent.bestFork().map { meanReturn($0, episodes: episodes) } ?? last.last!)
    print(
      cells([
        "\(seed)", hundredths(best.last!), agent.best.map { "\($0.steps)" } ?? "-",
        hundredths(last.last!), tenths(seconds), "\(Int(Double(agent.steps) / seconds))",
      ]))
    // Where it goes to a file, a long study can be watched.
    fflush(nil)
  }
  for (name, returns) in [("best", best), ("last", last)] {
    let interval = bootstrapInterval(returns, of: interquartileMean)
    print(
      "\(name): IQM \(hundredths(interquartileMean(returns)))"
        + " [\(hundredths(interval.lowerBound)), \(hundredths(interval.upperBound))], from "
        + "\(hundredths(returns.min()!)) to \(hundredths(returns.max()!)) over \(seeds.count) seeds"
    )
  }
}

/// `5` is the seeds 0 to 4, `3..4` the two named.
private func seedRange(_ word: String?) -> Range<Int> {
  let ends = (word ?? "5").split(separator: ".").compactMap { Int($0) }
  guard ends.count == 2, ends[0] <= ends[1] else { return 0..<(ends.first ?? 5) }
  return ends[0]..<ends[1] + 1
}

/// Steps a second of the processor of each algorithm at the settings that peers are measured with:
/// learning included, validation left out.
func benchmarkTrainingSpeed(_ arguments: [String]) {
  for speed in TrainingSpeed.all
  where arguments.isEmpty || arguments.contains(speed.algorithm) {
    var settings = speed.settings
    settings["total_steps"] = .integer(speed.steps)
    settings["n_eval_episodes"] = 0
    let rates = (0..<3).map { seed in
      Double(speed.steps)
        / train(newAgent(speed.algorithm, on: speed.environment, seed: seed, settings: settings))
    }
    print(
      "\(speed.algorithm) on \(speed.environment), \(speed.name): \(Int(median(rates))) steps/s")
  }
}

private struct TrainingSpeed {
  let name: String
  let algorithm: String
  let environment: String
  let steps: Int
  let settings: Settings

  static let all: [TrainingSpeed] = [
    .init(
      name: "Stable-Baselines3's defaults", algorithm: "ppo", environment: "CartPole-v1",
      steps: 102_400,
      settings: [
        "n_envs": 1, "n_steps": 2048, "batch_size": 64, "n_epochs": 10, "gae_lambda": 0.95,
        "gamma": 0.99, "learning_rate": 3e-4, "learning_rate_schedule": "constant",
        "clip_range_schedule": "constant",
      ]),
    .init(
      name: "RL Zoo", algorithm: "ppo", environment: "CartPole-v1", steps: 102_400,
      settings: [
        "n_envs": 8, "n_steps": 32, "batch_size": 256, "n_epochs": 20, "gae_lambda": 0.8,
        "gamma": 0.98,
      ]),
    .init(
      name: "purejaxrl's settings", algorithm: "ppo", environment: "CartPole-v1", steps: 204_800,
      settings: ["n_envs": 4, "n_steps": 128, "batch_size": 128, "n_epochs": 4]),
    .init(
      name: "8 environments", algorithm: "a2c", environment: "CartPole-v1", steps: 200_000,
      settings: ["n_envs": 8, "n_steps": 5]),
    .init(
      name: "rl-tools' settings", algorithm: "ppo", environment: "Pendulum-v1", steps: 204_800,
      settings: [
        "n_envs": 4, "n_steps": 1024, "batch_size": 256, "n_epochs": 2, "layers": [64, 64],
        "use_sde": false,
      ]),
    .init(
      name: "rl-tools' settings", algorithm: "sac", environment: "Pendulum-v1", steps: 10_000,
      settings: ["layers": [64, 64], "batch_size": 100, "learning_starts": 100]),
    .init(
      name: "rl-tools' settings", algorithm: "td3", environment: "Pendulum-v1", steps: 10_000,
      settings: ["layers": [64, 64], "batch_size": 100, "learning_starts": 100]),
    .init(
      name: "RL Zoo", algorithm: "sac", environment: "Pendulum-v1", steps: 1000,
      settings: ["layers": [256, 256], "batch_size": 256, "learning_starts": 100]),
  ]
}

/// The `name=number` among a command line's words; other values are taken as words.
func givenSettings(_ arguments: [String]) -> Settings {
  var settings: Settings = [:]
  for argument in arguments {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { continue }
    settings[parts[0]] =
      if let value = Int(parts[1]) { .integer(value) } else if let value = Double(parts[1]) {
        .real(value)
      } else if let value = Bool(parts[1]) {
        .boolean(value)
      } else if parts[1].hasPrefix("[") {
        .list(
          parts[1].dropFirst().dropLast().split(separator: ",").compactMap { Int($0) }.map {
            .integer($0)
          })
      } else { .string(parts[1]) }
  }
  return settings
}

func newAgent(
  _ algorithm: String, on environment: String, seed: Int, settings: Settings
) -> Agent {
  do {
    let instance =
      environment.hasPrefix(GymEnvironment.prefix)
      ? try GymEnvironment.instance(named: environment, settings: [:], folder: ".", seed: seed)
      : try EnvironmentInstance(named: environment, seed: seed)
    return try Agent(algorithm: algorithm, settings: settings, environment: instance)
  } catch {
    preconditionFailure("the agent cannot be made: \(error)")
  }
}

private func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

import Schema

/// Settings known to work for one algorithm on one environment.
public struct Preset: Sendable {
  /// The algorithm's declared name.
  public let algorithm: String
  /// The environment's declared name.
  public let environment: String
  /// What goes before the algorithm's own defaults.
  public let settings: Settings
  /// Where the settings come from.
  public let source: String
}

/// The settings that are used where none are given.
public enum Presets {
  /// All of them, one for a pair at most.
  public static let all: [Preset] =
    dqn + dqnOnGames + ppo + a2c + policiesOnGames
    + continuous + tabular

  private static let dqn: [Preset] = [
    Preset(
      algorithm: "dqn", environment: "CartPole-v1", settings: dqnOnCartPole,
      source: "RL Zoo, with half its width and learning rate: steadier and faster"),
    Preset(
      algorithm: "dqn", environment: "CartPole-v0", settings: dqnOnCartPole,
      source: "the one for CartPole-v1"),
    Preset(
      algorithm: "dqn", environment: "MountainCar-v0",
      settings: [
        "total_steps": 120_000, "layers": [256, 256], "learning_rate": 4e-3, "batch_size": 128,
        "buffer_size": 10_000, "learning_starts": 1000, "gamma": 0.98,
        "target_update_interval": 600, "train_freq": 16, "gradient_steps": 8,
        "exploration_fraction": 0.2, "exploration_final_eps": 0.07,
      ], source: "RL Zoo"),
    Preset(
      algorithm: "dqn", environment: "CliffWalking-v1",
      settings: [
        "total_steps": 30_000, "layers": [64, 64], "learning_rate": 1e-3, "batch_size": 32,
        "buffer_size": 50_000, "learning_starts": 1000, "gamma": 0.99,
        "target_update_interval": 250, "train_freq": 4, "gradient_steps": 2,
        "exploration_fraction": 0.5, "exploration_final_eps": 0.05,
      ], source: "this program: the shortest way (-13) on ten seeds of ten"),
    Preset(
      algorithm: "dqn", environment: "Acrobot-v1", settings: dqnOnAcrobot, source: "RL Zoo"),
    Preset(
      algorithm: "dqn", environment: "LunarLander-v3", settings: dqnOnAcrobot, source: "RL Zoo"),
  ]

  private static let dqnOnAcrobot: Settings = [
    "total_steps": 100_000, "layers": [256, 256], "learning_rate": 6.3e-4, "batch_size": 128,
    "buffer_size": 50_000, "learning_starts": 0, "gamma": 0.99, "target_update_interval": 250,
    "train_freq": 4, "gradient_steps": -1, "exploration_fraction": 0.12,
    "exploration_final_eps": 0.1,
  ]

  private static let dqnOnGames: [Preset] =
    [
      Preset(
        algorithm: "dqn", environment: "Snake",
        settings: [
          "total_steps": 200_000, "learning_rate": 5e-4, "batch_size": 64,
          "buffer_size": 100_000, "learning_starts": 1000, "target_update_interval": 1000,
          "exploration_fraction": 0.3, "exploration_final_eps": 0.02,
        ], source: "this program")
    ] + minAtarGames.map(dqnOnMinAtar)

  private static func dqnOnMinAtar(_ game: String) -> Preset {
    Preset(
      algorithm: "dqn", environment: "MinAtar/\(game)-v1",
      settings: [
        "total_steps": 1_000_000, "layers": [128], "optimizer": "rmsprop",
        "learning_rate": 2.5e-4, "buffer_size": 100_000, "learning_starts": 5000,
        "target_update_interval": 1000, "train_freq": 1, "exploration_fraction": 0.1,
        "exploration_final_eps": 0.1,
      ], source: "Young and Tian 2019, a fifth of their steps")
  }

  private static let minAtarGames = ["Asterix", "Breakout", "Freeway", "Seaquest", "SpaceInvaders"]

  private static let policiesOnGames: [Preset] = minAtarGames.flatMap { game in
    [
      Preset(
        algorithm: "ppo", environment: "MinAtar/\(game)-v1",
        settings: [
          "total_steps": 1_000_000, "network": "mlp", "layers": [64, 64], "n_envs": 16,
          "n_steps": 128, "batch_size": 256, "n_epochs": 4, "learning_rate": 1e-3,
          "learning_rate_schedule": "linear", "ent_coef": 0.01,
        ], source: "this program, near purejaxrl's"),
      Preset(
        algorithm: "a2c", environment: "MinAtar/\(game)-v1",
        settings: [
          "total_steps": 1_000_000, "network": "mlp", "layers": [64, 64], "n_envs": 16,
          "n_steps": 5, "learning_rate": 7e-4, "learning_rate_schedule": "linear",
          "ent_coef": 0.01,
        ], source: "this program"),
    ]
  }

  private static let ppo: [Preset] = [
    Preset(
      algorithm: "ppo", environment: "CartPole-v1", settings: ppoOnCartPole, source: "RL Zoo"),
    Preset(
      algorithm: "ppo", environment: "CartPole-v0", settings: ppoOnCartPole,
      source: "the one for CartPole-v1"),
    Preset(
      algorithm: "ppo", environment: "Pendulum-v1",
      settings: [
        "total_steps": 100_000, "n_envs": 4, "n_steps": 1024, "gae_lambda": 0.95, "gamma": 0.9,
        "n_epochs": 10, "ent_coef": 0.0, "learning_rate": 1e-3, "clip_range": 0.2,
        "use_sde": true, "sde_sample_freq": 4,
      ], source: "RL Zoo"),
    Preset(
      algorithm: "ppo", environment: "Acrobot-v1",
      settings: [
        "total_steps": 1_000_000, "normalize": true, "n_envs": 16, "n_steps": 256,
        "gae_lambda": 0.94, "gamma": 0.99, "n_epochs": 4, "ent_coef": 0.0,
      ], source: "RL Zoo"),
    Preset(
      algorithm: "ppo", environment: "LunarLander-v3",
      settings: [
        "total_steps": 1_000_000, "n_envs": 16, "n_steps": 1024, "batch_size": 64,
        "gae_lambda": 0.98, "gamma": 0.999, "n_epochs": 4, "ent_coef": 0.01,
      ], source: "RL Zoo"),
    Preset(
      algorithm: "ppo", environment: "MountainCarContinuous-v0",
      settings: [
        "total_steps": 100_000, "normalize": true, "n_envs": 4, "n_steps": 512, "gamma": 0.9999,
        "ent_coef": 0.0,
      ], source: "this program"),
    Preset(
      algorithm: "ppo", environment: "MountainCar-v0",
      settings: [
        "total_steps": 1_000_000, "normalize": true, "n_envs": 16, "n_steps": 16,
        "gae_lambda": 0.98, "gamma": 0.99, "n_epochs": 4, "ent_coef": 0.0,
      ], source: "RL Zoo"),
  ]

  private static let ppoOnCartPole: Settings = [
    "total_steps": 100_000, "n_envs": 8, "n_steps": 32, "batch_size": 256, "gae_lambda": 0.8,
    "gamma": 0.98, "n_epochs": 20, "ent_coef": 0.0, "learning_rate": 1e-3,
    "learning_rate_schedule": "linear", "clip_range": 0.2, "clip_range_schedule": "linear",
  ]

  private static let a2c: [Preset] = [
    Preset(
      algorithm: "a2c", environment: "CartPole-v1",
      settings: ["total_steps": 500_000, "n_envs": 8, "ent_coef": 0.0], source: "RL Zoo"),
    Preset(
      algorithm: "a2c", environment: "Acrobot-v1",
      settings: ["total_steps": 500_000, "normalize": true, "n_envs": 16, "ent_coef": 0.0],
      source: "RL Zoo"),
    Preset(
      algorithm: "a2c", environment: "Pendulum-v1",
      settings: [
        "total_steps": 1_000_000, "normalize": true, "n_envs": 8, "n_steps": 8,
        "gae_lambda": 0.9, "gamma": 0.9, "vf_coef": 0.4, "ent_coef": 0.0,
        "learning_rate": 7e-4, "learning_rate_schedule": "linear", "use_sde": true,
        "log_std_init": -2.0,
      ], source: "RL Zoo"),
  ]

  private static let continuous: [Preset] = [
    Preset(
      algorithm: "sac", environment: "Pendulum-v1",
      settings: ["total_steps": 20_000, "learning_rate": 1e-3, "layers": [64, 64]],
      source: "RL Zoo, with a quarter of its width: as good and ten times faster"),
    Preset(
      algorithm: "sac", environment: "MountainCarContinuous-v0",
      settings: [
        "total_steps": 50_000, "learning_rate": 3e-4, "layers": [64, 64], "buffer_size": 50_000,
        "batch_size": 512, "ent_coef": 0.1, "train_freq": 32, "gradient_steps": 32,
        "gamma": 0.9999, "tau": 0.01, "learning_starts": 0, "use_sde": true,
        "log_std_init": -3.67,
      ], source: "RL Zoo"),
    Preset(
      algorithm: "td3", environment: "Pendulum-v1",
      settings: [
        "total_steps": 20_000, "learning_rate": 1e-3, "layers": [64, 64], "gamma": 0.98,
        "buffer_size": 200_000, "learning_starts": 1000, "action_noise": 0.1,
      ], source: "RL Zoo, narrower and learning from step 1000 on"),
  ]

  private static let tabular: [Preset] = ["q_learning", "sarsa"].flatMap { algorithm in
    [
      Preset(
        algorithm: algorithm, environment: "Taxi-v3",
        settings: [
          "total_steps": 400_000, "learning_rate": 0.3, "gamma": 0.99,
          "exploration_fraction": 0.7, "exploration_final_eps": 0.02,
        ], source: "this program"),
      Preset(
        algorithm: algorithm, environment: "FrozenLake-v1",
        settings: [
          "total_steps": 1_000_000, "learning_rate": 0.02, "gamma": 0.99,
          "exploration_fraction": 0.8, "exploration_final_eps": 0.1, "n_eval_episodes": 200,
        ], source: "this program"),
      Preset(
        algorithm: algorithm, environment: "CliffWalking-v1",
        settings: [
          "total_steps": 50_000, "learning_rate": 0.5, "gamma": 0.99,
          "exploration_fraction": 0.5, "exploration_final_eps": 0.02,
        ], source: "this program"),
      Preset(
        algorithm: algorithm, environment: "Blackjack-v1",
        settings: [
          "total_steps": 1_000_000, "learning_rate": 0.005, "gamma": 1.0,
          "exploration_fraction": 0.8, "exploration_final_eps": 0.1, "n_eval_episodes": 2000,
        ], source: "this program"),
      Preset(
        algorithm: algorithm, environment: "gridworld",
        settings: [
          "total_steps": 20_000, "learning_rate": 0.5, "gamma": 0.99,
          "exploration_fraction": 0.5, "exploration_final_eps": 0.02,
        ], source: "this program"),
    ]
  }

  private static let dqnOnCartPole: Settings = [
    "total_steps": 50_000, "layers": [128, 128], "learning_rate": 1e-3, "batch_size": 64,
    "buffer_size": 100_000, "learning_starts": 1000, "gamma": 0.99, "target_update_interval": 10,
    "train_freq": 256, "gradient_steps": 128, "exploration_fraction": 0.16,
    "exploration_final_eps": 0.04,
  ]

  /// The preset for a pair of names, if there is one.
  public static func named(algorithm: String, environment: String) -> Preset? {
    // Whoever runs the environment, as in `gym:CartPole-v1`, the task is the same.
    let task = environment.split(separator: ":").last.map(String.init) ?? environment
    return all.first { $0.algorithm == algorithm && $0.environment == task }
  }
}

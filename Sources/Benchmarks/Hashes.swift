import Interchange
import RLCore
import Schema

/// A digest of the whole state of each algorithm's agent after some training, a line each: every build,
/// with whatever optimisation, is to print the same.
func printHashes() {
  let tasks = [
    ("dqn", "CartPole-v1"), ("dqn", "MinAtar/Breakout-v1"), ("ppo", "CartPole-v1"),
    ("ppo", "Pendulum-v1"), ("a2c", "Acrobot-v1"), ("reinforce", "MountainCarContinuous-v0"),
    ("sac", "Pendulum-v1"), ("sac", "MountainCarContinuous-v0"), ("td3", "Pendulum-v1"),
    ("q_learning", "FrozenLake-v1"), ("sarsa", "Taxi-v3"),
  ]
  for (algorithm, environment) in tasks {
    // So few steps that a build without optimisation is done within seconds.
    let agent = newAgent(
      algorithm, on: environment, seed: 7,
      settings: algorithm == "dqn" || algorithm == "sac" || algorithm == "td3"
        ? ["learning_starts": 64, "total_steps": 300] : ["total_steps": 300])
    _ = train(agent)
    print("\(algorithm) \(environment) \(digest(of: agent.archive()))")
  }
}

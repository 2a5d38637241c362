import Schema

/// Settings that domains allow and under which little or nothing can be learned, a sentence each.
/// They are said before training begins.
extension AlgorithmKind {
  /// Of every algorithm with networks.
  static func networkWarnings(_ settings: Settings) -> [String] {
    settings.integers("layers").isEmpty
      ? ["layers=[] leaves no hidden layer: only linear functions can be learned"] : []
  }

  /// Of algorithms that explore by random actions.
  static func explorationWarnings(_ settings: Settings) -> [String] {
    let start = settings.real("exploration_initial_eps")
    let end = settings.real("exploration_final_eps")
    if end >= 1 { return ["exploration_final_eps=\(end) leaves every action to chance"] }
    return start < end
      ? ["exploration_final_eps=\(end) is above exploration_initial_eps=\(start)"] : []
  }

  /// Of algorithms that learn from a replay buffer, in a training of so many steps.
  static func replayWarnings(_ settings: Settings, steps: Int) -> [String] {
    let starts = settings.integer("learning_starts")
    let buffer = settings.integer("buffer_size")
    let batch = settings.integer("batch_size")
    let frequency = settings.integer("train_freq")
    var warnings = networkWarnings(settings)
    if starts >= steps {
      warnings.append("learning_starts=\(starts) is not before the end of \(steps) steps")
    }
    if frequency > steps {
      warnings.append("train_freq=\(frequency) is more than \(steps) steps: nothing is learned")
    }
    if buffer < batch {
      warnings.append("buffer_size=\(buffer) holds less than a batch of \(batch)")
    }
    if settings["tau"]?.real == 0 {
      warnings.append("tau=0 leaves the target networks as they began")
    }
    return warnings
  }

  /// Of algorithms that collect rollouts, in a training of so many steps.
  static func rolloutWarnings(_ settings: Settings, steps: Int) -> [String] {
    let rollout = settings.integer("n_steps") * settings.integer("n_envs")
    return networkWarnings(settings)
      + (rollout > steps
        ? ["a rollout of n_steps times n_envs = \(rollout) is more than \(steps) steps"] : [])
  }

  /// Of algorithms that go through a rollout in minibatches.
  static func minibatchWarnings(_ settings: Settings) -> [String] {
    let rollout = settings.integer("n_steps") * settings.integer("n_envs")
    let batch = settings.integer("batch_size")
    if batch > rollout {
      return ["batch_size=\(batch) is more than a rollout of \(rollout) steps"]
    }
    let rest = rollout % batch
    return rest == 0
      ? []
      : [
        "batch_size=\(batch) does not divide a rollout of \(rollout) steps: each last minibatch "
          + "has only \(rest)"
      ]
  }
}

import Schema

extension AlgorithmKind {
  static let ppo = AlgorithmKind(
    declaration: Declaration(
      name: "ppo",
      summary: "Proximal policy optimisation: several epochs over each rollout, moves clipped.",
      parameters: networkParameters(activation: "tanh") + Parameter.image
        + Parameter.optimizer() + [
          .learningRate(3e-4), Schedule.parameter(for: "learning_rate"),
          .environments(1), .rolloutSteps(2048),
          Parameter(
            "batch_size", .integer(1...65_536), default: .setting(64),
            "Steps in a gradient step.", search: .choice([32, 64, 128, 256])),
          Parameter(
            "n_epochs", .integer(1...1000), default: .setting(10),
            "Passes over each rollout.", search: .choice([4, 10, 20])),
          .gamma(), .advantageDecay(0.95),
          Parameter(
            "clip_range", Scheduled.domain, default: .setting(0.2),
            "How far an action's probability may move from the one that acted, as a share of it.",
            search: .choice([0.1, 0.2, 0.3])),
          Schedule.parameter(for: "clip_range"),
          Parameter(
            "clip_range_vf", .either([.positiveReal, .words([Word("none", "No limit.")])]),
            default: .setting("none"), "How far a value may move from the one that acted."),
          Parameter(
            "normalize_advantage", .boolean, default: .setting(true),
            "Bring the advantages of a minibatch to mean 0 and deviation 1."),
          .entropyCoefficient(0), .valueCoefficient(0.5), .maximumGradientNorm(0.5),
          Parameter(
            "target_kl", .either([.positiveReal, .words([Word("none", "No limit.")])]),
            default: .setting("none"),
            "Ends the epochs early when the policy has moved 1.5 times as far, in nats."),
          .normalize, .orthogonalInitialization, .initialLogDeviation,
        ] + Parameter.stateDependentNoise,
      examples: [
        Example("a = agent ppo"),
        Example("a = agent ppo n_envs=8 n_steps=32 batch_size=256 clip_range_schedule=linear"),
      ],
      details: """
        Collects n_steps in each of n_envs copies of the environment, estimates advantages (GAE), \
        and goes down -min(r A, clip(r) A) + vf_coef (V - R)^2 - ent_coef H in shuffled \
        minibatches. Two separate networks act and value. Continuous actions are normally \
        distributed with a deviation that does not depend on the state, unless use_sde says so. \
        Settings have \
        Stable-Baselines3's names and defaults.
        """,
      source: "Schulman et al. 2017, arXiv 1707.06347; Stable-Baselines3"),
    make: { (settings, observations, actions, stream) throws(CoreError) in
      try PPO(settings, observationSpace: observations, actionSpace: actions, weights: stream)
    },
    warnings: { settings, steps in
      rolloutWarnings(settings, steps: steps) + minibatchWarnings(settings)
    })
}

/// Parameters of algorithms that learn a policy.
extension Parameter {
  static func environments(_ count: Int) -> Parameter {
    Parameter(
      "n_envs", .integer(1...4096), default: .setting(.integer(count)),
      "Copies of the environment trained in by turns; steps count those of all.")
  }

  static func rolloutSteps(_ count: Int) -> Parameter {
    Parameter(
      "n_steps", .integer(1...1_000_000), default: .setting(.integer(count)),
      "Steps of each copy between two rounds of learning.",
      search: .choice([8, 32, 128, 512, 2048]))
  }

  static func advantageDecay(_ value: Double) -> Parameter {
    Parameter(
      "gae_lambda", .real(0...1), default: .setting(.real(value)),
      "Share of each further step in the advantage: 0 trusts the values, 1 the rewards.",
      search: .choice([0.8, 0.9, 0.95, 0.98, 1.0]))
  }

  static func entropyCoefficient(_ value: Double) -> Parameter {
    Parameter(
      "ent_coef", .real(from: 0), default: .setting(.real(value)),
      "Weight of the policy's entropy in the loss.", search: .choice([0.0, 1e-3, 1e-2]))
  }

  static func valueCoefficient(_ value: Double) -> Parameter {
    Parameter(
      "vf_coef", .real(from: 0), default: .setting(.real(value)),
      "Weight of the values' error in the loss.")
  }

  static func maximumGradientNorm(_ value: Double) -> Parameter {
    Parameter(
      "max_grad_norm", .positiveReal, default: .setting(.real(value)),
      "Longer gradients are scaled to this length.")
  }

  static let normalize = Parameter(
    "normalize", .boolean, default: .setting(false),
    "Bring observations and rewards to unit scale by running statistics, frozen in evaluation.")

  static let orthogonalInitialization = Parameter(
    "ortho_init", .boolean, default: .setting(true),
    "Start with orthogonal weights, small ones for the actions.")

  static let initialLogDeviation = Parameter(
    "log_std_init", .real(-20...5), default: .setting(0.0),
    "Logarithm of the deviation that continuous actions start with.")
}

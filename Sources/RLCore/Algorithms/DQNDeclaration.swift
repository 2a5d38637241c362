import Schema

extension DQN {
  /// The settings as training reads them.
  struct Hyperparameters: Sendable {
    let batchSize: Int
    let learningRate: Scheduled
    let learningStarts: Int
    let gamma: Float
    let trainFrequency: Int
    /// Already as many as steps, where -1 was given.
    let gradientSteps: Int
    let targetUpdateInterval: Int
    let explorationFraction: Double
    let initialEpsilon: Double
    let finalEpsilon: Double
    let totalSteps: Int
    let isDouble: Bool
    let isDueling: Bool
    /// How much of prioritised replay's bias is taken back at the start.
    let initialBeta: Double

    init(_ settings: Settings) {
      batchSize = settings.integer("batch_size")
      learningRate = Scheduled(settings, "learning_rate")
      learningStarts = settings.integer("learning_starts")
      gamma = Float(settings.real("gamma"))
      trainFrequency = settings.integer("train_freq")
      let given = settings.integer("gradient_steps")
      gradientSteps = given < 0 ? trainFrequency : given
      targetUpdateInterval = settings.integer("target_update_interval")
      explorationFraction = settings.real("exploration_fraction")
      initialEpsilon = settings.real("exploration_initial_eps")
      finalEpsilon = settings.real("exploration_final_eps")
      totalSteps = settings.integer("total_steps")
      isDouble = settings.boolean("double")
      isDueling = settings.boolean("dueling")
      initialBeta = settings.real("prioritized_replay_beta0")
    }
  }
}

extension AlgorithmKind {
  static let dqn = AlgorithmKind(
    declaration: Declaration(
      name: "dqn",
      summary: "Deep Q-learning with replay and a target network.",
      parameters: networkParameters() + Parameter.image + Parameter.optimizer() + [
        .learningRate(1e-4), Schedule.parameter(for: "learning_rate"),
        Parameter(
          "batch_size", .integer(1...65_536), default: .setting(32),
          "Transitions in a gradient step.", search: .choice([16, 32, 64, 128, 256])),
        Parameter(
          "buffer_size", .integer(1...100_000_000), default: .setting(1_000_000),
          "Transitions kept for replay.", search: .choice([10_000, 50_000, 100_000])),
        Parameter(
          "learning_starts", .integer(from: 0), default: .setting(100),
          "Steps with random actions before learning begins."),
        .gamma(),
        Parameter(
          "train_freq", .integer(from: 1), default: .setting(4),
          "Steps between two rounds of learning.", search: .choice([1, 4, 8, 16, 128, 256])),
        Parameter(
          "gradient_steps", .either([.integer(from: 1), .integer(-1 ... -1)]),
          default: .setting(1), "Gradient steps in a round; -1 makes as many as steps."),
        Parameter(
          "target_update_interval", .integer(from: 1), default: .setting(10_000),
          "Steps between two copies to the target network.",
          search: .choice([1, 10, 100, 500, 1000])),
        Parameter(
          "exploration_fraction", .real(0...1), default: .setting(0.1),
          "Share of total_steps over which epsilon falls.", search: .uniform(0, 0.5)),
        Parameter(
          "exploration_initial_eps", .real(0...1), default: .setting(1.0),
          "Probability of a random action at the start."),
        Parameter(
          "exploration_final_eps", .real(0...1), default: .setting(0.05),
          "Probability of a random action in the end.", search: .uniform(0, 0.2)),
        Parameter(
          "double", .boolean, default: .setting(false),
          "Choose the next action by the online network (Double DQN)."),
        Parameter(
          "dueling", .boolean, default: .setting(false),
          "Learn the value of a state and what each action adds to it."),
        Parameter(
          "n_steps", .integer(1...1000), default: .setting(1),
          "Steps whose rewards a target sums before it trusts a value.",
          search: .choice([1, 3, 5])),
        Parameter(
          "prioritized_replay", .boolean, default: .setting(false),
          "Draw transitions more often the more they surprised."),
        Parameter(
          "prioritized_replay_alpha", .real(0...1), default: .setting(0.6),
          "How much more often: 0 draws evenly."),
        Parameter(
          "prioritized_replay_beta0", .real(0...1), default: .setting(0.4),
          "Share of the bias taken back at first; all of it at total_steps."),
      ],
      examples: [
        Example("a = agent dqn"), Example("a = agent dqn learning_rate=5e-4 layers=[64, 64]"),
      ],
      details: """
        Minimises the smooth-L1 loss between Q(s, a) and r + gamma max Q'(s', a'), where Q' is the \
        target network; only `terminated` has no future, `truncated` has one. Gradients are \
        clipped at norm 10. Defaults are Stable-Baselines3's; where there is a preset for the environment, \
        it goes before them. `double`, `dueling`, `n_steps` and `prioritized_replay` are the parts of \
        Rainbow, each off by default.
        """,
      source: "Mnih et al. 2015; Stable-Baselines3"),
    make: { (settings, observations, actions, stream) throws(CoreError) in
      try DQN(settings, observationSpace: observations, actionSpace: actions, weights: stream)
    },
    warnings: { settings, steps in
      let interval = settings.integer("target_update_interval")
      let refreshes = "refreshes the target at most ten times in \(steps) steps"
      return replayWarnings(settings, steps: steps)
        + explorationWarnings(settings)
        + (interval * 10 >= steps ? ["target_update_interval=\(interval) \(refreshes)"] : [])
    })
}

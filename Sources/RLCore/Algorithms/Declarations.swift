import Schema

/// The parameters that several algorithms have, declared once.
extension Parameter {
  static let totalSteps = Parameter(
    "total_steps", .integer(from: 1), default: .setting(100_000),
    "Steps that schedules are laid out for.")

  static let evaluationEpisodes = Parameter(
    "n_eval_episodes", .integer(0...10_000), default: .setting(10),
    "Episodes in each validation while training; 0 makes none.")

  static let seed = Parameter(
    "seed", .integer, default: .described("the environment's"),
    "Fixes every random stream of the agent.")

  static func layers(_ widths: Setting = [64, 64]) -> Parameter {
    Parameter(
      "layers", .list(of: .integer(1...4096)), default: .setting(widths),
      "Widths of the hidden layers.", search: .choice([[64, 64], [128, 128], [256, 256]]))
  }

  static func activation(_ name: Setting = "relu") -> Parameter {
    Parameter(
      "activation",
      .words([Word("relu", "max(0, x)."), Word("tanh", "The hyperbolic tangent.")]),
      default: .setting(name), "The function after each hidden layer.")
  }

  static func gamma(_ value: Double = 0.99) -> Parameter {
    Parameter(
      "gamma", .real(0...1), default: .setting(.real(value)),
      "Discount: what a reward one step later is worth.",
      search: .choice([0.9, 0.95, 0.98, 0.99, 0.995, 0.999]))
  }

  static func learningRate(_ value: Double, of optimizer: String = "the optimizer") -> Parameter {
    Parameter(
      "learning_rate", Scheduled.domain, default: .setting(.real(value)),
      "Step size of \(optimizer): a number, or a function of progress from 0 to 1.",
      search: .logUniform(1e-5, 1e-2))
  }
}

extension AlgorithmKind {
  /// What every algorithm with networks has.
  static func networkParameters(
    layers: Setting = [64, 64], activation: Setting = "relu"
  ) -> [Parameter] {
    [.totalSteps, .layers(layers), .activation(activation), .evaluationEpisodes, .seed]
  }
}

import Schema

/// The built-in environments.
public enum Environments {
  /// What its members are called.
  public static let family = Family("environment")

  /// All of them, in the order in which they are shown. A new one is a new file and a line here.
  public static let all: [EnvironmentKind] = [
    .cartPoleV1, .cartPoleV0, .mountainCar, .mountainCarContinuous, .acrobot, .pendulum,
    .frozenLake, .frozenLake8x8, .cliffWalking, .taxi, .gridWorld, .blackjack, .snake,
    .breakout, .asterix, .seaquest, .freeway, .spaceInvaders,
  ]

  /// The one of that name.
  public static func named(_ name: String) throws(CoreError) -> EnvironmentKind {
    if let kind = all.first(where: { $0.declaration.name == name }) { return kind }
    throw .unknownName(
      family: family.name, name: name,
      suggestion: nearest(to: name, among: all.map(\.declaration.name)))
  }
}

extension EnvironmentKind {
  /// `declaration` with the options that every environment has: the time limit and the wrappers.
  init(
    _ declaration: Declaration, timeLimit: Int?, stickyActionProbability: Double = 0,
    make: @escaping @Sendable (Settings) throws(CoreError) -> any Environment
  ) {
    var declaration = declaration
    declaration.parameters.append(
      Parameter(
        "max_episode_steps", .either([.integer(from: 1), .words([Word("none", "No limit.")])]),
        default: .setting(timeLimit.map(Setting.integer) ?? "none"),
        "Steps after which an episode is cut (`truncated`)."))
    declaration.parameters += Self.wrapperParameters(
      stickyActionProbability: stickyActionProbability)
    self.declaration = declaration
    self.make = { (settings) throws(CoreError) in try Self.wrapped(try make(settings), settings) }
  }
}

import Schema

/// What can go wrong in the core. The cases carry facts; `description` words them for a person.
public enum CoreError: Error, Sendable, Hashable {
  /// No member of a family (`environment`, `algorithm`, …) has that name.
  case unknownName(family: String, name: String, suggestion: String?)
  /// `owner` declares no parameter of that name.
  case unknownSetting(name: String, owner: String, suggestion: String?)
  /// A value outside the parameter's domain; `expected` says what the domain takes.
  case invalidSetting(name: String, value: Setting, expected: String)
  /// A setting that cannot be changed once the agent lives.
  case fixedSetting(name: String, reason: String)
  /// An action that is not in the environment's action space.
  case invalidAction(String, expected: String)
  /// An environment shows what is not in its observation space.
  case invalidObservation([Float], expected: String)
  /// A state that the environment cannot be in; `expected` says what it takes.
  case invalidState(expected: String)
  /// The episode is over, or none was begun.
  case needsReset(environment: String)
  /// Two things that do not go together, said in one sentence.
  case incompatible(String)
  /// Training met nan or infinity.
  case notFinite(quantity: String, update: Int)
  /// An archive lacks something or holds something else; `reason` says what.
  case damagedArchive(reason: String)
  /// A formula of the field outside its domain.
  case outsideDomain(String)
}

extension CoreError: CustomStringConvertible {
  /// One sentence without a full stop at its end.
  public var description: String {
    switch self {
    case .unknownName(let family, let name, _): "there is no \(family) `\(name)`"
    case .unknownSetting(let name, let owner, _): "`\(owner)` has no option `\(name)`"
    case .invalidSetting(let name, let value, let expected):
      "`\(name)` takes \(expected), not \(value)"
    case .fixedSetting(let name, let reason): "`\(name)` cannot be changed: \(reason)"
    case .invalidAction(let action, let expected): "the action is \(expected), not \(action)"
    case .invalidObservation(let observation, let expected):
      "the observation \(observation) is not in \(expected)"
    case .invalidState(let expected): "the state is \(expected)"
    case .needsReset(let environment): "the episode of \(environment) is over: reset it first"
    case .incompatible(let sentence): sentence
    case .notFinite(let quantity, let update):
      "the \(quantity) of update \(update) is not finite: the settings make learning diverge"
    case .damagedArchive(let reason): "the saved state is damaged: \(reason)"
    case .outsideDomain(let sentence): sentence
    }
  }

  /// The mend, where there is one.
  public var hint: String? {
    switch self {
    case .unknownName(_, _, let suggestion?), .unknownSetting(_, _, let suggestion?):
      "did you mean `\(suggestion)`?"
    case .notFinite: "try a smaller `learning_rate`"
    default: nil
    }
  }
}

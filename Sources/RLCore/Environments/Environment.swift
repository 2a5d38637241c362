import Schema

/// A task to be learned. Built-in ones are structs: a copy is a snapshot from which the future can
/// be played again.
///
/// An environment knows nothing of time limits (`EnvironmentInstance` cuts episodes), so that
/// `terminated` always means that the task itself ended. It holds no random source: the caller
/// passes one, and the same source gives the same future.
public protocol Environment: Sendable {
  var observationSpace: Space { get }
  var actionSpace: Space { get }
  /// The longest episode that is usual for the task; nil for none.
  var defaultTimeLimit: Int? { get }
  /// The mean return from which the task counts as solved.
  var rewardThreshold: Double? { get }
  /// What each discrete action does, or each number of a continuous one is, in order; empty where
  /// they have no names.
  var actionNames: [String] { get }
  /// What each number of an observation is, with its unit; empty where they have no names.
  var observationNames: [String] { get }
  /// What each plane of an observation of rows, columns and planes shows; empty for others.
  var planeNames: [String] { get }
  /// A drawing of the present state in characters, a line a row; empty where there is none.
  var picture: [String] { get }

  /// What the last step tells beside its reward, by name; empty where that is nothing. It is for
  /// people and evaluations: no agent sees it.
  var info: Settings { get }

  /// All that the future depends on but the random source, in double precision.
  var state: [Double] { get }

  /// Puts the task into a state that `state` gave.
  ///
  /// - Throws: `CoreError.invalidState`.
  mutating func restore(state: [Double]) throws

  /// What stays from one episode to the next, such as running statistics: of `state` the part that is
  /// kept of an episode that is over. Empty for most.
  var lasting: [Double] { get }

  /// Puts back what `lasting` gave.
  ///
  /// - Throws: `CoreError.invalidState`.
  mutating func restore(lasting: [Double]) throws

  /// Begins an episode at a start drawn from `random`.
  mutating func reset(using random: inout RandomSource) throws

  /// Acts once. The caller has checked that `action` is in the action space and that the episode is
  /// not over.
  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool)

  /// Whether the environment itself may cut an episode or lose one; most cannot, and are not asked.
  var endsItself: Bool { get }
  /// Whether the last step was cut by the environment itself, beside any time limit.
  var isTruncated: Bool { get }
  /// Whether the episode was lost in a step that threw: only a reset goes on.
  var isLost: Bool { get }

  /// Tells that the next step will have this action, as a rule. An environment that works elsewhere
  /// may begin with it, together with others; nothing that can be seen changes.
  mutating func foresee(_ action: Action)

  /// Writes what is observed in the present state.
  ///
  /// - Parameter observation: holds `observationSpace.size` numbers, all of them overwritten.
  func observe(into observation: inout [Float]) throws

  /// A copy that another thread may use beside this one. A struct of plain values is its own.
  func independentCopy() -> any Environment

  /// A copy for judging and looking on: statistics that move with training stand still in it, and
  /// its rewards are the task's own.
  func frozen() -> any Environment
}

extension Environment {
  /// A copy: built-in environments are values.
  public func independentCopy() -> any Environment { self }
  /// A copy: most have no statistics.
  public func frozen() -> any Environment { self }
  /// No limit.
  public var defaultTimeLimit: Int? { nil }
  /// No threshold.
  public var rewardThreshold: Double? { nil }
  /// No names.
  public var actionNames: [String] { [] }
  /// No names.
  public var observationNames: [String] { [] }
  /// No planes.
  public var planeNames: [String] { [] }
  /// Nothing.
  public var info: Settings { [:] }
  /// No drawing.
  public var picture: [String] { [] }
  /// Nothing.
  public var lasting: [Double] { [] }
  /// Nothing to put back.
  public mutating func restore(lasting: [Double]) throws {
    guard lasting.isEmpty else { throw CoreError.invalidState(expected: "none between episodes") }
  }
  /// It cannot.
  public var endsItself: Bool { false }
  /// Only the caller cuts.
  public var isTruncated: Bool { false }
  /// It is not.
  public var isLost: Bool { false }
  /// Most have nothing to begin with.
  public mutating func foresee(_ action: Action) {}
}

/// A reward that replaces the environment's own.
public protocol RewardFunction: Sendable {
  /// - Parameters:
  ///   - observation: what was seen before acting, `observationSpace.size` numbers.
  ///   - next: what was seen after.
  func reward(observation: [Float], action: Action, next: [Float]) throws -> Double

  /// A copy that another thread may use beside this one.
  func independentCopy() -> any RewardFunction
}

extension RewardFunction {
  /// A copy: most are values.
  public func independentCopy() -> any RewardFunction { self }
}

/// A nameable environment: its declaration and how it is made.
public struct EnvironmentKind: Sendable {
  /// Its name, options and documentation.
  public let declaration: Declaration
  /// Makes one from resolved settings; throws `invalidSetting` for what no domain can tell, such
  /// as a map without a start.
  let make: @Sendable (Settings) throws(CoreError) -> any Environment
}

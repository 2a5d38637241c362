import Schema

/// Decides which trials go on: trials climb rungs, at each of which they are scored, and all but
/// the promising ones stay where they are. A decision is a function of the table alone.
public protocol Pruner: Sendable {
  /// Steps at which trials are scored, ascending; the last is a whole trial.
  var rungs: [Int] { get }

  /// Whether trials change their settings on the way, and go on from each other's agents.
  var adapts: Bool { get }

  /// What the next job does.
  func next(_ table: RungTable) -> PrunerMove
}

extension Pruner {
  /// By default not.
  public var adapts: Bool { false }
}

/// What a pruner wants done next.
public enum PrunerMove: Sendable, Hashable {
  /// A new trial, up to the rung of that index.
  case start(rung: Int)
  /// The trial of that number, up to its next rung.
  case promote(trial: Int)
  /// Likewise from the same rung, but in the place of its agent with the one that `donor` had
  /// there, and with other settings from there on.
  case replace(trial: Int, donor: Int, parameters: [Setting.Entry])
  /// Nothing before more results are known.
  case wait
}

/// What a pruner may know: how far trials were sent, and the scores that the lag rule shows.
public struct RungTable: Sendable {
  /// By number.
  public internal(set) var trials: [Row]
  /// Whether new trials may be started.
  public internal(set) var canStart: Bool
  /// Whether all that was handed out is done and shown.
  public internal(set) var isSettled: Bool

  /// One trial.
  public struct Row: Sendable {
    /// Its number.
    public let trial: Int
    /// Index of the highest rung that it was sent to.
    public internal(set) var sentTo: Int
    /// By rung, ascending.
    public internal(set) var scores: [Score] = []

    /// Its score at the rung of that index, where it is known.
    public func score(at rung: Int) -> Score? { scores.first { $0.rung == rung } }
  }

  /// A trial's score at a rung.
  public struct Score: Sendable, Hashable {
    /// The rung's index.
    public let rung: Int
    /// Number of the job that came to it.
    public let job: Int
    /// The trial's settings up to there.
    public let parameters: [Setting.Entry]
    /// Less is better; infinite for a trial that failed.
    public let loss: Double
  }

  /// Those with a score at the rung, the best first, the first of equals.
  func ranked(at rung: Int) -> [Row] {
    trials.compactMap { row in row.score(at: rung).map { (row, $0.loss) } }
      .sorted { ($0.1, $0.0.trial) < ($1.1, $1.0.trial) }.map(\.0)
  }
}

/// A nameable pruner: its declaration and how it is made.
public struct PrunerKind: Sendable {
  /// Its name, options and documentation.
  public let declaration: Declaration
  private let build: @Sendable (Settings, Budget) -> any Pruner

  /// What a pruner is made for.
  struct Budget: Sendable {
    /// Of a whole trial.
    let steps: Int
    let space: TrialSpace
    /// The pruner's own stream.
    let random: RandomSource
  }

  init(_ declaration: Declaration, build: @escaping @Sendable (Settings, Budget) -> any Pruner) {
    self.declaration = declaration
    self.build = build
  }

  /// Makes one for trials of so many steps over a space.
  ///
  /// - Throws: `unknownSetting` and `invalidSetting`.
  /// - Precondition: `steps` is positive.
  public func make(
    _ settings: Settings = [:], steps: Int, over space: TrialSpace, seed: Int
  ) throws(CoreError) -> any Pruner {
    precondition(steps > 0, "a trial of \(steps) steps")
    let random = RandomSource(seed: seed).split("pruner")
    return build(
      try declaration.resolve(settings), Budget(steps: steps, space: space, random: random))
  }
}

/// The built-in pruners.
public enum Pruners {
  /// What its members are called.
  public static let family = Family("pruner")

  /// All of them, in the order in which they are shown. A new one is a new file and a line here.
  public static let all: [PrunerKind] = [.none, .median, .asha, .hyperband, .pbt]

  /// The options of all of them, each name once.
  public static var parameters: [Parameter] {
    var parameters: [Parameter] = []
    for parameter in all.flatMap(\.declaration.parameters)
    where !parameters.contains(where: { $0.name == parameter.name }) {
      parameters.append(parameter)
    }
    return parameters
  }

  /// The one of that name.
  public static func named(_ name: String) throws(CoreError) -> PrunerKind {
    if let kind = all.first(where: { $0.declaration.name == name }) { return kind }
    throw .unknownName(
      family: family.name, name: name,
      suggestion: nearest(to: name, among: all.map(\.declaration.name)))
  }
}

/// Every trial is run whole.
struct WholeTrials: Pruner {
  let rungs: [Int]

  init(steps: Int) { rungs = [steps] }

  func next(_ table: RungTable) -> PrunerMove { table.canStart ? .start(rung: 0) : .wait }
}

extension PrunerKind {
  static let none = PrunerKind(
    Declaration(name: "none", summary: "Every trial is run whole.")
  ) { _, budget in WholeTrials(steps: budget.steps) }
}

extension Parameter {
  /// By how much the share that goes on shrinks and the steps grow from rung to rung.
  static let reductionFactor = Parameter(
    "eta", .integer(2...100), default: .setting(3),
    "One in so many goes on at each rung, to so many times the steps.")

  static let rungCount = Parameter(
    "rungs", .integer(1...20), default: .setting(4),
    "At most so many rungs, the whole trial included.")
}

/// steps / eta^k, ascending to `steps`: at most `count` of them, none below one step.
func geometricRungs(steps: Int, eta: Int, count: Int) -> [Int] {
  var rungs = [steps]
  while rungs.count < count, rungs[rungs.count - 1] / eta >= 1 {
    rungs.append(rungs[rungs.count - 1] / eta)
  }
  return rungs.reversed()
}

/// `count` rungs evenly spread up to `steps`: fewer where there are fewer steps.
func evenRungs(steps: Int, count: Int) -> [Int] {
  let count = min(count, steps)
  return (1...count).map { Int((Double(steps) * Double($0) / Double(count)).rounded()) }
}

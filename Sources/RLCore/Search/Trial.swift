import Schema

/// One try of a search.
public struct Trial: Sendable, Hashable {
  /// From 0, in the order of asking.
  public let number: Int
  /// In the order of the space; where a pruner adapts them, those it was sent on with last.
  public internal(set) var parameters: [Setting.Entry]
  /// What it came to at each rung that it reached, in ascending steps.
  public var rungs: [Rung] = []
  /// A score for each seed: those of the last rung reached.
  public var values: [Double] = []
  /// How it stands.
  public var state = State.running
  /// For one that tries the settings of an earlier trial again; nil for one with settings of its
  /// own.
  public let repeats: Repeat?

  /// Which trial is tried again, to learn what its settings are worth with other seeds.
  public struct Repeat: Sendable, Hashable {
    /// Number of the trial.
    public let trial: Int
    /// How often it was tried before: from 1.
    public let count: Int

    /// The `count`-th try after the first of the trial of that number.
    public init(of trial: Int, count: Int) {
      self.trial = trial
      self.count = count
    }
  }

  /// How it stands. One that stands at a rung below the last is `pruned` unless it is taken
  /// further.
  public enum State: String, Sendable, Hashable {
    case running, complete, pruned, failed
  }

  /// Scores after so many steps.
  public struct Rung: Sendable, Hashable {
    /// How far the trial was.
    public let steps: Int
    /// A score for each seed.
    public let values: [Double]
    /// With which settings it came there, in the order of the space.
    public let parameters: [Setting.Entry]
    /// The trial whose agent it went on with from the rung before; nil where that was its own.
    public let donor: Int?
  }

  init(number: Int, parameters: [Setting.Entry], repeats: Repeat? = nil) {
    self.number = number
    self.parameters = parameters
    self.repeats = repeats
  }

  /// Whether it came to something.
  var isScored: Bool { (state == .complete || state == .pruned) && !values.isEmpty }

  /// The mean over the seeds; nil until there is one.
  public var value: Double? { values.isEmpty ? nil : mean(values) }
}

/// A piece of work of a search: take a trial from one rung to the next. Without a pruner it is the
/// whole trial.
public struct Job: Sendable, Hashable {
  /// From 0, in the order of asking.
  public let number: Int
  /// The trial it belongs to.
  public let trial: Int
  /// The trial's, in the order of the space.
  public let parameters: [Setting.Entry]
  /// Steps from where the trial stands to where it is scored next: of training, or of whatever the
  /// search's budget counts.
  public let steps: Range<Int>
  /// The trial whose agent it goes on with from there; nil for the trial's own.
  public let donor: Int?

  /// One as a record has it.
  public init(
    number: Int, trial: Int, parameters: [Setting.Entry], steps: Range<Int>, donor: Int? = nil
  ) {
    self.number = number
    self.trial = trial
    self.parameters = parameters
    self.steps = steps
    self.donor = donor
  }
}

/// What a sampler may know when it suggests: a function of the lag rule, not of who was faster.
public struct History: Sendable {
  /// By number. Those whose results may not be known yet are running, with the rungs that may.
  public let trials: [Trial]
  /// Which values are better.
  public let direction: Study.Direction

  /// How bad a value is; what is no number is worst.
  func loss(_ value: Double?) -> Double { direction.loss(value) }

  /// Trials that came to something, by number: complete or pruned.
  var scored: [Trial] { trials.filter(\.isScored) }

  /// Trials whose results are not known yet.
  var running: [Trial] { trials.filter { $0.state == .running } }

  /// Whether these parameters were tried before.
  func contains(_ parameters: [Setting.Entry]) -> Bool {
    trials.withUnsafeBufferPointer { trials in
      trials.indices.contains { trials[$0].parameters == parameters }
    }
  }

  /// The first proposal that was not tried before; after ten that were, the last: in a small space
  /// all may have been.
  func firstNew(_ propose: () -> [Setting.Entry]) -> [Setting.Entry] {
    for _ in 1..<10 {
      let proposal = propose()
      if !contains(proposal) { return proposal }
    }
    return propose()
  }
}

extension Study.Direction {
  /// How bad a value is; what is no number is worst.
  func loss(_ value: Double?) -> Double {
    guard let value, !value.isNaN else { return .infinity }
    return self == .maximize ? -value : value
  }
}

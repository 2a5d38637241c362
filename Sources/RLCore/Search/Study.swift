import Schema

/// One try of a search.
public struct Trial: Sendable, Hashable {
  /// From 0, in the order of asking.
  public let number: Int
  /// In the order of the space.
  public let parameters: [Setting.Entry]
  /// A score for each seed.
  public var values: [Double] = []
  /// How it stands.
  public var state = State.running

  /// How it stands.
  public enum State: String, Sendable, Hashable {
    case running, complete, pruned, failed
  }

  /// The mean over the seeds; nil until there is one.
  public var value: Double? { values.isEmpty ? nil : mean(values) }
}

/// A search: what was asked and what came of it. The trials themselves are run outside, in any
/// order and on any threads.
public struct Study: Sendable {
  /// Which values are better.
  public enum Direction: String, Sendable, Hashable, CaseIterable {
    case maximize, minimize
  }

  /// What is searched.
  public let space: TrialSpace
  /// Which values are better.
  public let direction: Direction
  /// By number.
  public private(set) var trials: [Trial] = []
  private let sampler: any Sampler
  /// Trials there can be; nil for as many as the sampler has.
  private let limit: Int?

  /// - Parameter limit: how many trials to hand out; nil for as many as the sampler has.
  public init(
    over space: TrialSpace, sampler: any Sampler, direction: Direction = .maximize,
    limit: Int? = nil
  ) {
    self.space = space
    self.sampler = sampler
    self.direction = direction
    self.limit = limit
  }

  /// The next trial to run; nil when there is none left.
  public mutating func ask() -> Trial? {
    let number = trials.count
    guard number < limit ?? .max else { return nil }
    let told = trials.filter { $0.state != .running }
    guard let parameters = sampler.suggest(number: number, told: told) else { return nil }
    let trial = Trial(number: number, parameters: parameters)
    trials.append(trial)
    return trial
  }

  /// Takes in what a trial came to.
  ///
  /// - Precondition: the trial was asked for, and not told yet; a complete one has values.
  public mutating func tell(_ number: Int, values: [Double], state: Trial.State = .complete) {
    precondition(trials.indices.contains(number), "trial \(number) was never asked for")
    precondition(trials[number].state == .running, "trial \(number) was told before")
    precondition(
      state != .complete || !values.isEmpty, "trial \(number) is complete, but no values")
    trials[number].values = values
    trials[number].state = state
  }

  /// Puts back a trial from a record, to go on where a search was left.
  ///
  /// - Precondition: trials come in the order of their numbers.
  public mutating func restore(_ trial: Trial) {
    precondition(trial.number == trials.count, "trial \(trial.number) after \(trials.count) others")
    trials.append(trial)
  }

  /// The complete trial with the best value, the first of equals; nan is never best.
  public var best: Trial? {
    trials.filter { $0.state == .complete && $0.value?.isNaN == false }.reduce(nil) { best, trial in
      guard let bestValue = best?.value, let value = trial.value else { return trial }
      let isBetter = direction == .maximize ? value > bestValue : value < bestValue
      return isBetter ? trial : best
    }
  }
}

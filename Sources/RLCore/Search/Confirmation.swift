/// The end of a search over noisy values: the best trials' settings are tried again with fresh
/// seeds. The best of many noisy scores is too good to be true; the fresh ones are not chosen.
public struct Confirmation: Sendable, Hashable {
  /// How many of the best settings are tried again.
  public let candidates: Int
  /// How often each.
  public let repetitions: Int

  /// The best `candidates` settings, each `repetitions` times.
  ///
  /// - Precondition: both are positive.
  public init(candidates: Int, repetitions: Int) {
    precondition(candidates > 0 && repetitions > 0, "\(candidates) x \(repetitions) repeats")
    self.candidates = candidates
    self.repetitions = repetitions
  }

  /// What fits into 30 % of a budget of trials with so many seeds each: every candidate gets three
  /// fresh seeds at least. Nil where the budget is too small to give anything away.
  public init?(trials: Int, seeds: Int) {
    let repetitions = (3 + seeds - 1) / seeds
    let candidates = trials * 3 / 10 / repetitions
    guard candidates > 0 else { return nil }
    self.init(candidates: candidates, repetitions: repetitions)
  }

  /// Trials that it takes.
  public var trials: Int { candidates * repetitions }

  /// What is to be tried again: different settings, the best first.
  func repeats(of trials: [Trial], _ direction: Study.Direction) -> [Trial.Repeat] {
    let ranked = trials.filter { $0.state == .complete && $0.value?.isNaN == false }
      .sorted {
        (direction.loss($0.value), $0.number) < (direction.loss($1.value), $1.number)
      }
    var chosen: [Trial] = []
    for trial in ranked where chosen.count < candidates {
      if !chosen.contains(where: { $0.parameters == trial.parameters }) { chosen.append(trial) }
    }
    return chosen.flatMap { trial in
      (1...repetitions).map { Trial.Repeat(of: trial.number, count: $0) }
    }
  }
}

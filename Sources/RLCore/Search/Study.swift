import Schema

/// A search: what was asked and what came of it. The work itself is done outside, in any order and
/// on any threads.
///
/// Work is handed out as jobs, and job k is decided by the results of the jobs numbered up to k -
/// `lag` alone; the others count as running, also where they are done already. So the same jobs,
/// trials and winner come of 1 to `lag` workers, however fast each is. Where a pruner can decide
/// nothing so, it is decided by all jobs before it.
public struct Study: Sendable {
  /// Which values are better.
  public enum Direction: String, Sendable, Hashable, CaseIterable {
    case maximize, minimize
  }

  /// What `ask` answers.
  public enum Turn: Sendable, Hashable {
    /// Do this, and tell what came of it.
    case job(Job)
    /// Ask again when another job has been told.
    case wait
    /// There is nothing left to do.
    case over
  }

  /// What is searched.
  public let space: TrialSpace
  /// Which values are better.
  public let direction: Direction
  /// By number.
  public private(set) var trials: [Trial] = []
  /// By number.
  public private(set) var jobs: [Job] = []
  /// By job; nil for one not told yet.
  private var outcomes: [Outcome?] = []
  /// How many jobs are told before the first that is not.
  private var toldInOrder = 0
  private var toldCount = 0
  private let sampler: any Sampler
  private let pruner: any Pruner
  /// How far results lag behind; nil for none: then a job sees all that happens to be told.
  private let lag: Int?
  /// Trials with settings of their own there can be; nil for as many as the sampler has.
  public private(set) var limit: Int?
  private let confirmation: Confirmation?
  /// The repeats still to be handed out, the next last; nil before the search proper is over.
  private var repeatsLeft: [Trial.Repeat]?

  private struct Outcome {
    var values: [Double]
    var state: Trial.State
  }

  /// - Parameters:
  ///   - pruner: nil for trials that are run whole, of one step each.
  ///   - lag: as many workers as may be busy at once with results that stay the same; nil for any
  ///     number, each job seeing whatever is told by then.
  ///   - limit: how many trials to hand out, repeats included; nil for as many as the sampler has.
  ///   - confirmation: how the best are tried again at the end; nil for not at all.
  public init(
    over space: TrialSpace, sampler: any Sampler, pruner: (any Pruner)? = nil,
    direction: Direction = .maximize, lag: Int? = 4, limit: Int? = nil,
    confirmation: Confirmation? = nil
  ) {
    precondition(lag ?? 1 >= 1, "a lag of \(lag ?? 1): a job cannot see its own result")
    self.space = space
    self.sampler = sampler
    self.pruner = pruner ?? WholeTrials(steps: 1)
    self.direction = direction
    self.lag = lag
    self.limit = limit.map { max(0, $0 - (confirmation?.trials ?? 0)) }
    self.confirmation = confirmation
  }

  /// The next job, or why there is none.
  public mutating func ask() -> Turn {
    if repeatsLeft == nil {
      let turn = askForNew()
      guard turn == .over, let confirmation else { return turn }
      guard toldCount == jobs.count else { return .wait }
      repeatsLeft = confirmation.repeats(of: trials, direction).reversed()
    }
    return repeatsLeft?.popLast().map { .job(again($0)) } ?? .over
  }

  /// The next job with settings of its own.
  private mutating func askForNew() -> Turn {
    let prunes = pruner.rungs.count > 1
    if !prunes, !canStart { return .over }
    var seen = 0
    // What neither learns nor prunes goes on whatever came out.
    if sampler.learns || prunes {
      seen = lag.map { max(0, jobs.count + 1 - $0) } ?? jobs.count
      if lag != nil, seen > toldInOrder { return .wait }
    }
    if let turn = decide(seeing: seen) { return turn }
    guard prunes else { return .over }
    return toldCount < jobs.count ? .wait : decide(seeing: jobs.count) ?? .over
  }

  /// Takes in what a job came to.
  ///
  /// - Parameters:
  ///   - number: the job's, which without a pruner is the trial's.
  ///   - state: `complete` where the job reached its steps, also on a rung below the last.
  /// - Precondition: the job was asked for, and not told yet; a complete one has values.
  public mutating func tell(_ number: Int, values: [Double], state: Trial.State = .complete) {
    precondition(jobs.indices.contains(number), "job \(number) was never asked for")
    precondition(outcomes[number] == nil, "job \(number) was told before")
    precondition(state != .running, "job \(number) is told to be running")
    precondition(state != .complete || !values.isEmpty, "job \(number) is complete, but no values")
    let outcome = Outcome(values: values, state: state)
    outcomes[number] = outcome
    toldCount += 1
    while toldInOrder < outcomes.count, outcomes[toldInOrder] != nil { toldInOrder += 1 }
    trials[jobs[number].trial].take(outcome.values, outcome.state, jobs[number], of: pruner)
  }

  /// Steps at which trials are scored, ascending; the last is a whole trial.
  public var rungs: [Int] { pruner.rungs }

  /// Whether trials change their settings on the way, and go on from each other's agents.
  public var adapts: Bool { pruner.adapts }

  /// Whether it is known what the job of that number came to.
  public func isTold(_ number: Int) -> Bool {
    outcomes.indices.contains(number) && outcomes[number] != nil
  }

  /// Puts back a job from a record, to go on where a search was left; `tell` says what came of it.
  /// Jobs that the record lacks, and those that try a trial again, are asked for in between.
  ///
  /// - Precondition: jobs come in the order of their numbers, and `canRestore` them.
  public mutating func restore(_ job: Job) {
    precondition(canRestore(job), "job \(job.number) is none of this search")
    append(job)
  }

  /// Whether a job from a record can be the next of this search.
  public func canRestore(_ job: Job) -> Bool {
    let isNew = job.trial == trials.count
    let reached = trials.indices.contains(job.trial) ? trials[job.trial].rungs.last?.steps ?? 0 : 0
    return job.number == jobs.count && (isNew || trials.indices.contains(job.trial))
      && job.steps.lowerBound == (isNew ? 0 : reached)
      && pruner.rungs.contains(job.steps.upperBound)
  }

  /// The complete trial with the best value, the first of equals; nan is never best. Where the best
  /// were tried again it is the best of those, by what came of that alone: that a trial came out
  /// first among many is luck in part.
  public var best: Trial? { bestScored?.trial }

  /// What the best trial is worth: the mean of its values, or of its repeats' where it was tried
  /// again.
  public var bestValue: Double? { bestScored?.value }

  private var bestScored: (trial: Trial, value: Double)? {
    var scores: [(trial: Trial, value: Double)] = []
    for (original, values) in fresh where !values.isEmpty {
      scores.append((trials[original], mean(values)))
    }
    if scores.isEmpty {
      scores = trials.filter { $0.state == .complete && $0.repeats == nil }.map {
        ($0, $0.value ?? .nan)
      }
    }
    return scores.filter { !$0.value.isNaN }.reduce(nil) { best, next in
      guard let best else { return next }
      return direction.loss(next.value) < direction.loss(best.value) ? next : best
    }
  }

  /// By trial that was tried again: the scores with fresh seeds; in the order of the trials.
  private var fresh: [(trial: Int, values: [Double])] {
    var values: [Int: [Double]] = [:]
    for trial in trials where trial.state == .complete {
      if let original = trial.repeats?.trial { values[original, default: []] += trial.values }
    }
    return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The scores that a trial's settings had with fresh seeds; empty where it was not tried again.
  public func freshValues(of trial: Int) -> [Double] {
    fresh.first { $0.trial == trial }?.values ?? []
  }

  private var canStart: Bool { trials.count < limit ?? .max }

  /// The pruner's next job, judged by the first `seen` ones; nil when that is not enough.
  private mutating func decide(seeing seen: Int) -> Turn? {
    while true {
      switch pruner.next(table(seeing: seen)) {
      case .wait: return nil
      case .promote(let trial): return .job(promote(trial))
      case .replace(let trial, let donor, let parameters):
        return .job(replace(trial, by: donor, parameters))
      case .start(let rung):
        let number = trials.count
        if let parameters = suggestion(seeing: seen) {
          let job = Job(
            number: jobs.count, trial: number, parameters: parameters,
            steps: 0..<pruner.rungs[rung])
          append(job)
          return .job(job)
        }
        limit = number
      }
    }
  }

  /// What the sampler proposes for the next trial. The history is gone when this returns: else the
  /// trials would be copied where the next is added to them.
  @inline(never)
  private func suggestion(seeing seen: Int) -> [Setting.Entry]? {
    sampler.suggest(
      trials.count, given: History(trials: shown(seeing: seen), direction: direction))
  }

  private mutating func promote(_ number: Int) -> Job {
    let reached = trials[number].rungs.last?.steps ?? 0
    let next = pruner.rungs.first { $0 > reached }!
    let job = Job(
      number: jobs.count, trial: number, parameters: trials[number].parameters,
      steps: reached..<next)
    append(job)
    return job
  }

  /// The job that takes a trial on from where another stood at the rung it was sent to.
  private mutating func replace(
    _ number: Int, by donor: Int, _ parameters: [Setting.Entry]
  ) -> Job {
    let start = jobs.last { $0.trial == number }!.steps.upperBound
    let job = Job(
      number: jobs.count, trial: number, parameters: parameters,
      steps: start..<pruner.rungs.first { $0 > start }!, donor: donor)
    append(job)
    return job
  }

  /// The job that tries a trial again, whole.
  private mutating func again(_ repeated: Trial.Repeat) -> Job {
    let number = trials.count
    let parameters = trials[repeated.trial].parameters
    trials.append(Trial(number: number, parameters: parameters, repeats: repeated))
    let job = Job(
      number: jobs.count, trial: number, parameters: parameters, steps: 0..<pruner.rungs.last!)
    append(job)
    return job
  }

  private mutating func append(_ job: Job) {
    if job.trial == trials.count {
      trials.append(Trial(number: job.trial, parameters: job.parameters))
    }
    trials[job.trial].state = .running
    trials[job.trial].parameters = job.parameters
    jobs.append(job)
    outcomes.append(nil)
  }

  /// The trials as far as the first `seen` jobs tell.
  private func shown(seeing seen: Int) -> [Trial] {
    guard sampler.learns else { return [] }
    // Few jobs are later: only their trials may know too much.
    let later = Set(jobs[seen...].map(\.trial))
    guard !later.isEmpty else { return trials }
    var shown = trials
    for number in later {
      shown[number] = Trial(number: number, parameters: trials[number].parameters)
    }
    for (job, outcome) in zip(jobs, outcomes) where later.contains(job.trial) {
      if job.number < seen, let outcome {
        shown[job.trial].take(outcome.values, outcome.state, job, of: pruner)
      } else {
        shown[job.trial].state = .running
      }
    }
    return shown
  }

  /// How far the trials were sent, and their scores as far as the first `seen` jobs tell.
  private func table(seeing seen: Int) -> RungTable {
    let isSettled = toldCount == jobs.count && seen == jobs.count
    // Nothing is compared where there is one rung only.
    guard pruner.rungs.count > 1 else {
      return RungTable(trials: [], canStart: canStart, isSettled: isSettled)
    }
    var rows: [RungTable.Row] = []
    for (job, outcome) in zip(jobs, outcomes) {
      let rung = pruner.rungs.firstIndex(of: job.steps.upperBound)!
      if job.trial == rows.count { rows.append(.init(trial: job.trial, sentTo: rung)) }
      rows[job.trial].sentTo = rung
      guard job.number < seen, let outcome else { continue }
      let loss =
        outcome.state == .complete ? direction.loss(mean(outcome.values)) : Double.infinity
      rows[job.trial].scores.append(
        .init(rung: rung, job: job.number, parameters: job.parameters, loss: loss))
    }
    return RungTable(trials: rows, canStart: canStart, isSettled: isSettled)
  }
}

extension Trial {
  /// Takes in what a job of it came to.
  fileprivate mutating func take(
    _ values: [Double], _ state: State, _ job: Job, of pruner: any Pruner
  ) {
    if !values.isEmpty {
      rungs.append(
        Rung(
          steps: job.steps.upperBound, values: values, parameters: job.parameters,
          donor: job.donor))
      self.values = values
    }
    let isWhole = job.steps.upperBound == pruner.rungs.last
    self.state = state == .complete && !isWhole ? .pruned : state
  }
}

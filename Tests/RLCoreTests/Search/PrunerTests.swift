import Schema
import Testing

@testable import RLCore

@Suite struct PrunerTests {
  /// A table of trials: the rung each was sent to, and its losses from the first rung on.
  private func table(
    _ rows: [(sentTo: Int, losses: [Double])], canStart: Bool = true, isSettled: Bool = true
  ) -> RungTable {
    var job = 0
    return RungTable(
      trials: rows.enumerated().map { number, row in
        RungTable.Row(
          trial: number, sentTo: row.sentTo,
          scores: row.losses.enumerated().map { rung, loss in
            job += 1
            return RungTable.Score(rung: rung, job: job, parameters: [], loss: loss)
          })
      }, canStart: canStart, isSettled: isSettled)
  }

  @Test func `successive halving sends up the top third, from the top rung down`() {
    let asha = ASHAPruner(rungs: [1, 3, 9], eta: 3)
    #expect(asha.next(table([])) == .start(rung: 0))
    #expect(asha.next(table([(0, [5]), (0, [4])])) == .start(rung: 0))
    #expect(asha.next(table([(0, [5]), (0, [4]), (0, [6])])) == .promote(trial: 1))
    // The one that may go is gone already.
    #expect(asha.next(table([(0, [5]), (1, [4]), (0, [6])])) == .start(rung: 0))
    let upper: [(Int, [Double])] = [
      (1, [1, 7]), (1, [2, 5]), (1, [3, 6]), (0, [4]), (0, [5]), (0, [6]), (0, [7]), (0, [8]),
      (0, [9]), (0, [0]),
    ]
    #expect(asha.next(table(upper)) == .promote(trial: 1))
    // Failures never climb.
    #expect(
      asha.next(table([(0, [.infinity]), (0, [.infinity]), (0, [.infinity])])) == .start(rung: 0))
  }

  @Test func `a search too small for its rungs still completes its best trial`() {
    let asha = ASHAPruner(rungs: [1, 3, 9], eta: 3)
    let rows: [(Int, [Double])] = [(0, [5]), (0, [4])]
    #expect(asha.next(table(rows, canStart: false)) == .promote(trial: 1))
    #expect(asha.next(table(rows, canStart: false, isSettled: false)) == .wait)
    #expect(asha.next(table([(0, [5]), (2, [4, 4, 4])], canStart: false)) == .wait)
  }

  @Test func `brackets have the sizes of the paper`() {
    // R = 81, eta = 3: 81, 34, 15, 8 and 5 settings that start at 1, 3, 9, 27 and 81.
    let hyperband = HyperbandPruner(rungs: [1, 3, 9, 27, 81], eta: 3)
    #expect((0..<5).map(hyperband.settings) == [81, 34, 15, 8, 5])
    #expect(geometricRungs(steps: 81, eta: 3, count: 9) == [1, 3, 9, 27, 81])
    #expect(geometricRungs(steps: 20_000, eta: 3, count: 3) == [2222, 6666, 20_000])
  }

  @Test func `a bracket climbs when its whole rung is scored`() {
    // Two rungs: 3 settings at the lower, of which one goes up; then 2 whole ones.
    let hyperband = HyperbandPruner(rungs: [1, 3], eta: 3)
    #expect(hyperband.settings(startingAt: 0) == 3 && hyperband.settings(startingAt: 1) == 2)
    #expect(hyperband.next(table([(0, [5]), (0, [4])])) == .start(rung: 0))
    #expect(hyperband.next(table([(0, [5]), (0, [4]), (0, [])])) == .wait)
    #expect(hyperband.next(table([(0, [5]), (0, [4]), (0, [6])])) == .promote(trial: 1))
    #expect(hyperband.next(table([(0, [5]), (1, [4]), (0, [6])])) == .start(rung: 1))
    #expect(hyperband.next(table([(0, [5]), (1, [4])], canStart: false)) == .wait)
  }

  @Test func `a trial below the median of the complete ones at its rung stops`() {
    let median = MedianPruner(rungs: [1, 2], warmupTrials: 2)
    #expect(median.next(table([(0, [5])])) == .promote(trial: 0))
    let complete: [(Int, [Double])] = [(1, [5, 1]), (1, [3, 1]), (1, [7, 1])]
    #expect(median.next(table(complete + [(0, [5])])) == .promote(trial: 3))
    #expect(median.next(table(complete + [(0, [5.1])])) == .start(rung: 0))
    #expect(median.next(table(complete + [(0, [.infinity])])) == .start(rung: 0))
    // The best so far counts, not the last: here at the middle rung of three.
    let longer = MedianPruner(rungs: [1, 2, 3], warmupTrials: 2)
    let whole: [(Int, [Double])] = [(2, [9, 5, 1]), (2, [9, 3, 1])]
    #expect(longer.next(table(whole + [(1, [2, 8])])) == .promote(trial: 2))
    #expect(longer.next(table(whole + [(1, [6, 8])])) == .start(rung: 0))
  }

  private static let space = TrialSpace([.init("x", .real(0, 1))])

  private static func study(_ pruner: String, sampler: String, limit: Int) throws -> Study {
    Study(
      over: space, sampler: try Samplers.named(sampler).make(over: space, seed: 2),
      pruner: try Pruners.named(pruner).make(steps: 100, over: space, seed: 2),
      direction: .minimize, limit: limit)
  }

  /// Comes close to its end as steps go by.
  private static func tell(_ study: inout Study, _ job: Job) {
    if job.trial % 9 == 4 { return study.tell(job.number, values: [], state: .failed) }
    let x = job.parameters[0].value.real!
    study.tell(job.number, values: [(x - 0.3) * (x - 0.3) + 1 / Double(job.steps.upperBound)])
  }

  @Test(arguments: Pruners.all.map(\.declaration.name), ["random", "tpe"])
  func `jobs climb rung by rung to the end, and any number of workers gives the same`(
    pruner: String, sampler: String
  ) throws {
    var alone = try Self.study(pruner, sampler: sampler, limit: 30)
    while case .job(let job) = alone.ask() { Self.tell(&alone, job) }
    #expect(alone.trials.count == 30)
    #expect(alone.ask() == .over)
    for trial in alone.trials {
      let jobs = alone.jobs.filter { $0.trial == trial.number }
      #expect(jobs[0].steps.lowerBound == 0)
      for (one, next) in zip(jobs, jobs.dropFirst()) {
        #expect(one.steps.upperBound == next.steps.lowerBound)
      }
      if trial.state == .complete { #expect(jobs.last?.steps.upperBound == 100) }
    }
    let best = try #require(alone.best)
    #expect(best.state == .complete)
    let steps = alone.jobs.reduce(0) { $0 + $1.steps.count }
    #expect(["none", "pbt"].contains(pruner) ? steps == 3000 : steps < 2400)

    for (workers, seed) in [(2, 1), (4, 2), (4, 3)] {
      var study = try Self.study(pruner, sampler: sampler, limit: 30)
      var random = RandomSource(seed: UInt64(seed))
      var busy: [Job] = []
      while true {
        while busy.count < workers, case .job(let job) = study.ask() { busy.append(job) }
        if busy.isEmpty { break }
        Self.tell(&study, busy.remove(at: random.integer(below: busy.count)))
      }
      #expect(study.jobs == alone.jobs)
      #expect(study.trials == alone.trials)
      #expect(study.best == alone.best)
    }
  }

  @Test func `a job sees the results of those numbered up to its own less the lag, no others`()
    throws
  {
    /// Writes down what it is shown.
    struct Witness: Sampler {
      let learns = true
      func suggest(_ number: Int, given history: History) -> [Setting.Entry]? {
        [.init("seen", .list(history.scored.map { .integer($0.number) }))]
      }
    }
    var study = Study(over: Self.space, sampler: Witness(), lag: 3, limit: 6)
    for _ in 0..<3 {
      guard case .job(let job) = study.ask() else { return #expect(Bool(false)) }
      #expect(job.parameters[0].value == [])
    }
    #expect(study.ask() == .wait)
    study.tell(1, values: [1])
    study.tell(2, values: [1])
    #expect(study.ask() == .wait)
    study.tell(0, values: [1])
    for seen in [[0], [0, 1], [0, 1, 2]] as [Setting] {
      guard case .job(let job) = study.ask() else { return #expect(Bool(false)) }
      #expect(job.parameters[0].value == seen)
    }
    #expect(study.ask() == .over)
  }
}

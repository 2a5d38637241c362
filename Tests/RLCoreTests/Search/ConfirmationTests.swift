import Schema
import Testing

@testable import RLCore

private typealias Confirmation = RLCore.Confirmation

@Suite struct ConfirmationTests {
  private func study(limit: Int, _ confirmation: Confirmation?) throws -> Study {
    let space = TrialSpace([.init("x", .real(0, 1))])
    return Study(
      over: space, sampler: try Samplers.named("random").make(over: space, seed: 2),
      direction: .minimize, limit: limit, confirmation: confirmation)
  }

  @Test func `the best are tried again at the end, in place of as many new ones`() throws {
    var study = try study(limit: 10, Confirmation(candidates: 2, repetitions: 2))
    while case .job(let job) = study.ask() {
      // The one that looks best by luck is worth less than the second.
      let values = [0: 3.0, 1: 1, 2: 2, 3: 9, 4: 9, 5: 9]
      let fresh = [1: 8.0, 2: 3]
      let trial = study.trials[job.trial]
      study.tell(
        job.number, values: [trial.repeats.map { fresh[$0.trial]! } ?? values[job.trial]!])
    }
    #expect(
      study.trials.suffix(4).map(\.repeats) == [
        .init(of: 1, count: 1), .init(of: 1, count: 2), .init(of: 2, count: 1),
        .init(of: 2, count: 2),
      ])
    #expect(study.trials.count == 10)
    #expect(study.trials[6].parameters == study.trials[1].parameters)
    #expect(study.best?.number == 2)
    #expect(study.bestValue == 3)
    #expect(study.freshValues(of: 1) == [8, 8])
  }

  @Test func `nothing is tried again before all is told`() throws {
    var study = try study(limit: 5, Confirmation(candidates: 1, repetitions: 1))
    var jobs: [Job] = []
    while case .job(let job) = study.ask() { jobs.append(job) }
    #expect(jobs.count == 4)
    for job in jobs.dropLast() { study.tell(job.number, values: [1]) }
    #expect(study.ask() == .wait)
    study.tell(3, values: [1])
    guard case .job(let job) = study.ask() else {
      Issue.record("nothing is tried again")
      return
    }
    #expect(study.trials[job.trial].repeats == .init(of: 0, count: 1))
    #expect(study.ask() == .over)
  }

  @Test func `a budget gives at most 30 percent to three fresh seeds a candidate`() {
    #expect(Confirmation(trials: 9, seeds: 1) == nil)
    #expect(Confirmation(trials: 10, seeds: 1) == Confirmation(candidates: 1, repetitions: 3))
    #expect(Confirmation(trials: 100, seeds: 1) == Confirmation(candidates: 10, repetitions: 3))
    #expect(Confirmation(trials: 20, seeds: 3) == Confirmation(candidates: 6, repetitions: 1))
  }
}

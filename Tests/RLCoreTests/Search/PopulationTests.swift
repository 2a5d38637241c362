import Schema
import Testing

@testable import RLCore

@Suite struct PopulationTests {
  private static let space = TrialSpace([
    .init("rate", .real(1e-5, 1e-1, isLogarithmic: true)),
    .init("n", .integer(1, 9)),
    .init("q", .quantized(0, 1, step: 0.25)),
    .init("size", .choice([.integer(32), .integer(64), .integer(128)])),
    .init("kind", .branch([.init("bent", TrialSpace([.init("bend", .real(0.5, 1))]))])),
  ])

  private static func study(trials: Int = 8) throws -> Study {
    let sampler = try Samplers.named("random").make(over: space, seed: 3)
    let pruner = try Pruners.named("pbt").make(
      ["rungs": 5], steps: 100, over: space, seed: 3)
    return Study(over: space, sampler: sampler, pruner: pruner, limit: trials)
  }

  /// Runs a study with jobs that end as `order` picks among the open ones. A trial's score is its
  /// rate's, so that copying pays.
  private static func finish(
    _ study: inout Study, open most: Int, failing: Set<Int> = [], order: (Int) -> Int
  ) {
    var open: [Job] = []
    while true {
      while open.count < most, case .job(let job) = study.ask() { open.append(job) }
      if open.isEmpty { return }
      let job = open.remove(at: order(open.count))
      if failing.contains(job.trial), job.steps.lowerBound == 0 {
        study.tell(job.number, values: [], state: .failed)
      } else {
        study.tell(
          job.number, values: [job.parameters[0].value.real! * Double(job.steps.upperBound)])
      }
    }
  }

  @Test func `the last quarter goes on as changed copies of the first, and the rest as they are`()
    throws
  {
    var study = try Self.study()
    Self.finish(&study, open: 1) { _ in 0 }
    #expect(study.trials.count == 8)
    #expect(study.trials.allSatisfy { $0.state == .complete && $0.rungs.count == 5 })
    let copies = study.jobs.filter { $0.donor != nil }
    // Two of eight at each of the four rungs below the last, fewer where scores are still hidden.
    #expect((4...8).contains(copies.count), "\(copies.count)")
    for job in copies {
      let rung = study.rungs.firstIndex(of: job.steps.lowerBound)!
      let donor = study.trials[job.donor!].rungs[rung]
      let replaced = study.trials[job.trial].rungs[rung]
      #expect(donor.values[0] > replaced.values[0])
      #expect(job.parameters != donor.parameters)
    }
    for (number, job) in study.jobs.enumerated() where job.donor == nil && job.steps.lowerBound > 0
    {
      let before = study.jobs[..<number].last { $0.trial == job.trial }!
      #expect(job.parameters == before.parameters)
    }
  }

  @Test func `jobs do not depend on who is faster`() throws {
    var expected = try Self.study()
    Self.finish(&expected, open: 1) { _ in 0 }
    for seed in 0..<4 {
      var random = RandomSource(seed: seed)
      var study = try Self.study()
      Self.finish(&study, open: 2 + seed) { random.integer(below: $0) }
      #expect(study.jobs == expected.jobs)
      #expect(study.best == expected.best)
    }
  }

  @Test func `a trial that failed goes on with another's agent, never the other way round`() throws
  {
    var study = try Self.study()
    Self.finish(&study, open: 1, failing: [1, 4]) { _ in 0 }
    #expect(study.trials.allSatisfy { $0.state == .complete })
    let second = study.jobs.filter { $0.steps.lowerBound == 20 }
    #expect(second.filter { $0.donor != nil }.map(\.trial).contains(1))
    #expect(second.filter { $0.donor != nil }.map(\.trial).contains(4))
    #expect(second.allSatisfy { $0.donor != 1 && $0.donor != 4 })
  }

  @Test func `where all fail, the search ends`() throws {
    var study = try Self.study(trials: 5)
    Self.finish(&study, open: 2, failing: [0, 1, 2, 3, 4]) { _ in 0 }
    #expect(study.best == nil)
    #expect(study.jobs.count == 5)
  }

  @Test func `explored settings are near, and stay in the space`() {
    var random = RandomSource(seed: 1)
    let unit = UnitSpace(Self.space)
    var parameters = Self.space.draw(using: &random)
    for _ in 0..<500 {
      let next = Self.space.explored(from: parameters, resampling: 0, using: &random)
      #expect(unit.point(of: next) != nil, "\(next)")
      let ratio = next[0].value.real! / parameters[0].value.real!
      let isAtBound = [1e-5, 1e-1].contains(next[0].value.real!)
      #expect(isAtBound || abs(ratio - 1.2) < 1e-9 || abs(ratio - 0.8) < 1e-9)
      #expect((1...9).contains(next[1].value.integer!))
      #expect((0.5...1).contains(next[5].value.real!))
      parameters = next
    }
    let drawn = (0..<200).map { _ in
      Self.space.explored(from: parameters, resampling: 1, using: &random)[3].value
    }
    #expect(Set(drawn).count == 3)
  }
}

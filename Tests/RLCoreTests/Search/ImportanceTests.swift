import Schema
import Testing

@testable import RLCore

@Suite struct ImportanceTests {
  private func study(
    _ space: TrialSpace, trials: Int, _ value: (Job) -> Double
  ) throws -> Study {
    var study = Study(
      over: space, sampler: try Samplers.named("random").make(over: space, seed: 1), limit: trials)
    while case .job(let job) = study.ask() { study.tell(job.number, values: [value(job)]) }
    return study
  }

  @Test func `what decides the value has most of the importance, what does nothing little`() throws
  {
    let space = TrialSpace([
      .init("idle", .real(0, 1)), .init("strong", .real(1e-5, 1e-1, isLogarithmic: true)),
      .init("weak", .choice(["a", "b"])), .init("fixed", .choice([1])),
    ])
    let study = try study(space, trials: 150) { job in
      -abs(job.parameters[1].value.real! - 1e-3) * 100
        + (job.parameters[2].value == "a" ? 0.02 : 0)
    }
    let importances = study.importances()
    #expect(importances[0].name == "strong")
    #expect(importances[0].share > 0.6)
    #expect(importances.last?.name == "fixed")
    #expect(importances.last?.share == 0)
    #expect(abs(importances.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    for importance in importances {
      #expect(0...1 ~= importance.interval.lowerBound && importance.interval.upperBound <= 1)
    }
    #expect(importances[0].interval.lowerBound > importances[2].interval.lowerBound)
    #expect(study.importances() == importances)
  }

  @Test func `two choices give what a pencil gives`() throws {
    // Ten trials, the best of which chose a; six chose a, four b. With half an observation more for
    // each, p = (1.5, 0.5) / 2 and q = (6.5, 4.5) / 11: sum (p / q - 1)² q.
    let space = TrialSpace([.init("c", .choice(["a", "b"])), .init("d", .choice([1, 2]))])
    var study = Study(
      over: space, sampler: try Samplers.named("random").make(over: space, seed: 1))
    for number in 0..<10 {
      let parameters: [Setting.Entry] = [
        .init("c", number < 6 ? "a" : "b"), .init("d", number % 2 == 0 ? 1 : 2),
      ]
      study.restore(Job(number: number, trial: number, parameters: parameters, steps: 0..<1))
      study.tell(number, values: [Double(-number)])
    }
    func divergence(_ p: Double, _ q: Double) -> Double {
      (p - q) * (p - q) / q + (p - q) * (p - q) / (1 - q)
    }
    let (c, d) = (divergence(0.75, 6.5 / 11), divergence(0.75, 0.5))
    let importances = study.importances()
    #expect(importances.map(\.name) == ["d", "c"])
    #expect(abs(importances[0].share - d / (c + d)) < 1e-12)
  }

  @Test func `parameters of a branch are judged by the trials that have them`() throws {
    let space = TrialSpace([
      .init(
        "algo",
        .branch([
          .init("ppo", TrialSpace([.init("clip", .real(0, 1))])),
          .init("sac", TrialSpace([.init("tau", .real(0, 1))])),
        ]))
    ])
    let study = try study(space, trials: 100) { job in
      job.parameters[0].value == "ppo" ? 1 + job.parameters[1].value.real! : 0
    }
    let importances = study.importances(resamples: 20)
    #expect(Set(importances.map(\.name)) == ["algo", "algo=ppo/clip", "algo=sac/tau"])
    #expect(importances[0].name == "algo=ppo/clip")
    #expect(importances[2].share == 0)
    #expect(
      Study(over: space, sampler: try Samplers.named("random").make(over: space, seed: 1))
        .importances().isEmpty)
  }
}

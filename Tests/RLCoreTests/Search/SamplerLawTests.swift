import Schema
import Testing

@testable import RLCore

/// What holds for every sampler of the list.
@Suite struct SamplerLawTests {
  /// A bit of everything, with a branch within a branch.
  private static let mixed = TrialSpace([
    .init("rate", .real(1e-5, 1e-1, isLogarithmic: true)), .init("size", .integer(1, 40)),
    .init("width", .integer(1, 512, isLogarithmic: true)),
    .init("share", .quantized(0, 1, step: 0.1)), .init("fixed", .real(2, 2)),
    .init("shape", .choice(["flat", 3, true])),
    .init(
      "algo",
      .branch([
        .init("ppo", TrialSpace([.init("clip", .real(0.05, 0.4))])),
        .init(
          "sac",
          TrialSpace([
            .init("tau", .choice([0.005, 0.01])),
            .init(
              "noise",
              .branch([
                .init("none", TrialSpace([])),
                .init("normal", TrialSpace([.init("std", .real(0, 1))])),
              ])),
          ])),
      ])),
  ])
  private static let listed = TrialSpace([
    .init("n", .integer(0, 4)), .init("c", .choice(["a", "b", "c"])),
  ])

  /// A few kinds of slopes; some trials give no number, some fail.
  private static func tell(_ study: inout Study, _ job: Job) {
    if job.number % 11 == 7 { return study.tell(job.number, values: [], state: .failed) }
    let size = job.parameters.first { $0.key == "size" || $0.key == "n" }?.value.real ?? 0
    let rate = job.parameters.first { $0.key == "rate" }?.value.real ?? 0
    study.tell(job.number, values: [job.number % 13 == 5 ? .nan : size - 100 * rate])
  }

  private static func study(
    _ kind: SamplerKind, over space: TrialSpace, seed: Int = 4, lag: Int? = 4, limit: Int = 40
  ) throws -> Study {
    Study(over: space, sampler: try kind.make(over: space, seed: seed), lag: lag, limit: limit)
  }

  private static func finished(_ study: Study) -> Study {
    var study = study
    while case .job(let job) = study.ask() { tell(&study, job) }
    return study
  }

  /// Those that can cover ranges.
  private static let general = Samplers.all.filter { $0.declaration.name != "grid" }

  @Test(arguments: general.map(\.declaration.name))
  func `suggestions lie in the space, and parameters exist with their branch only`(
    name: String
  ) throws {
    let study = Self.finished(try Self.study(try Samplers.named(name), over: Self.mixed))
    #expect(study.trials.count == 40)
    let unit = UnitSpace(Self.mixed)
    for trial in study.trials {
      let keys = trial.parameters.map(\.key)
      var expected = ["rate", "size", "width", "share", "fixed", "shape", "algo"]
      let value = { (key: String) in trial.parameters.first { $0.key == key }?.value }
      if value("algo") == "ppo" { expected.append("clip") } else { expected += ["tau", "noise"] }
      if value("noise") == "normal" { expected.append("std") }
      #expect(keys == expected)
      #expect(1...40 ~= (value("size")?.integer ?? 0))
      #expect(1...512 ~= (value("width")?.integer ?? 0))
      #expect(1e-5...1e-1 ~= (value("rate")?.real ?? 0))
      let tenths = (value("share")?.real ?? -1) * 10
      #expect(abs(tenths - tenths.rounded()) < 1e-9 && 0...10 ~= tenths.rounded())
      // What a point says of a trial is all of it, but for the last bits of reals.
      let again = unit.parameters(at: try #require(unit.point(of: trial.parameters)))
      #expect(again.map(\.key) == keys)
      for (one, other) in zip(again, trial.parameters) {
        let distance = abs((one.value.real ?? 0) - (other.value.real ?? 0))
        #expect(one.value == other.value || distance < 1e-9)
      }
    }
  }

  @Test(arguments: Samplers.all.map(\.declaration.name))
  func `a seed fixes a search, and another seed gives another`(name: String) throws {
    let kind = try Samplers.named(name)
    let first = Self.finished(try Self.study(kind, over: Self.listed, limit: 15))
    let second = Self.finished(try Self.study(kind, over: Self.listed, limit: 15))
    let other = Self.finished(try Self.study(kind, over: Self.listed, seed: 5, limit: 15))
    #expect(first.jobs == second.jobs)
    #expect((first.jobs == other.jobs) == (name == "grid"))
  }

  @Test(arguments: Samplers.all.map(\.declaration.name))
  func `one, two and four workers of any speed give the same search`(name: String) throws {
    let kind = try Samplers.named(name)
    let space = name == "grid" ? Self.listed : Self.mixed
    let alone = Self.finished(try Self.study(kind, over: space, limit: 30))
    for (workers, seed) in [(1, 0), (2, 1), (2, 2), (4, 3), (4, 4)] {
      var study = try Self.study(kind, over: space, limit: 30)
      var random = RandomSource(seed: UInt64(seed))
      var busy: [Job] = []
      while true {
        while busy.count < workers, case .job(let job) = study.ask() { busy.append(job) }
        if busy.isEmpty { break }
        Self.tell(&study, busy.remove(at: random.integer(below: busy.count)))
      }
      #expect(study.jobs == alone.jobs)
      #expect(study.best?.number == alone.best?.number)
    }
  }

  @Test(arguments: Samplers.all.map(\.declaration.name))
  func `a search that was killed goes on as if it had not been`(name: String) throws {
    let kind = try Samplers.named(name)
    let space = name == "grid" ? Self.listed : Self.mixed
    let whole = Self.finished(try Self.study(kind, over: space, limit: 30))
    var study = try Self.study(kind, over: space, limit: 30)
    // The record lacks two jobs that were running.
    for (job, trial) in zip(whole.jobs, whole.trials).prefix(15) {
      if job.number == 12 || job.number == 14 {
        #expect(study.ask() == .job(job))
      } else {
        study.restore(job)
        study.tell(job.number, values: trial.values, state: trial.state)
      }
    }
    for number in [12, 14] where number < study.jobs.count { Self.tell(&study, study.jobs[number]) }
    #expect(Self.finished(study).jobs == whole.jobs)
  }

  @Test(arguments: general.map(\.declaration.name))
  func `a history of nothing but equal, failed or undefined values is no trouble`(
    name: String
  ) throws {
    for values in [[1.0], [.nan], [.infinity], []] {
      var study = try Self.study(try Samplers.named(name), over: Self.mixed, limit: 25)
      while case .job(let job) = study.ask() {
        study.tell(job.number, values: values, state: values.isEmpty ? .failed : .complete)
      }
      #expect(study.trials.count == 25)
    }
  }

  @Test(arguments: ["tpe", "gp"])
  func `a small space is tried whole before anything is tried again`(name: String) throws {
    let study = Self.finished(
      try Self.study(try Samplers.named(name), over: Self.listed, lag: 1, limit: 13))
    #expect(Set(study.trials.map(\.parameters)).count >= 12)
  }

  @Test(arguments: ["tpe", "gp", "cmaes"])
  func `what learns comes closer than chance`(name: String) throws {
    let space = TrialSpace([
      .init("x", .real(0, 1)), .init("y", .real(1e-4, 1, isLogarithmic: true)),
    ])
    func best(_ name: String, _ seed: Int) throws -> Double {
      let sampler = try Samplers.named(name).make(over: space, seed: seed)
      var study = Study(over: space, sampler: sampler, direction: .minimize, limit: 40)
      while case .job(let job) = study.ask() {
        let (x, y) = (job.parameters[0].value.real! - 0.7, job.parameters[1].value.real!)
        let distance = (y < 0.01 ? 0.01 / y : y / 0.01) - 1
        study.tell(job.number, values: [x * x + 0.1 * distance])
      }
      return study.best!.value!
    }
    let (learned, random) = try (
      (0..<7).map { try best(name, $0) }, (0..<7).map { try best("random", $0) }
    )
    #expect(median(learned) < 0.5 * median(random))
  }
}

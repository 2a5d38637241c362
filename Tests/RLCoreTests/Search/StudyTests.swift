import Schema
import Testing

@testable import RLCore

@Suite struct StudyTests {
  private func study(
    _ sampler: String, _ space: TrialSpace, seed: Int = 0, limit: Int? = nil,
    direction: Study.Direction = .maximize
  ) throws -> Study {
    Study(
      over: space, sampler: try Samplers.named(sampler).make(over: space, seed: seed),
      direction: direction, limit: limit)
  }

  private let space = TrialSpace([
    .init("learning_rate", .choice([1e-4, 5e-4, 1e-3])), .init("batch_size", .choice([32, 64])),
  ])

  @Test func `a grid tries every combination once, the last parameter fastest`() throws {
    var study = try study("grid", space)
    var tried: [[Setting]] = []
    while case .job(let trial) = study.ask() { tried.append(trial.parameters.map(\.value)) }
    #expect(
      tried == [
        [1e-4, 32], [1e-4, 64], [5e-4, 32], [5e-4, 64], [1e-3, 32], [1e-3, 64],
      ])
  }

  @Test func `what lies under a name exists only when it is chosen`() throws {
    let space = TrialSpace([
      .init(
        "algo",
        .branch([
          .init("a", TrialSpace([.init("x", .integer(1, 3))])),
          .init("b", TrialSpace([.init("y", .quantized(0, 1, step: 0.5))])),
        ]))
    ])
    var study = try study("grid", space)
    var tried: [String] = []
    while case .job(let trial) = study.ask() {
      tried.append(trial.parameters.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
    }
    #expect(
      tried == [
        "algo=\"a\" x=1", "algo=\"a\" x=2", "algo=\"a\" x=3", "algo=\"b\" y=0.0",
        "algo=\"b\" y=0.5", "algo=\"b\" y=1.0",
      ])
  }

  @Test func `random draws stay inside and follow their scale`() throws {
    let space = TrialSpace([
      .init("u", .real(-2, 2)), .init("l", .real(1e-5, 1e-1, isLogarithmic: true)),
      .init("i", .integer(1, 4)), .init("j", .integer(1, 1000, isLogarithmic: true)),
      .init("q", .quantized(0, 1, step: 0.25)), .init("c", .choice(["a", "b"])),
    ])
    var study = try study("random", space, limit: 2000)
    var columns: [String: [Setting]] = [:]
    while case .job(let trial) = study.ask() {
      for entry in trial.parameters { columns[entry.key, default: []].append(entry.value) }
    }
    let reals = columns.mapValues { $0.compactMap(\.real) }
    #expect(reals["u"]!.allSatisfy { (-2...2).contains($0) })
    #expect(abs(mean(reals["u"]!)) < 0.1)
    #expect(reals["l"]!.allSatisfy { (1e-5...1e-1).contains($0) })
    #expect((900...1100).contains(reals["l"]!.count { $0 < 1e-3 }))
    #expect(Set(columns["i"]!) == [1, 2, 3, 4])
    #expect(reals["j"]!.allSatisfy { (1...1000).contains($0) })
    #expect((800...1200).contains(reals["j"]!.count { $0 < 32 }))
    #expect(Set(reals["q"]!) == [0, 0.25, 0.5, 0.75, 1])
    #expect(Set(columns["c"]!) == ["a", "b"])
  }

  @Test func `a seed fixes the suggestions, whatever was told between`() throws {
    let space = TrialSpace([.init("x", .real(0, 1))])
    var first = try study("random", space, seed: 5, limit: 5)
    var second = try study("random", space, seed: 5, limit: 5)
    var other = try study("random", space, seed: 6, limit: 5)
    while case .job(let trial) = first.ask() {
      first.tell(trial.number, values: [1])
      #expect(second.ask() == .job(trial))
      #expect(other.ask() != .job(trial))
    }
    #expect(first.trials.count == 5)
  }

  @Test func `the best trial is complete, and the first of equals`() throws {
    var maximize = try study("grid", space)
    var minimize = try study("grid", space, direction: .minimize)
    for (values, state) in [
      ([1.0, 3], .complete), ([9], .failed), ([3, 3], .complete), ([.nan], .complete),
      ([3], .complete), ([], .pruned),
    ] as [([Double], Trial.State)] {
      let number = maximize.jobs.count
      _ = maximize.ask()
      _ = minimize.ask()
      maximize.tell(number, values: values, state: state)
      minimize.tell(number, values: values, state: state)
    }
    #expect(maximize.best?.number == 2)
    #expect(maximize.best?.value == 3)
    #expect(minimize.best?.number == 0)
  }

  @Test func `a study goes on where its record ends`() throws {
    var whole = try study("random", space, limit: 6)
    while case .job(let trial) = whole.ask() {
      whole.tell(trial.number, values: [Double(trial.number)])
    }
    var resumed = try study("random", space, limit: 6)
    for (job, trial) in zip(whole.jobs, whole.trials).prefix(4) {
      resumed.restore(job)
      resumed.tell(job.number, values: trial.values)
    }
    while case .job(let trial) = resumed.ask() {
      resumed.tell(trial.number, values: [Double(trial.number)])
    }
    #expect(resumed.trials == whole.trials)
  }

  @Test func `spaces that cannot be are refused`() throws {
    for distribution in [
      Distribution.choice([]), .real(2, 1), .real(0, 1, isLogarithmic: true), .integer(3, 1),
      .quantized(0, 1, step: 0), .real(.nan, 1), .branch([]),
    ] {
      #expect(throws: CoreError.self) {
        try study("random", TrialSpace([.init("x", distribution)]))
      }
    }
    #expect(throws: CoreError.self) {
      try study("grid", TrialSpace([.init("x", .real(0, 1))]))
    }
  }
}

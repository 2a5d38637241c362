import Schema
import Testing

@testable import RLCore

/// What holds for every feedback method.
@Suite struct MethodLawTests {
  @Test(arguments: FeedbackMethods.all.map(\.declaration.name))
  func `the last answer taken back was never given`(name: String) throws {
    let kind = try FeedbackMethods.named(name)
    let agent = try coached(kind)
    try agent.train(steps: 130)
    let before = agent.archive()
    for given in kind.kinds {
      try agent.receive(praise(of: 0, as: given, id: 1))
      #expect(try agent.learn() != nil)
      #expect(agent.archive() != before)
      #expect(try agent.retractionCost(1) == 0)
      guard case .learned(_, trainedSince: false)? = try agent.retract(1) else {
        Issue.record("it was learned from, and nothing was trained since")
        return
      }
      #expect(agent.archive() == before, "\(given)")
    }
    #expect(try agent.retractionCost(1) == nil)
  }

  /// One in the middle, with training after it: what else was said is data and stays.
  @Test(arguments: FeedbackMethods.all.map(\.declaration.name))
  func `an answer trained on since is taken back to the bit by training again`(name: String)
    throws
  {
    let kind = try FeedbackMethods.named(name)
    let all = try coached(kind)
    let without = try coached(kind)
    for agent in [all, without] {
      try agent.train(steps: 130)
      try agent.receive(praise(of: 0, as: kind.kinds[0], id: 1))
      _ = try agent.learn()
      try agent.train(steps: 70)
      if agent === all {
        try agent.receive(praise(of: 1, as: kind.kinds[0], id: 2, seed: 4))
        _ = try agent.learn()
      }
      try agent.set("learning_rate", to: 2e-3)
      try agent.train(steps: 90)
      try agent.receive(praise(of: 0, as: kind.kinds[0], id: 3, seed: 5))
      _ = try agent.learn()
      // Stopped in the middle of updates, as by Ctrl-C or a question after an episode.
      var trainer = Trainer(agent, steps: 64, detail: .steps)
      for _ in 0..<40 { _ = try trainer.advance() }
    }
    #expect(all.archive() != without.archive())
    #expect(try all.retractionCost(2) == all.steps - 200)
    guard case .learned(_, trainedSince: false)? = try all.retract(2, replay: true) else {
      Issue.record("it can be taken back exactly")
      return
    }
    #expect(all.archive() == without.archive())
    // And it lives on, with a past of its own.
    for agent in [all, without] { try agent.train(steps: 50) }
    #expect(all.archive() == without.archive())
    #expect(try all.retract(3, replay: true) != nil)
    #expect(try without.retract(3, replay: true) != nil)
    #expect(all.archive() == without.archive())
  }

  @Test(arguments: FeedbackMethods.all.map(\.declaration.name))
  func `an agent saved with feedback lives on exactly`(name: String) throws {
    let kind = try FeedbackMethods.named(name)
    let agent = try coached(kind)
    try agent.train(steps: 130)
    for (index, given) in kind.kinds.enumerated() {
      try agent.receive(praise(of: 0, as: given, id: index + 1))
    }
    _ = try agent.learn()
    try agent.receive(praise(of: 1, as: kind.kinds[0], id: 9))
    try agent.train(steps: 33)
    let loaded = try Agent(archive: agent.archive())
    #expect(loaded.archive() == agent.archive())
    for agent in [agent, loaded] {
      try agent.train(steps: 60)
      _ = try agent.learn()
      try agent.train(steps: 30)
    }
    #expect(loaded.archive() == agent.archive())
  }

  @Test(arguments: FeedbackMethods.all.map(\.declaration.name))
  func `an answer is taken back to the bit after loading, too`(name: String) throws {
    let kind = try FeedbackMethods.named(name)
    let agent = try coached(kind)
    try agent.train(steps: 130)
    for (id, seed) in [(1, 3), (2, 4)] {
      try agent.receive(praise(of: id - 1, as: kind.kinds[0], id: id, seed: seed))
      _ = try agent.learn()
      try agent.train(steps: 70)
    }
    try agent.set("learning_rate", to: 2e-3)
    // Stopped in the middle of updates.
    var trainer = Trainer(agent, steps: 64, detail: .steps)
    for _ in 0..<40 { _ = try trainer.advance() }
    let loaded = try Agent(archive: agent.checkpoint())
    #expect(loaded.archive() == agent.archive())
    for agent in [agent, loaded] {
      try agent.train(steps: 20)
      #expect(try agent.retract(2, replay: true) != nil)
    }
    #expect(loaded.archive() == agent.archive())
    let again = try Agent(archive: loaded.checkpoint())
    #expect(try again.retractionCost(1) == agent.steps - 130)
    for agent in [agent, again] { #expect(try agent.retract(1, replay: true) != nil) }
    #expect(again.archive() == agent.archive())
  }

  @Test func `a past with a function as reward is not saved, and exact retraction then refused`()
    throws
  {
    let agent = try coached(.tamer)
    try agent.receive(praise(of: 0, as: .rating, id: 1))
    _ = try agent.learn()
    agent.setReward(ConstantReward())
    try agent.train(steps: 20)
    let loaded = try Agent(archive: agent.checkpoint())
    #expect(throws: CoreError.self) { try loaded.retractionCost(1) }
  }

  @Test(arguments: FeedbackMethods.all.map(\.declaration.name))
  func `what a method does not go with is refused with the reason`(name: String) throws {
    let kind = try FeedbackMethods.named(name)
    for algorithm in ["dqn", "ppo"] where !kind.algorithms.contains(algorithm) {
      let agent = try Agent(
        algorithm: algorithm, environment: EnvironmentInstance(named: "CartPole-v1"))
      #expect {
        try agent.coach(method: name)
      } throws: {
        "\($0)".contains(name) && "\($0)".contains(kind.algorithms[0])
      }
    }
    let agent = try coached(kind)
    for other in FeedbackKind.allCases where !kind.kinds.contains(other) {
      try agent.receive(praise(of: 0, as: other, id: 1))
      #expect {
        try agent.learn()
      } throws: {
        "\($0)".contains(kind.kinds[0].rawValue) && "\($0)".contains(other.rawValue)
      }
      #expect(try agent.retract(1) == .unlearned)
    }
  }

  @Test func `stepping through memory is bounded and the oldest state stays in reach`() throws {
    let agent = try coached(.tamer)
    for id in 1...20 {
      try agent.train(steps: 10)
      try agent.receive(praise(of: id % 2, as: .rating, id: id, seed: id))
      _ = try agent.learn()
    }
    #expect(agent.history.snapshots.count == 8)
    #expect(try agent.retractionCost(1) == 190)
    #expect(try agent.retractionCost(20) == 0)
  }
}

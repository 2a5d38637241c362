import Schema
import Testing

@testable import RLCore

@Suite struct AskingTests {
  private func pendulum(comparisons: Int = 20) throws -> Agent {
    let agent = try Agent(
      algorithm: "ppo",
      settings: [
        "n_envs": 2, "n_steps": 128, "n_epochs": 2, "total_steps": 3000, "n_eval_episodes": 0,
      ],
      environment: EnvironmentInstance(named: "Pendulum-v1", seed: 4))
    try agent.coach(
      method: "preferences",
      settings: ["comparisons": .integer(comparisons), "sessions": 4, "epochs": 50])
    return agent
  }

  /// Trains with someone who answers each question; `swapped` says the opposite.
  private func train(_ agent: Agent, steps: Int, says: (Query) throws -> Preference) throws -> Int {
    var trainer = Trainer(agent, steps: steps, asks: true)
    var asked = 0
    while true {
      switch try trainer.advance() {
      case .asks(let query):
        asked += 1
        try agent.receive(
          .comparison(
            FragmentComparison(
              id: agent.nextFeedbackID, left: query.left, right: query.right,
              choice: says(query))))
      case .finished: return asked
      default: break
      }
    }
  }

  private func truth(_ query: Query) -> Preference {
    query.left.return > query.right.return ? .left : .right
  }

  @Test func `training asks for the comparisons declared, and learns from them`() throws {
    let agent = try pendulum()
    #expect(try train(agent, steps: 3000, says: truth) == 20)
    #expect(agent.feedback.comparisons == 20 && agent.feedback.pending.isEmpty)
    let card = try agent.judge()
    #expect(card.answers == 20 && card.heldOut == 20)
    #expect(try #require(card.correlation) > 0.5)
    #expect(card.alarms.filter { $0.contains("parted") }.isEmpty)
  }

  @Test func `of fewer answers than parts nobody spares one, and nothing is held out`() throws {
    let agent = try pendulum(comparisons: 4)
    _ = try train(agent, steps: 3000, says: truth)
    let card = try agent.judge()
    #expect(card.answers == 4 && card.heldOut == 0 && card.accuracy == nil)
    #expect(try #require(card.correlation).isFinite)
  }

  @Test func `an alarm fires where learned and true reward part`() throws {
    let agent = try pendulum()
    _ = try train(agent, steps: 3000) { truth($0).swapped }
    let card = try agent.judge()
    #expect(try #require(card.correlation) < 0)
    #expect(card.alarms.contains { $0.contains("parted") })
  }

  @Test func `questions that nobody answers shift no stream`() throws {
    let (asked, alone) = (try pendulum(), try pendulum())
    var trainer = Trainer(asked, steps: 1500, asks: true)
    var questions = 0
    loop: while true {
      switch try trainer.advance() {
      case .asks: questions += 1
      case .finished: break loop
      default: break
      }
    }
    try alone.train(steps: 1500)
    #expect(questions > 0)
    #expect(asked.archive() == alone.archive())
  }

  @Test func `a comparison asked within training is taken back as if never given`() throws {
    let agent = try pendulum(comparisons: 8)
    _ = try train(agent, steps: 2000, says: truth)
    let cost = try #require(try agent.retractionCost(2))
    #expect(cost > 0 && cost < 2000)
    let fork = agent.fork()
    for agent in [agent, fork] {
      #expect(try agent.retract(2, replay: true) != nil)
      #expect(agent.steps == 2000 && agent.feedback.comparisons == 7)
    }
    #expect(agent.archive() == fork.archive())
  }
}

@Suite struct JudgeTests {
  @Test func `ratings are judged by leaving some out`() throws {
    for isSteady in [true, false] {
      let agent = try smallAgent()
      var random = RandomSource(seed: 1)
      for id in 0..<20 {
        let value = isSteady ? (id % 2 == 0 ? 1.0 : -1) : random.bernoulli(0.5) ? 1 : -1
        try agent.receive(
          .rating(Rating(id: id, value: value, step: 3, of: pushing(id % 2, seed: id))))
      }
      _ = try agent.learn()
      let before = agent.archive()
      let card = try agent.judge()
      #expect(agent.archive() == before)
      #expect(card.heldOut == 20)
      let accuracy = try #require(card.accuracy)
      #expect(isSteady ? accuracy > 0.9 : accuracy < 0.8)
    }
  }

  @Test func `the answer that moved an action is found`() throws {
    let agent = try smallAgent()
    try agent.receive(.rating(Rating(id: 1, value: 1, step: 3, of: pushing(0))))
    try agent.receive(.rating(Rating(id: 2, value: -1, step: 3, of: pushing(1))))
    _ = try agent.learn()
    let shown = try pushing(0).fragment(3..<4)
    let first = try agent.influence(of: 1, on: shown)
    let second = try agent.influence(of: 2, on: shown)
    #expect(first.effect > 0.5)
    #expect(abs(first.effect) > abs(second.effect))
    #expect(throws: CoreError.self) { try agent.influence(of: 3, on: shown) }
  }

  @Test func `a person's health is told by repeats and sides`() {
    var steady: [GivenAnswer] = []
    var onesided: [GivenAnswer] = []
    for id in 0..<20 {
      let choice: Preference = id % 2 == 0 ? .left : .right
      steady.append(GivenAnswer(id: id, choice: choice, repeats: nil, seconds: Double(id)))
      onesided.append(GivenAnswer(id: id, choice: .left, repeats: nil, seconds: nil))
      if id % 3 == 0 {
        steady.append(
          GivenAnswer(id: 100 + id, choice: choice.swapped, repeats: id, seconds: nil))
        onesided.append(GivenAnswer(id: 100 + id, choice: .left, repeats: id, seconds: nil))
      }
    }
    let health = PersonHealth(steady)
    #expect(health.selfConsistency == 1 && health.repeats == 7 && health.warnings.isEmpty)
    #expect(health.seconds == 9.5)
    let bad = PersonHealth(onesided)
    #expect(bad.selfConsistency == 0 && bad.leftShare == 1 && bad.warnings.count == 2)
  }

  @Test func `two people who agree no more than by chance have kappa 0`() throws {
    let first: [Preference] = [.left, .left, .right, .right]
    #expect(try agreement(first, first) == 1)
    #expect(try agreement(first, [.left, .right, .left, .right]) == 0)
  }

  @Test func `a controller moves at the second wish, and within its bounds`() {
    var controller = FeedbackController(base: 1e-3)
    controller.observe(accuracy: 0.9, negativeShare: 0.8)
    #expect(controller.value == 1e-3)
    controller.observe(accuracy: 0.9, negativeShare: 0.8)
    #expect(controller.factor == 1.5)
    for _ in 0..<20 { controller.observe(accuracy: 0.9, negativeShare: 0.8) }
    #expect(controller.factor == 4)
    for _ in 0..<20 { controller.observe(accuracy: 0.5, negativeShare: 0.8) }
    #expect(controller.factor == 0.25)
    for _ in 0..<20 { controller.observe(accuracy: 0.9, negativeShare: 0.1) }
    #expect(controller.factor == 1)
    #expect(controller.log.count == 62)
  }

  @Test func `negative answers move an agent's learning rate`() throws {
    let agent = try smallAgent()
    let base = agent.settings.real("learning_rate")
    var controller = FeedbackController(base: base)
    for id in 0..<20 {
      try agent.receive(
        .rating(Rating(id: id, value: id < 15 ? -1 : 1, step: 3, of: pushing(id < 15 ? 0 : 1))))
    }
    _ = try agent.learn()
    #expect(try !agent.adjust("learning_rate", by: &controller))
    #expect(try agent.adjust("learning_rate", by: &controller))
    #expect(agent.settings.real("learning_rate") == 1.5 * base)
  }
}

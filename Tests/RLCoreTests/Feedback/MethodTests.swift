import Schema
import Testing

@testable import RLCore

/// That each method learns what the feedback says and not its opposite.
@Suite struct MethodTests {
  private func share(of action: Int, by agent: Agent, in episode: Episode) throws -> Double {
    mean(
      try episode.observations.dropLast().map {
        try agent.predict($0).action == .discrete(action) ? 1 : 0
      })
  }

  @Test(arguments: ["tamer", "deep_tamer", "action_biasing", "control_sharing", "advise"], [0, 1])
  func `rated steps decide the action`(name: String, action: Int) throws {
    let episode = try pushing(action)
    for (value, right) in [(1.0, action), (-1.0, 1 - action)] {
      let agent = try smallAgent()
      try agent.coach(method: name)
      for step in 0..<episode.length {
        try agent.receive(.rating(Rating(id: step, value: value, step: step, of: episode)))
      }
      let report = try #require(try agent.learn())
      #expect(report.lossAfter < report.lossBefore)
      #expect(try share(of: right, by: agent, in: episode) == 1)
    }
  }

  @Test(arguments: ["coach", "deep_coach"], ["ppo", "a2c"])
  func `praised actions become likelier and blamed ones less`(name: String, algorithm: String)
    throws
  {
    let episode = try pushing(1)
    for value in [1.0, -1.0] {
      let agent = try Agent(
        algorithm: algorithm, environment: EnvironmentInstance(named: "CartPole-v1", seed: 2))
      try agent.coach(method: name)
      let before = try agent.predict(episode.observations[2]).probabilities[1]
      for step in 0..<episode.length {
        try agent.receive(.rating(Rating(id: step, value: value, step: step, of: episode)))
      }
      let report = try #require(try agent.learn())
      #expect(report.lossAfter < report.lossBefore)
      let after = try agent.predict(episode.observations[2]).probabilities[1]
      #expect(value > 0 ? after > before + 0.05 : after < before - 0.05)
    }
  }

  @Test(arguments: ["bc", "dagger", "dqfd"], [0, 1])
  func `demonstrated actions are done`(name: String, action: Int) throws {
    let episode = try pushing(action)
    let agent = try smallAgent()
    try agent.coach(method: name)
    try agent.receive(.demonstration(Demonstration(id: 1, episode: episode)))
    let report = try #require(try agent.learn())
    #expect(report.lossAfter < report.lossBefore)
    #expect(try share(of: action, by: agent, in: episode) == 1)
  }

  @Test(arguments: [0, 1])
  func `corrections are followed where the agent was wrong`(action: Int) throws {
    let wrong = try pushing(1 - action)
    for algorithm in ["dqn", "ppo"] {
      let agent = try Agent(
        algorithm: algorithm, environment: EnvironmentInstance(named: "CartPole-v1", seed: 2))
      try agent.coach(method: "dagger")
      for step in 0..<wrong.length {
        try agent.receive(
          .correction(Correction(id: step, step: step, of: wrong, action: .discrete(action))))
      }
      _ = try agent.learn()
      #expect(try share(of: action, by: agent, in: wrong) == 1)
    }
  }

  @Test(arguments: [0, 1])
  func `SQIL goes back to what was demonstrated`(action: Int) throws {
    let agent = try smallAgent(["learning_rate": 2e-3, "learning_starts": 50])
    try agent.coach(method: "sqil")
    for seed in 0..<5 {
      try agent.receive(
        .demonstration(Demonstration(id: seed, episode: pushing(action, seed: seed))))
    }
    _ = try agent.learn()
    try agent.train(steps: 1500)
    #expect(try share(of: action, by: agent, in: pushing(action, seed: 9)) > 0.9)
  }

  @Test func `a potential rises towards what is called good and vanishes at the end`() throws {
    let (left, right) = (try pushing(0), try pushing(1))
    for sign in [1.0, -1.0] {
      let agent = try smallAgent()
      try agent.coach(method: "potential_shaping", settings: ["beta": 2.0])
      try agent.receive(.rating(Rating(id: 1, value: sign, episode: left)))
      try agent.receive(.rating(Rating(id: 2, value: -sign, episode: right)))
      _ = try agent.learn()
      var model = try #require(agent.feedback.model as? PotentialShaping)
      let (good, bad) = (left.observations.last!, right.observations.last!)
      #expect((model.potential(good) - model.potential(bad)) * sign > 0.5)
      var transition = Transition(
        observation: bad, action: .discrete(0), reward: 1, next: good, terminated: false,
        truncated: true)
      let gamma = agent.settings.real("gamma")
      #expect(
        model.reward(transition)
          == 1 + 2 * (gamma * model.potential(good) - model.potential(bad)))
      transition.terminated = true
      #expect(model.reward(transition) == 1 - 2 * model.potential(bad))
    }
  }

  /// What the learned reward says of pushing left rather than right.
  private func preference(_ agent: Agent) throws -> Double {
    var model = try #require(agent.feedback.model as? any RewardModelling)
    let seen = try pushing(0).observations[2]
    func reward(_ action: Int) -> Double {
      model.reward(
        Transition(
          observation: seen, action: .discrete(action), reward: 0, next: seen, terminated: false,
          truncated: false))
    }
    return reward(0) - reward(1)
  }

  @Test(arguments: [0, 1])
  func `a reward model pays what was preferred`(action: Int) throws {
    let agent = try smallAgent()
    try agent.coach(method: "preferences", settings: ["fragment": 5, "epochs": 40])
    try agent.train(steps: 200)
    for seed in 0..<12 {
      try agent.receive(praise(of: action, as: .comparison, id: seed, seed: seed))
    }
    let report = try #require(try agent.learn())
    #expect(report.lossAfter < report.lossBefore)
    #expect(try preference(agent) * (action == 0 ? 1 : -1) > 0.5)
    // What is remembered carries the learned reward from now on.
    var batch = ReplayBuffer.Batch(count: 64, observationSize: 4)
    var random = RandomSource(seed: 1)
    try #require(agent.algorithm as? DQN).replay.sample(into: &batch, using: &random)
    let paid = batch.rewards.indices.filter { batch.actions[$0] == Int32(action) }
    let unpaid = batch.rewards.indices.filter { batch.actions[$0] != Int32(action) }
    #expect(
      mean(paid.map { Double(batch.rewards[$0]) })
        > mean(unpaid.map { Double(batch.rewards[$0]) }))
  }

  @Test func `members are fitted to the same bits by any number of threads`() throws {
    func state(threads: Int) throws -> StateArchive {
      let agent = try smallAgent()
      agent.threads = threads
      try agent.coach(method: "preferences", settings: ["fragment": 5, "epochs": 20])
      for seed in 0..<12 {
        try agent.receive(praise(of: 1, as: .comparison, id: seed, seed: seed))
      }
      _ = try agent.learn()
      #expect(agent.fork().threads == threads)
      return agent.archive()
    }
    let alone = try state(threads: 1)
    #expect(try state(threads: 2) == alone)
    #expect(try state(threads: 8) == alone)
  }

  @Test(arguments: [0, 1])
  func `what an expert does is paid more than what the agent did`(action: Int) throws {
    let agent = try smallAgent()
    try agent.coach(method: "trex", settings: ["fragment": 5])
    #expect(throws: CoreError.self) {
      let untrained = try smallAgent()
      try untrained.coach(method: "trex")
      try untrained.receive(praise(of: action, as: .demonstration, id: 1))
      _ = try untrained.learn()
    }
    try agent.train(steps: 200)
    for seed in 0..<5 {
      try agent.receive(praise(of: action, as: .demonstration, id: seed, seed: seed))
    }
    _ = try agent.learn()
    #expect(try preference(agent) * (action == 0 ? 1 : -1) > 0.2)
  }

  @Test func `late answers are credited to the steps shown when their delay began`() throws {
    let credit = Credit(window: 1, delay: 0.2...0.6)
    let episode = try pushing(0)
    let times = (0...episode.length).map { Double($0) * 0.2 }
    // Given at 1.0: what was shown from 0.4 to 0.8.
    let rating = Rating(
      id: 1, value: 1, step: 4, of: episode, stamps: .init(given: 1, steps: times))
    let shares = credit.shares(rating)
    #expect(shares.map(\.step) == [2, 3])
    #expect(shares.allSatisfy { abs($0.share - 0.5) < 1e-9 })
    #expect(
      credit.shares(Rating(id: 1, value: 1, step: 4, of: episode)).map(\.step) == [4])
    #expect(
      Credit(window: 3, delay: 0...1).shares(Rating(id: 1, value: 1, step: 4, of: episode))
        .map(\.step) == [2, 3, 4])
  }
}

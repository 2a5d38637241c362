import Schema
import Testing

@testable import RLCore

@Suite struct FeedbackTests {
  /// An episode in which the cart was pushed the same way in each of a few states.
  private func episode(pushing action: Int, seed: Int = 3) throws -> Episode {
    var instance = try EnvironmentInstance(named: "CartPole-v1", seed: seed)
    try instance.reset()
    var episode = Episode(startingIn: instance)
    while !instance.needsReset {
      let step = try instance.step(.discrete(action))
      episode.append(
        .discrete(action), reward: step.reward, terminated: step.terminated,
        truncated: step.truncated, in: instance)
    }
    return episode
  }

  private func choices(_ agent: Agent, in episode: Episode) throws -> [Int?] {
    try episode.observations.dropLast().map { try agent.predict($0).action.choice }
  }

  @Test(arguments: [0, 1])
  func `TAMER learns what the feedback says and not its opposite`(action: Int) throws {
    let episode = try episode(pushing: action)
    for (value, expected) in [(1.0, action), (-1.0, 1 - action)] {
      let agent = try smallAgent()
      try agent.receive(.rating(Rating(id: 1, value: value, episode: episode)))
      let report = try #require(try agent.learn())
      #expect(report.lossAfter < 0.1 * report.lossBefore)
      #expect(try choices(agent, in: episode).allSatisfy { $0 == expected })
      #expect(report.states == episode.length)
      #expect(report.newAnswers == 1 && report.answers == 1)
    }
  }

  /// Its values are noise before the first update, however great they are beside beta.
  @Test func `an agent that was never trained acts by feedback alone`() throws {
    let episode = try episode(pushing: 1)
    let agent = try smallAgent()
    try agent.coach(method: "tamer", settings: ["beta": 1e-3])
    try agent.receive(.rating(Rating(id: 1, value: 1, episode: episode)))
    _ = try agent.learn()
    #expect(try choices(agent, in: episode).allSatisfy { $0 == 1 })
    let values = try agent.predict(episode.observations[0]).values
    #expect(values.allSatisfy { abs($0) < 2e-3 })
    try agent.train(steps: 200)
    #expect(try agent.predict(episode.observations[0]).values.contains { abs($0) > 2e-3 })
  }

  /// Else one that was never tried would seem as good as the one that was praised.
  @Test func `an action that nobody rated is neither good nor bad`() throws {
    let episode = try episode(pushing: 0)
    let agent = try smallAgent()
    try agent.receive(.rating(Rating(id: 1, value: 1, episode: episode)))
    _ = try agent.learn()
    for observation in episode.observations.dropLast() {
      let values = try agent.predict(observation).values
      #expect(values[0] > 0.5 && abs(values[1]) < 0.5 * values[0], "\(values)")
    }
  }

  @Test func `the algorithm's own weights stay untouched`() throws {
    let agent = try smallAgent()
    try agent.train(steps: 200)
    let weights = agent.algorithm.weights
    try agent.receive(.rating(Rating(id: 1, value: 1, episode: episode(pushing: 0))))
    _ = try agent.learn()
    let isUntouched = agent.algorithm.weights == weights
    #expect(isUntouched)
    #expect(agent.feedback.beta == 1)
  }

  @Test func `learning with nothing new changes nothing`() throws {
    let agent = try smallAgent()
    #expect(try agent.learn() == nil)
    try agent.receive(.rating(Rating(id: 1, value: 1, episode: episode(pushing: 0))))
    #expect(try agent.learn() != nil)
    let archive = agent.archive()
    #expect(try agent.learn() == nil)
    #expect(agent.archive() == archive)
  }

  @Test func `a rating taken back was never given`() throws {
    let agent = try smallAgent()
    try agent.train(steps: 300)
    let nothing = agent.archive()
    try agent.receive(.rating(Rating(id: 1, value: 1, episode: episode(pushing: 0))))
    #expect(agent.archive() != nothing)
    #expect(try agent.retract(1) == .unlearned)
    #expect(agent.archive() == nothing)

    try agent.receive(.rating(Rating(id: 2, value: 1, episode: episode(pushing: 0))))
    _ = try agent.learn()
    let one = agent.archive()
    try agent.receive(.rating(Rating(id: 3, value: -0.5, episode: episode(pushing: 1))))
    _ = try agent.learn()
    #expect(agent.archive() != one)
    guard case .learned(let report, false)? = try agent.retract(3) else {
      Issue.record("the rating was learned from")
      return
    }
    #expect(report.newAnswers == -1 && report.answers == 1)
    #expect(agent.archive() == one)
    _ = try agent.retract(2)
    #expect(agent.archive() == nothing)
    #expect(try agent.retract(2) == nil)
  }

  @Test func `an older rating can be taken back too, and training since is told`() throws {
    let both = try smallAgent()
    let second = try smallAgent()
    try both.receive(.rating(Rating(id: 1, value: 1, episode: episode(pushing: 0))))
    for agent in [both, second] {
      try agent.receive(.rating(Rating(id: 2, value: -1, episode: episode(pushing: 1))))
      _ = try agent.learn()
    }
    guard case .learned(_, trainedSince: false)? = try both.retract(1) else {
      Issue.record("the rating was learned from")
      return
    }
    #expect(both.archive() == second.archive())
    try both.train(steps: 20)
    guard case .learned(_, trainedSince: true)? = try both.retract(2) else {
      Issue.record("the agent was trained since")
      return
    }
  }

  @Test func `feedback survives saving and fades with training`() throws {
    let agent = try smallAgent()
    try agent.receive(.rating(Rating(id: 1, value: 1, episode: episode(pushing: 0))))
    _ = try agent.learn()
    try agent.receive(.rating(Rating(id: 2, value: -1, step: 2, of: episode(pushing: 1))))
    try agent.train(steps: 200)
    #expect(agent.feedback.beta < 1 && agent.feedback.beta > 0.9)
    let loaded = try Agent(archive: agent.archive())
    #expect(loaded.archive() == agent.archive())
    #expect(loaded.feedback.pending.count == 1)
    for agent in [agent, loaded] {
      try agent.train(steps: 100)
      _ = try agent.learn()
      #expect(agent.feedback.beta == 1)
    }
    #expect(loaded.archive() == agent.archive())
  }

  @Test func `a rated step is learned from alone`() throws {
    let episode = try episode(pushing: 1)
    let agent = try smallAgent()
    try agent.receive(.rating(Rating(id: 1, value: -1, step: 0, of: episode)))
    _ = try agent.learn()
    #expect(try agent.predict(episode.observations[0]).action == .discrete(0))
    let whole = try smallAgent()
    try whole.receive(.rating(Rating(id: 1, value: -1, episode: episode)))
    _ = try whole.learn()
    #expect(whole.archive() != agent.archive())
  }

  /// Nothing but plus and minus for single steps, from someone who pushes towards the pole's fall.
  @Test func `an untrained agent is taught to balance by ratings of its steps`() throws {
    let agent = try smallAgent(seed: 2)
    let untaught = try agent.evaluate(episodes: 10, seed: 1).mean
    var teacher = try Teachers.named("oracle").make([:], seed: 0)
    var id = 0
    for round in 0..<12 {
      var rollout = try Rollout(agent, seed: agent.seed(for: "rollout", round), epsilon: 0.2)
      while try !rollout.advance() {}
      let episode = rollout.episode
      for index in 0..<min(episode.length, 30) {
        let seen = episode.observations[index]
        let fall = seen[2] + 0.5 * seen[3] + 0.05 * seen[1]
        let step = EnvironmentInstance.Step(
          observation: episode.observations[index + 1], reward: 1, terminated: false,
          truncated: false)
        let value = try teacher.rate(
          step: step, action: episode.actions[index], reference: [-fall, fall])
        try agent.receive(.rating(Rating(id: id, value: #require(value), step: index, of: episode)))
        id += 1
      }
      _ = try agent.learn()
    }
    #expect(untaught < 100)
    #expect(try agent.evaluate(episodes: 10, seed: 1).mean > 300)
  }

  @Test func `a coach's settings are its method's`() throws {
    let agent = try smallAgent()
    try agent.receive(.rating(Rating(id: 1, value: 1, episode: episode(pushing: 0))))
    _ = try agent.learn()
    try agent.coach(method: "tamer", settings: ["beta": 3.0])
    #expect(agent.feedback.beta == 3)
    #expect(throws: CoreError.self) { try agent.coach(method: "tame") }
    #expect(throws: CoreError.self) { try agent.coach(method: "tamer", settings: ["beta": -1.0]) }
    #expect(throws: CoreError.self) {
      try Agent(algorithm: "dqn", environment: Identity.instance()).receive(
        .rating(Rating(id: 1, value: 1, episode: episode(pushing: 0))))
    }
  }
}

@Suite struct TeacherTests {
  private func episode(_ rewards: [Double]) throws -> Episode {
    var instance = try EnvironmentInstance(named: "CartPole-v1")
    try instance.reset()
    var episode = Episode(startingIn: instance)
    for reward in rewards {
      episode.append(
        .discrete(0), reward: reward, terminated: false, truncated: false, in: instance)
    }
    return episode
  }

  /// Ratings of episodes that grow longer, and so better.
  private func ratings(_ name: String, _ settings: Settings = [:], seed: Int = 1) throws -> [Double]
  {
    let instance = try EnvironmentInstance(named: "CartPole-v1")
    var teacher = try Teachers.named(name).make(settings, seed: seed)
    return try (0..<200).compactMap { index in
      try teacher.rate(
        episode(Array(repeating: 1, count: 300 + index)), in: instance)
    }
  }

  @Test func `the oracle is always right`() throws {
    #expect(try ratings("oracle") == Array(repeating: 1, count: 200))
    let instance = try EnvironmentInstance(named: "CartPole-v1")
    var teacher = try Teachers.named("oracle").make([:], seed: 0)
    let scores = try [300, 400, 200].map {
      try teacher.rate(episode(Array(repeating: 1, count: $0)), in: instance)
    }
    #expect(scores == [1, 1, -1])
  }

  @Test func `a teacher who errs says the opposite as often as declared`() throws {
    let wrong = try ratings("mistake").count { $0 < 0 }
    #expect((8...34).contains(wrong))
    #expect(try ratings("mistake", ["eps": 1.0]) == Array(repeating: -1, count: 200))
    #expect(try ratings("mistake") == ratings("mistake"))
    #expect(try ratings("mistake") != ratings("mistake", ["seed": 2]))
    let unsure = try ratings("noisy", ["beta": 0.01]).count { $0 < 0 }
    #expect(unsure > 60)
    #expect(try ratings("noisy", ["beta": 5.0]) == Array(repeating: 1, count: 200))
  }

  @Test func `small differences are none to some`() throws {
    #expect(try ratings("equal").suffix(100).allSatisfy { $0 == 0 })
  }

  @Test func `comparisons follow the true return, or its end for the short-sighted`() throws {
    var oracle = try Teachers.named("oracle").make([:], seed: 0)
    #expect(try oracle.compare([1, 1, 1], [1, 1]) == .left)
    #expect(try oracle.compare([0, 1], [2]) == .right)
    #expect(try oracle.compare([1], [1]) == .equal)
    var myopic = try Teachers.named("myopic").make(["gamma": 0.1], seed: 0)
    #expect(try myopic.compare([5, 0, 0], [0, 0, 1]) == .right)
  }

  @Test func `a step that ends what pays is bad and one that ends a cost is good`() throws {
    var teacher = try Teachers.named("oracle").make([:], seed: 0)
    func rate(_ reward: Double, terminated: Bool) throws -> Double? {
      try teacher.rate(
        step: .init(observation: [], reward: reward, terminated: terminated, truncated: false),
        action: .discrete(0), reference: nil)
    }
    #expect(try rate(1, terminated: false) == 0)
    #expect(try rate(1, terminated: true) == -1)
    teacher = try Teachers.named("oracle").make([:], seed: 0)
    #expect(try rate(-1, terminated: true) == 1)
    let step = EnvironmentInstance.Step(
      observation: [], reward: 1, terminated: false, truncated: false)
    #expect(try teacher.rate(step: step, action: .discrete(1), reference: [2, 1]) == -1)
    #expect(try teacher.rate(step: step, action: .discrete(0), reference: [2, 1]) == 1)
  }
}

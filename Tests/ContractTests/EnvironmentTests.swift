import Foundation
import Testing

/// What scripts see of environments: their speed, parts of observations, and what is wrong with them.
@Suite(.enabled(if: Subject.binary != nil)) struct EnvironmentTests {
  private func run(_ code: String, _ arguments: [String] = []) throws -> Subject.Result {
    let subject = try Subject()
    defer { subject.remove() }
    return try subject.run(arguments + ["-c", code])
  }

  private static let quiz = """
    env Quiz {
      size = 4
      actions = 2
      observation = {pos: box(0, 1, shape=[2]), score: discrete(5)}
      fn reset(rng) => {n: 0}
      fn step(s, action, rng) { s.n += action; return s, action, s.n == size }
      fn observe(s) => {pos: [s.n / size, 0.5], score: s.n}
    }

    """

  @Test func `benchmark tells what it did in an event`() throws {
    for environment in ["CartPole-v1", "MinAtar/Freeway-v1", "Pendulum-v1 frame_stack=2", "Quiz"] {
      let result = try run(
        "\(Self.quiz)e = env \(environment)\nbenchmark e n=16 steps=3200", ["--json"])
      let event = try #require(result.events.last)
      #expect(event["event"] as? String == "benchmark")
      #expect(event["env"] as? String == environment.split(separator: " ").first.map(String.init))
      #expect(event["n"] as? Int == 16)
      #expect(event["steps"] as? Int == 3200)
      #expect((event["seconds"] as? Double ?? 0) > 0)
      #expect(event["episodes"] is Int)
    }
  }

  @Test func `parts of an observation keep their names, for rewards and agents too`() throws {
    let result = try run(
      Self.quiz + """
        e = env Quiz seed=1
        obs = reset
        print obs.score obs.pos
        r = step 1
        print r.observation.score
        reward fn(obs, action, next) => next.score - obs.score
        a = agent dqn layers=[8] n_eval_episodes=0
        r = train a steps=50
        print (predict a {pos: [0, 0.5], score: 3}).action in [0, 1]
        print len(check())
        """)
    #expect(result.status == 0, "\(result.errors)")
    // The first line is what `env` shows.
    let lines = result.output.split(separator: "\n").dropFirst()
    #expect(lines.first == "0 [0.0, 0.5]")
    #expect(lines.dropFirst().first == "1")
    #expect(lines.contains("true"))
  }

  @Test func `check goes on where an environment fails, and tells of ends that never come`() throws
  {
    func faults(_ step: String, _ observe: String) throws -> String {
      let result = try run(
        """
        env Odd {
          actions = 2
          observation = box(0, 1, shape=[1])
          fn reset(rng) => {n: 0}
          fn step(s, action, rng) { s.n += 1; \(step) }
          fn observe(s) => \(observe)
        }
        e = env Odd
        print check(e)
        """)
      return result.output + result.errors
    }
    #expect(try faults("return s, 0, s.n == 9", "[0.5]").contains("no fault found"))
    #expect(try faults("return s, 0, false", "[0.5]").contains("no episode ended in 500"))
    #expect(try faults("return s, 0, s.n == 9", "[s.n]").contains("outside Box(1)"))
    #expect(try faults("return s, nan, s.n == 9", "[0.5]").contains("the reward nan"))
    #expect(try faults("return s, 0", "[0.5]").contains("`step` fails"))
    #expect(
      try faults("return s, draw(random(s.n), 2), s.n == 9", "[0.5]").contains("no fault found"))
  }

  @Test func `records of steps stay what they were, whoever keeps or changes them`() throws {
    let result = try run(
      """
      env CartPole-v1
      reset state=[0, 0, 0, 0]
      rs = []
      for i in 1..6 { rs += [(step (i % 2))] }
      seen = map(rs, fn(r) => r.observation)
      same = []
      reset state=[0, 0, 0, 0]
      for i in 1..6 { r = step (i % 2); same += [r.observation] }
      print seen == same seen[0] == seen[1] len(rs[2].info)
      o = r.observation
      was = o[0]
      o[0] = 9
      print r.observation[0] == was o[0]
      r.reward = 5
      s = step 1
      print r.reward s.reward
      s.observation[1] = "x"
      t = step 1
      u = step 0
      print s.observation[1] len(t.observation) t.observation == u.observation
      """)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasSuffix("true false 0\ntrue 9\n5 1.0\nx 4 false\n"), "\(result.output)")
  }

  @Test func `an episode made by hand is the one that was stepped`() throws {
    let result = try run(
      """
      e = env CartPole-v1 seed=3
      print e.episode
      for turn in 1..3 {
        reset
        rewards = []
        for i in 1..4 { r = step (i % 2); rewards += [r.reward]; if i == 2 { half = e.episode } }
        whole = e.episode
        print half.length whole.length whole.rewards == rewards whole.observations[4] == r.observation
      }
      last = step 0
      print e.episode.length whole.length e.episode.actions
      """)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output.hasSuffix(
        "null\n2 4 true true\n2 4 true true\n2 4 true true\n5 4 [1, 0, 1, 0, 0]\n"),
      "\(result.output)")
  }

  @Test func `a map can be a text`() throws {
    let result = try run(
      "e = env gridworld map=\"S.G\\n.#.\"\nreset\nr = step \"right\"\nprint e.state")
    #expect(result.output.hasSuffix("[1]\n"), "\(result.errors)")
  }
}

import Foundation
import RLCore
import Schema
import Testing

@testable import Bridge

@Suite(.enabled(if: Gymnasium.isThere, "python3 has no package gymnasium"))
struct GymEnvironmentTests {
  /// `count` steps with actions that depend on nothing but their place.
  private func play(
    _ instance: inout EnvironmentInstance, _ count: Int, from first: Int = 0
  ) throws -> [EnvironmentInstance.Step] {
    try (first..<first + count).map { try instance.step(.discrete($0 % 2)) }
  }

  @Test("CartPole in Python is the built-in CartPole: spaces, limit, threshold and every step")
  func reference() throws {
    var ours = try EnvironmentInstance(named: "CartPole-v1")
    var theirs = try Gymnasium.instance("CartPole-v1")
    #expect(theirs.actionSpace == ours.actionSpace)
    #expect(theirs.observationSpace.size == 4)
    #expect(theirs.timeLimit == 500)
    #expect(theirs.rewardThreshold == 475)
    try theirs.reset()
    // The start in single precision is all that is seen of it.
    try ours.reset(state: theirs.observation.map(Double.init))
    var isOver = false
    while !isOver {
      let (a, b) = (try ours.step(.discrete(1)), try theirs.step(.discrete(1)))
      #expect(a.reward == b.reward && a.terminated == b.terminated && a.truncated == b.truncated)
      for (x, y) in zip(a.observation, b.observation) { #expect(abs(x - y) < 1e-5) }
      isOver = b.terminated
    }
  }

  @Test("The same seed gives the same episodes, another gives others")
  func seeding() throws {
    var first = try Gymnasium.instance("tasks:Walk", ["size": 50])
    var second = try Gymnasium.instance("tasks:Walk", ["size": 50])
    for _ in 0..<2 {
      try first.reset()
      try second.reset()
      #expect(first.observation == second.observation)
      #expect(try play(&first, 10) == play(&second, 10))
    }
    second.reseed(8)
    try first.reset()
    try second.reset()
    #expect(first.observation != second.observation)
  }

  @Test("What the environment cuts is truncated, what it ends is terminated, the limit counts too")
  func endings() throws {
    var own = try Gymnasium.instance("tasks:Walk", ["size": 1000, "cut": 3])
    try own.reset()
    let steps = try play(&own, 3)
    #expect(steps.map(\.truncated) == [false, false, true])
    #expect(steps.allSatisfy { !$0.terminated })
    #expect(steps[2].observation[1] == 3, "the final observation, not that of the next episode")
    #expect(own.needsReset)

    var limited = try Gymnasium.instance("tasks:Walk", ["size": 1000, "max_episode_steps": 2])
    try limited.reset()
    #expect(try play(&limited, 2).map(\.truncated) == [false, true])

    var ending = try Gymnasium.instance("tasks:Walk", ["size": 0])
    try ending.reset()
    let last = try ending.step(.discrete(2))
    #expect(last.terminated && !last.truncated)
  }

  @Test("Info is carried, and a discrete action counts from the space's start")
  func info() throws {
    var instance = try Gymnasium.instance("tasks:Walk")
    try instance.reset()
    let step = try instance.step(.discrete(0))
    #expect(step.reward == -1)
    #expect(instance.environment.info["action"] == -1)
    #expect(Float(instance.environment.info["place"]!.real!) == step.observation[0])
  }

  @Test("Dict and Tuple are flattened with names, their discrete parts one-hot")
  func parts() throws {
    var instance = try Gymnasium.instance("tasks:Parts")
    #expect(
      instance.environment.observationNames == [
        "kind=0", "kind=1", "kind=2", "pair.0[0, 0]", "pair.0[0, 1]", "pair.1[0]=0",
        "pair.1[0]=1", "pair.1[1]=0", "pair.1[1]=1", "score",
      ])
    #expect(instance.actionSpace == .multiDiscrete([3, 4, 2]))
    #expect(instance.environment.actionNames == ["keys[0]", "keys[1]", "turn"])
    try instance.reset()
    #expect(instance.observation == [0, 1, 0, 0.25, 0.75, 0, 1, 1, 0, 2.5])
    let step = try instance.step(.continuous([2, 3, 1]))
    #expect(step.observation[9] == 321)
  }

  @Test("Spaces of choices alone stay choices; boxes side by side become one")
  func spaces() throws {
    var choices = try Gymnasium.instance("tasks:Choices")
    #expect(choices.observationSpace == .multiDiscrete([3, 2, 2]))
    #expect(choices.actionSpace == .multiBinary(3))
    try choices.reset()
    #expect(choices.observation == [2, 0, 1])
    #expect(try choices.step(.continuous([1, 0, 1])).observation == [2, 1, 0])

    var boxes = try Gymnasium.instance("tasks:Continuous")
    #expect(
      boxes.actionSpace == .box(.init(low: [-1, -1, 0], high: [1, 1, 2], shape: [3])))
    #expect(boxes.observationSpace == .box(-9, 9, shape: [2, 2]))
    try boxes.reset()
    #expect(try boxes.step(.continuous([0.5, -1, 2])).observation == [0.5, -1, 2, 9])
  }

  @Test("A copy in the middle of an episode lives on by itself, as does the original")
  func copies() throws {
    var original = try Gymnasium.instance("tasks:Walk", ["size": 1000])
    var reference = try Gymnasium.instance("tasks:Walk", ["size": 1000])
    try original.reset()
    try reference.reset()
    _ = try play(&original, 5)
    _ = try play(&reference, 5)
    let expected = try play(&reference, 5, from: 5)
    var copy = original
    var other = original.independentCopy()
    #expect(try play(&copy, 5, from: 5) == expected)
    #expect(try play(&original, 5, from: 5) == expected)
    #expect(try play(&other, 5, from: 5) == expected)
  }

  @Test("A position is put back by playing again, and refused where that leads elsewhere")
  func restoring() throws {
    var walk = try Gymnasium.instance("tasks:Walk", ["size": 1000])
    try walk.reset()
    _ = try play(&walk, 4)
    let state = walk.environment.state
    let expected = try play(&walk, 3, from: 4)
    try walk.reset(state: state)
    #expect(try play(&walk, 3, from: 4) == expected)
    #expect(throws: CoreError.self) { try walk.reset(state: [1, 2]) }
    #expect(throws: CoreError.self) { try walk.reset(state: state + [7]) }

    var forgetful = try Gymnasium.instance("tasks:Forgetful", ["size": 1000])
    try forgetful.reset()
    _ = try play(&forgetful, 2)
    let lost = forgetful.environment.state
    #expect(throws: BridgeError.notReplayable(environment: "gym:tasks:Forgetful", steps: 2)) {
      try forgetful.reset(state: lost)
    }
  }

  @Test("A worker that dies is reported with its last words, and the next reset begins another")
  func death() throws {
    for (steps, how, words) in [
      (15, "was ended by signal 6 (Aborted)", nil), (25, "ended with status 3", "about to fail"),
    ] {
      var walk = try Gymnasium.instance("tasks:Fragile")
      try walk.reset()
      // Steps to the left keep it below its end; one to the right ends the process.
      for _ in 0..<steps { _ = try walk.step(.discrete(0)) }
      #expect(
        throws: BridgeError.workerEnded(environment: "gym:tasks:Fragile", how: how, log: words)
      ) { try walk.step(.discrete(2)) }
      #expect(walk.needsReset)
      try walk.reset()
      _ = try walk.step(.discrete(0))
    }
  }

  @Test("A worker that hangs is stopped after the timeout, and the next reset begins another")
  func hanging() throws {
    var walk = try Gymnasium.instance("tasks:Hanging", ["timeout": 0.2])
    let expected = BridgeError.timedOut(
      environment: "gym:tasks:Hanging", seconds: 0.2, log: "waiting for a door")
    for _ in 0..<2 {
      try walk.reset()
      _ = try walk.step(.discrete(0))
      #expect(throws: expected) { try walk.step(.discrete(2)) }
      #expect(walk.needsReset)
    }
    #expect(expected.description.contains("gave no answer for 0.2 s and was stopped"))
    #expect(expected.hint?.contains("`timeout=`") == true)
  }

  @Test("A worker that hangs is stopped as soon as nobody waits for it any more")
  func abandoning() throws {
    let isAbandoned = Flag()
    var walk = try Gymnasium.instance("tasks:Hanging", ["timeout": "none"]) {
      isAbandoned.isSet
    }
    try walk.reset()
    isAbandoned.isSet = true
    let start = ContinuousClock.now
    #expect(throws: BridgeError.abandoned(environment: "gym:tasks:Hanging")) {
      try walk.step(.discrete(2))
    }
    #expect(ContinuousClock.now - start < .seconds(20))
    isAbandoned.isSet = false
    try walk.reset()
    _ = try walk.step(.discrete(0))
  }

  @Test("The wrappers are options here too, and go on where they were after a copy and a restore")
  func wrappers() throws {
    let settings: Settings = [
      "size": 1000, "frame_stack": 2, "action_repeat": 3, "reward_clip": 0.5,
      "normalize_observation": true,
    ]
    var walk = try Gymnasium.instance("tasks:Walk", settings)
    #expect(walk.observationSpace == .box(-10, 10, shape: [4]))
    try walk.reset()
    #expect(try walk.step(.discrete(2)).reward == 0.5)
    #expect(walk.environment.info["action"] == 1)
    _ = try play(&walk, 4)
    var copy = walk
    let state = walk.environment.state
    let expected = try play(&walk, 3)
    #expect(try play(&copy, 3) == expected)
    try copy.reset(state: state)
    #expect(try play(&copy, 3) == expected)

    // What one step shows stands behind what the step before showed.
    var plain = try Gymnasium.instance("tasks:Walk", ["size": 1000])
    var stacked = try Gymnasium.instance("tasks:Walk", ["size": 1000, "frame_stack": 2])
    try plain.reset()
    try stacked.reset()
    let first = plain.observation
    let second = try plain.step(.discrete(0)).observation
    #expect(try stacked.step(.discrete(0)).observation == first + second)
    #expect(throws: CoreError.self) {
      try Gymnasium.instance("tasks:Choices", ["normalize_observation": true])
    }
  }

  @Test("Copies stepped together are each what one alone is, and are cut by the environment itself")
  func together() throws {
    let settings: Settings = ["size": 1000, "cut": 3, "workers": 2]
    var vector = try VectorEnvironment(
      try Gymnasium.instance("tasks:Walk", settings), count: 3, seed: 5)
    var alone = try (0..<3).map { copy in
      var instance = try Gymnasium.instance("tasks:Walk", settings)
      instance.random = RandomSource(seed: 5).split("environment", copy)
      try instance.reset()
      return instance
    }
    for round in 0..<7 {
      var actions = Actions(in: vector.actionSpace, count: 3)
      for copy in 0..<3 { actions[copy] = .discrete((round + copy) % 3) }
      try vector.step(actions)
      for copy in 0..<3 {
        let step = try alone[copy].step(actions[copy])
        #expect(vector.rewards[copy] == step.reward)
        #expect(vector.truncated[copy] == step.truncated && !vector.terminated[copy])
        if alone[copy].needsReset { try alone[copy].reset() }
        #expect(Array(vector.observations[2 * copy..<2 * copy + 2]) == alone[copy].observation)
      }
    }
    #expect(vector.episodes == 6)
  }

  @Test("Others in a worker that died come back to where they were")
  func survivors() throws {
    var first = try Gymnasium.instance("tasks:Fragile")
    var second = first
    try first.reset()
    try second.reset()
    for _ in 0..<15 {
      _ = try first.step(.discrete(0))
      _ = try second.step(.discrete(0))
    }
    #expect(throws: BridgeError.self) { try first.step(.discrete(2)) }
    let step = try second.step(.discrete(0))
    #expect(step.observation[1] == 16)
  }

  @Test("What cannot be made says why")
  func refusals() throws {
    func message(_ name: String, _ settings: Settings = [:]) -> String {
      do {
        _ = try Gymnasium.instance(name, settings)
        return "made"
      } catch { return "\(error)" }
    }
    #expect(message("NoSuch-v1").contains("gym:NoSuch-v1 cannot be made: NameNotFound"))
    #expect(message("tasks:Walk", ["size2": 3]).contains("TypeError"))
    #expect(message("nowhere:Walk").contains("No module named 'nowhere'"))
    #expect(message("tasks:Mixed").contains("partly discrete and partly continuous"))
    #expect(message("tasks:Words").contains("has a space Text"))
    var broken = try Gymnasium.instance("tasks:Broken")
    try broken.reset()
    #expect(
      throws: BridgeError.raised(
        environment: "gym:tasks:Broken", exception: "ValueError: the wheel came off")
    ) { try broken.step(.discrete(0)) }
    #expect(broken.needsReset)
  }

  @Test("Training in eight copies gives the same bits in one worker and in three")
  func training() throws {
    func trained(workers: Int, pieces: [Int]) throws -> (StateArchive, Agent) {
      let instance = try Gymnasium.instance(
        "tasks:Walk", ["size": 20, "n": 8, "workers": .integer(workers)])
      let agent = try Agent(
        algorithm: "ppo",
        settings: [
          "n_steps": 16, "batch_size": 32, "layers": [8], "normalize": true,
          "total_steps": 1000,
        ],
        environment: instance)
      #expect(agent.settings["n_envs"] == 8)
      for steps in pieces {
        var trainer = Trainer(agent, steps: steps)
        while true { if case .finished = try trainer.advance() { break } }
      }
      var archive = agent.archive()
      archive.metadata["environment_settings"] = nil
      return (archive, agent)
    }
    let (whole, _) = try trained(workers: 1, pieces: [403])
    #expect(try trained(workers: 3, pieces: [403]).0 == whole)
    let (pieces, agent) = try trained(workers: 1, pieces: [100, 303])
    #expect(pieces == whole)

    // From its archive it goes on exactly there.
    let copy = try Agent(
      archive: agent.archive(), environment: try Gymnasium.instance("tasks:Walk", ["size": 20]))
    for agent in [agent, copy] {
      var trainer = Trainer(agent, steps: 200)
      while true { if case .finished = try trainer.advance() { break } }
    }
    #expect(copy.archive().tensors == agent.archive().tensors)
  }

  @Test("When the last copy is gone, its workers are too")
  func noOrphans() throws {
    var processes: [Int] = []
    do {
      var instances = [try Gymnasium.instance("tasks:Walk", ["workers": 2])]
      instances.append(instances[0])
      for index in instances.indices {
        try instances[index].reset()
        processes.append(instances[index].environment.info["process"]!.integer!)
      }
    }
    #expect(Set(processes).count == 2)
    for process in processes { #expect(kill(pid_t(process), 0) != 0) }
  }
}

struct MissingPythonTests {
  @Test("A missing interpreter is named, with the mend")
  func wording() {
    let error = BridgeError.pythonMissing(program: "python9", code: ENOENT)
    #expect(error.description.contains("`python9` cannot be started: No such file"))
    #expect(error.hint?.contains("RLHS_PYTHON") == true)
    let other = BridgeError.packageMissing(program: "python3", package: "gymnasium")
    #expect(other.hint == "run `python3 -m pip install gymnasium`")
  }
}

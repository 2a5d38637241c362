import Schema

@testable import RLCore

/// An episode of CartPole in which the cart was pushed the same way in each state.
func pushing(_ action: Int, seed: Int = 3) throws -> Episode {
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

/// A small agent of the first algorithm that a method works with, coached by it.
func coached(_ kind: FeedbackMethodKind, seed: Int = 1) throws -> Agent {
  let agent: Agent
  if kind.algorithms[0] == "dqn" {
    agent = try smallAgent(seed: seed)
  } else {
    agent = try Agent(
      algorithm: kind.algorithms[0],
      settings: [
        "layers": [16, 16], "n_envs": 2, "n_steps": 32, "batch_size": 32, "n_epochs": 2,
        "n_eval_episodes": 2, "total_steps": 2000,
      ],
      environment: EnvironmentInstance(named: "CartPole-v1", seed: seed))
  }
  var settings: Settings = [:]
  for (name, value) in [("updates", 60), ("epochs", 5), ("pretrain", 40), ("pairs", 20)]
    as [(
      String, Int
    )]
  where kind.declaration.parameter(name) != nil { settings[name] = .integer(value) }
  if kind.declaration.parameter("fragment") != nil { settings["fragment"] = 5 }
  try agent.coach(method: kind.declaration.name, settings: settings)
  return agent
}

/// The same for everything.
struct ConstantReward: RewardFunction {
  func reward(observation: [Float], action: Action, next: [Float]) -> Double { 1 }
}

/// Something said in favour of an action, of a kind; `seed` chooses the episode.
func praise(of action: Int, as kind: FeedbackKind, id: Int, seed: Int = 3) throws -> Feedback {
  let good = try pushing(action, seed: seed)
  let bad = try pushing(1 - action, seed: seed)
  return switch kind {
  case .rating: .rating(Rating(id: id, value: 1, step: 2, of: good))
  case .comparison:
    .comparison(
      FragmentComparison(
        id: id, left: good.fragment(0..<5), right: bad.fragment(0..<5), choice: .left))
  case .correction:
    .correction(Correction(id: id, step: 2, of: bad, action: .discrete(action)))
  case .demonstration: .demonstration(Demonstration(id: id, episode: good))
  case .question:
    .question(
      QuestionAnswer(
        id: id, question: "Was it right?", options: ["yes", "no"], choice: 0, about: good))
  }
}

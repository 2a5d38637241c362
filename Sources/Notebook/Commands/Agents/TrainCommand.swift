import Language
import RLCore
import Schema

/// `train a steps=50_000`: learns.
enum TrainCommand: SessionCommand {
  static let declaration = Declaration(
    name: "train",
    summary: "Trains an agent, and keeps the weights that did best beside the current.",
    parameters: [
      .agent,
      Parameter(
        "steps", .integer(from: 0),
        default: .described("finishes an interrupted call, else up to total_steps"),
        "Steps in the environment, or updates of a language model, from here on."),
      Parameter(
        "updates", .integer(from: 0), default: .described("no limit"),
        "Stops after so many gradient steps."),
      Parameter(
        "seeds", .integer(1...1000), default: .described("this agent"),
        "Trains so many fresh agents side by side, each with a seed of its own."),
      Parameter(
        "checkpoint", .real(Interval(1, 1e6)), default: .described("30"),
        "Seconds between two checkpoints, such as `5min`."),
      Parameter(
        "on_episode", .function(1), default: .described("none"),
        "Called with each finished episode."),
      Parameter(
        "on_step", .function(1), default: .described("none"),
        "Called at each step with `{observation, action, reward, next, terminated, truncated}`."),
      Parameter(
        "ask",
        .either([
          .words([
            Word("episode", "Asks for feedback after each episode."),
            Word("step", "Asks for feedback after each step."),
            Word("live", "Shows each step, and + and - rate meanwhile, without a stop."),
          ]), .integer(from: 1),
        ]), default: .described("never"),
        "When to ask for feedback, or after how many steps; it is folded in at once."),
      .from(arguments: 1...2), .person, .maxPrompts, .maxAttempts, .corpus, .prompts, .tokens(),
      .stop,
    ],
    examples: [
      Example("env CartPole-v1\na = agent dqn\ntrain a steps=2000\nprint a.steps"),
      Example(
        "env CartPole-v1\na = agent dqn\nruns = train a steps=1000 seeds=2\nprint map(runs, fn(r) => r.seed)",
        gives: "[0, 1]\n"),
      Example(
        "env CartPole-v1\na = agent dqn\nn = 0\ntrain a steps=300 on_episode=fn(ep) { global n; n += ep.length }\nprint n <= 300"
      ),
    ],
    group: "agents",
    details: """
      Every twentieth of `total_steps` the agent is evaluated on validation seeds, and the best \
      weights are kept: `best a`. Training in pieces is training at once, to the bit. Ctrl-C stops \
      at a safe point, and `train a` goes on exactly there. A checkpoint is written every \
      `checkpoint` seconds and at the end; `resume` continues from it in another process. With `ask=` a person, a teacher \
      or a function rates while it learns, and what was said is folded in at once. A method that asks \
      by itself, such as preferences, is answered by `from=` or at the terminal; its function gets the \
      two pieces.

      A language model learns from its corpus; its best weights are those that did best on the text \
      held out. Once `coach` has chosen a method for it that learns by a reward, `train` makes `steps` \
      iterations of it: responses to the `prompts` are sampled, judged, and made likelier or rarer. \
      The run then has `.kls .rewards .lengths .distinct_2 .samples`, one an iteration.
      """)

  static let runsInBackground = true

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.anyAgent(in: session)
    session.adopt(agent)
    return try agent.train(call, in: session)
  }

  fileprivate static func trained(
    _ agent: AgentHandle, _ call: CommandCall, in session: Session
  ) throws -> Value {
    if let seeds = call.integer("seeds") {
      for name in ["updates", "on_episode", "on_step", "ask", "checkpoint"] where call[name] != nil
      {
        throw RunError(
          .call, "`\(name)` is about one agent, and `seeds` trains several", argument: name)
      }
      let runs = try SeedTraining.run(
        agent, seeds: seeds, steps: call.integer("steps"), session: session, isShown: call.isShown)
      return call.reported(.list(runs.map { .object($0) }))
    }
    let asker = try TrainingAsker(call, for: agent, in: session)
    var driver = TrainingDriver(
      agent: agent, session: session, steps: call.integer("steps"),
      updates: call.integer("updates"),
      detail: detail(of: call), asker: asker, isShown: call.isShown,
      checkpointSeconds: call.real("checkpoint") ?? 30)
    if call["steps"] == nil, driver.isAtGoal {
      session.output.note(
        "\(agent.name) has done its `total_steps`, \(compact(agent.core.totalSteps)): "
          + "`train \(agent.name) steps=…` goes beyond")
    }
    if let function = call["on_step"] {
      driver.onStep = { step throws(RunError) in _ = try call.evaluator.call(function, [step]) }
    }
    if let function = call["on_episode"] {
      driver.onEpisode = { episode throws(RunError) in
        _ = try call.evaluator.call(function, [.object(episode)])
      }
    }
    return call.reported(.object(try driver.run()))
  }

  private static func detail(of call: CommandCall) -> Trainer.Detail {
    if call["on_step"] != nil { return .steps }
    return call["on_episode"] != nil ? .episodes : .progress
  }
}

extension AgentHandle {
  /// What `train` takes for language models alone.
  private static let textOptions = ["corpus", "prompts", "tokens", "stop"]

  /// Learns in its environment.
  func train(_ call: CommandCall, in session: Session) throws -> Value {
    try call.refuse(Self.textOptions, for: self)
    return try TrainCommand.trained(self, call, in: session)
  }
}

import Language
import Schema

/// `tour`: the first five minutes.
enum TourCommand: SessionCommand {
  static let declaration = Declaration(
    name: "tour", summary: "Shows the first five minutes, a step at a time.",
    parameters: [
      Parameter(
        "step", .integer(1...steps.count), .positional, default: .described("the next one"),
        "Which step.")
    ],
    examples: [Example("tour 1")], group: "notebook")

  /// One step: what it is about, and what to type.
  private struct Step {
    var title: String
    var text: String
    var cells: [String]
  }

  private static let steps = [
    Step(
      title: "An environment",
      text:
        "The task. `info` tells what an agent sees and can do; Tab completes names and options.",
      cells: ["env CartPole-v1 seed=7", "info", "obs = reset", "r = step 1", "render"]),
    Step(
      title: "An agent that learns",
      text:
        "Settings come from a preset. Ctrl-C stops at a safe point, and `train a` goes on there.",
      cells: ["a = agent dqn", "train a steps=5_000", "plot a", "evaluate a episodes=20"]),
    Step(
      title: "Teaching it",
      text:
        "Watch an episode and rate it with one key; `learn` says what changed, `undo` takes it back.",
      cells: ["ep = rollout a render=true", "feedback ep", "learn a", "undo"]),
    Step(
      title: "A critic in your place",
      text: "A function can rate each step. Here: push towards the side to which the pole falls.",
      cells: [
        "critic = fn(s) => if (s.observation[2] + 0.5 * s.observation[3] > 0) == (s.action == 1) { 1 } else { -1 }",
        "for i in 1..5 { rollout a ask=step from=critic max_prompts=100; learn a }",
        "evaluate a episodes=20",
      ]),
    Step(
      title: "Your own reward",
      text: "A function of what was seen, done and seen next. `reward own` gives the task's back.",
      cells: [
        "reward fn(obs, action, next) => 1 - abs(next[0]) / 2.4", "train a steps=5_000",
        "reward own",
      ]),
    Step(
      title: "Finding settings, keeping what is good",
      text: "Trials run side by side. `runs` and `ledger` remember what was done in this folder.",
      cells: [
        "s = search grid steps=5_000 over={learning_rate: [5e-4, 2e-3]}", "trials s | table",
        "b = best s", "save b models/best.safetensors", "runs | table",
      ]),
  ]

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let number = call.integer("step") ?? session.tourStep % steps.count + 1
    session.tourStep = number
    let step = steps[number - 1]
    let appearance = session.output.appearance
    var lines = [
      appearance.styled("\(number) of \(steps.count)  \(step.title)", .emphasis),
      wrapped(step.text, to: appearance.columns), "",
    ]
    lines += step.cells.map { "  " + appearance.styled($0, .command) }
    lines += ["", number < steps.count ? "`tour` goes on." : "`help` lists all there is."]
    session.output.printLine(lines.joined(separator: "\n"))
    return .null
  }
}

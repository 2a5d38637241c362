import Language
import RLCore
import Schema

/// `coach a method=tamer`: how feedback is folded in.
enum CoachCommand: SessionCommand {
  static let declaration = Declaration(
    name: "coach", summary: "Chooses the method that folds feedback into an agent.",
    parameters: [
      .agent,
      Parameter(
        "method", .member(FeedbackMethods.family), default: .described("shows the current one"),
        "Which method; its settings are options."),
      Parameter(
        "reward", .function(2), default: .described("what is learned from answers"),
        "Of a language model: how good a response to a prompt is, a number.", isFrozen: true),
      Parameter(
        "judge", .function(2), default: .described("none"),
        "Of a language model: what is truly wanted, shown beside the reward and never learned from.",
        isFrozen: true),
    ],
    examples: [
      Example("env CartPole-v1\na = agent dqn\ncoach a method=tamer beta=0.5"),
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        corpus abc.txt
        p = agent lm layers=1 heads=2 width=16 context=16
        coach p method=rloo batch_size=8 reward=fn(prompt, response) => len(split(response, "c"))
        r = train p steps=2 prompts=["ab"] tokens=8
        print len(r.kls)
        """, gives: "2\n"),
    ],
    group: "feedback")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    try call.anyAgent(in: session).coach(call, in: session)
    return call.nothing()
  }
}

extension AgentHandle {
  /// Chooses the method that folds feedback in, or shows it.
  func coach(_ call: CommandCall, in session: Session) throws {
    try call.refuse(["reward", "judge"], for: self)
    if let method = call.text("method") {
      if TextMethods.all.contains(where: { $0.declaration.name == method }) {
        throw RunError(
          .value, "`\(method)` shapes language models, and \(name) is \(Self.genus)",
          hint: "`methods` lists what fits", argument: "method")
      }
      try core.coach(method: method, settings: try call.settings())
    }
    let feedback = core.feedback
    session.output.report(
      Event(
        "coach",
        [
          ("agent", .string(name)), ("method", .string(feedback.method)),
          ("settings", Value(settings: feedback.settings)),
        ],
        text:
          "\(name): feedback by \(feedback.method), \(Value(settings: feedback.settings).source)"
      ),
      isShown: call.isShown)
  }
}

import Schema

extension FeedbackMethodKind {
  static let deepCOACH = FeedbackMethodKind(
    declaration: Declaration(
      name: "deep_coach",
      summary: "COACH over a replay of rated windows, with importance ratios and entropy.",
      parameters: [
        Parameter(
          "learning_rate", .positiveReal, default: .setting(0.025), "Length of a step."),
        Parameter(
          "lambda", .real(0...1), default: .setting(0.35),
          "What credit is multiplied by for each step before the rated one."),
        Parameter(
          "delay", .integer(0...Rating.longestReach), default: .setting(6),
          "Steps that an answer is late, where feedback is given while it plays."),
        Parameter(
          "ent_coef", .real(from: 0), default: .setting(0.01),
          "What a nat of entropy is worth; the paper's 1.5 keeps a policy near even."),
        Parameter(
          "updates", .integer(from: 1), default: .setting(100), "Gradient steps at each learning."),
        Parameter(
          "batch_size", .integer(1...65_536), default: .setting(32), "Rated steps in each."),
      ],
      examples: [Example("a = agent ppo\ncoach a method=deep_coach")],
      details: """
        e = lambda e + p / p_old grad log p(a | s), the ratio to the policy before this learning \
        within 1/5 and 5, plus the gradient of ent_coef times the entropy.
        """,
      source: "Arumugam et al. 2019"),
    algorithms: ["ppo", "a2c"], kinds: [.rating, .question], rule: .accumulates,
    make: { settings, _, _ in COACH(settings, isDeep: true) })
}

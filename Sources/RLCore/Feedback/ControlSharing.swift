import Schema

extension FeedbackMethodKind {
  static let controlSharing = FeedbackMethodKind(
    declaration: Declaration(
      name: "control_sharing",
      summary: "Let feedback choose the action with probability beta.",
      parameters: [
        Parameter(
          "beta", .real(0...1), default: .setting(1.0),
          "The probability that the most approved action is taken."),
        .fade(0.99),
      ] + Parameter.approval(delay: 0.2...0.6),
      examples: [Example("coach a method=control_sharing beta=0.8")],
      details: """
        While training, the most approved action is taken with probability beta, which fades with \
        each episode; else the algorithm decides. Greedy play listens to feedback while beta is at \
        least a half. The scale of values does not matter.
        """,
      source: "Knox and Stone 2010, 2012"),
    algorithms: valueAlgorithms, kinds: [.rating, .question], rule: .refits,
    make: { ApprovalNetwork($0, $1, $2, influence: .shared, target: .each) })
}

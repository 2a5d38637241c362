import Schema

extension FeedbackMethodKind {
  static let actionBiasing = FeedbackMethodKind(
    declaration: Declaration(
      name: "action_biasing",
      summary: "Add b(s, a), learned from ratings, to the action values, fading with training.",
      parameters: [
        .beta("Weight of b beside the values; a large one swamps them."), .fade(0.99),
      ] + Parameter.approval(delay: 0.2...0.6),
      examples: [Example("coach a method=action_biasing beta=0.5")],
      details: """
        Acts by argmax Q(s, a) + beta b(s, a) with b fitted to each rated step. It is made for \
        agents that train on: beta is multiplied by `fade` with each episode, so that in the end \
        the reward decides.
        """,
      source: "Knox and Stone 2010, 2012"),
    algorithms: valueAlgorithms, kinds: [.rating, .question], rule: .refits,
    make: { ApprovalNetwork($0, $1, $2, influence: .added, target: .each) })
}

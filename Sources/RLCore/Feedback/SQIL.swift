import Schema

extension FeedbackMethodKind {
  static let sqil = FeedbackMethodKind(
    declaration: Declaration(
      name: "sqil",
      summary: "Pay demonstrated steps 1 and own steps nothing, half of each batch from each.",
      examples: [Example("coach a method=sqil")],
      details: """
        The environment's reward is not used: what is demonstrated is to be gone back to. The \
        agent must be trained on for it to learn.
        """,
      source: "Reddy et al. 2020"),
    algorithms: ["dqn"], kinds: [.demonstration], rule: .refits,
    make: { settings, _, _ in DemonstrationLearning(settings, rule: .paid) })
}

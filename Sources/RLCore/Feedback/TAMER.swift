import Schema

extension FeedbackMethodKind {
  /// The algorithms whose choice of actions listens to approval: they have values of discrete
  /// actions.
  static let valueAlgorithms = ["dqn", "q_learning", "sarsa"]

  static let tamer = FeedbackMethodKind(
    declaration: Declaration(
      name: "tamer",
      summary: "Fit H(s, a) to ratings and add it to the action values.",
      parameters: [
        .beta("Weight of feedback beside the algorithm's values."), .fade(0.999),
      ] + Parameter.approval(delay: 0.2...0.6),
      examples: [Example("coach a method=tamer beta=2")],
      details: """
        Minimises (sum of c H(s, a) - h)^2 over the steps that may have caused the rating h, c \
        their credit; there is no discount. Actions are chosen by argmax Q(s, a) + beta H(s, a); Q \
        itself stays untouched, and beta fades with each episode trained. An agent that was not \
        trained acts by H alone. Actions that nobody rated are weakly held at 0. H is fitted anew \
        from all ratings each time, so that a rating taken back leaves nothing behind.
        """,
      source: "Knox and Stone 2009, 2010"),
    algorithms: valueAlgorithms, kinds: [.rating, .question], rule: .refits,
    make: { ApprovalNetwork($0, $1, $2, influence: .added, target: .sum) })
}

import Schema

extension FeedbackMethodKind {
  static let dagger = FeedbackMethodKind(
    declaration: Declaration(
      name: "dagger",
      summary: "Imitate corrections of the agent's own steps, with all demonstrations so far.",
      parameters: Parameter.imitation(updates: 500),
      examples: [Example("coach a method=dagger")],
      details: """
        The agent acts, the teacher says what should have been done, and all such steps together \
        with demonstrations are imitated as by `bc`: so the states that the agent comes to are \
        those that it is taught in.
        """,
      source: "Ross et al. 2011"),
    algorithms: ["dqn", "ppo", "a2c"], kinds: [.correction, .demonstration], rule: .accumulates,
    make: { settings, _, _ in Imitation(settings) })
}

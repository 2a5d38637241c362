import Schema

extension FeedbackMethodKind {
  static let bc = FeedbackMethodKind(
    declaration: Declaration(
      name: "bc",
      summary: "Behavioural cloning: do what demonstrations did.",
      parameters: Parameter.imitation(updates: 1000),
      examples: [Example("coach a method=bc updates=500")],
      details: """
        Policies go down -log p(a | s) of the demonstrated actions; values down the amount by which \
        another action's value and a margin of .8 exceed that of the demonstrated one. States that \
        no demonstration showed stay unknown: `dagger` mends that with corrections.
        """,
      source: "Pomerleau 1991; the margin: Hester et al. 2018"),
    algorithms: ["dqn", "ppo", "a2c"], kinds: [.demonstration], rule: .accumulates,
    make: { settings, _, _ in Imitation(settings) })
}

import Schema

extension FeedbackMethodKind {
  static let deepTAMER = FeedbackMethodKind(
    declaration: Declaration(
      name: "deep_tamer",
      summary: "Fit a deep H(s, a) to each step that a rating may be about.",
      parameters: [
        .beta("Weight of feedback beside the algorithm's values."), .fade(0.999),
      ] + Parameter.approval(delay: 0.2...4, layers: [64, 64]),
      examples: [Example("coach a method=deep_tamer window=3")],
      details: """
        Minimises w (H(s, a) - h)^2 for each step, w the mass of the answer's delay over the time \
        that the step was shown, over a replay of all ratings. Acts as `tamer` does.
        """,
      source: "Warnell et al. 2018"),
    algorithms: valueAlgorithms, kinds: [.rating, .question], rule: .refits,
    make: { ApprovalNetwork($0, $1, $2, influence: .added, target: .each) })
}

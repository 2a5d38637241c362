import Schema

extension TextMethodKind {
  static let ipo = TextMethodKind(
    Declaration(
      name: "ipo",
      summary:
        "Identity preference optimisation: the margin is brought to a size, not to infinity.",
      parameters: .answers(epochs: 3, beta: 0.1, learningRate: IPO.learningRate),
      examples: [Example("coach p method=ipo beta=0.1")],
      details: """
        (D - 1 / (2 beta))^2, D as for dpo but each log-ratio averaged over the response's tokens. \
        Where two are equal, D is brought to 0. Each learning goes on from the reference with all \
        answers.
        """,
      source: "Azar et al. 2023, arXiv 2310.12036"),
    kinds: [.comparison, .correction], lesson: { IPO($0) })
}

/// Regression of the margin: a policy that already agrees with all answers is not driven on.
struct IPO: TextLesson {
  static let learningRate = 1e-5

  let output = LessonOutput.logRatio
  let epochs: Int
  let batchSize: Int
  private let beta: Double

  init(_ settings: Settings) {
    epochs = settings.integer("n_epochs")
    batchSize = settings.integer("batch_size")
    beta = settings.real("beta")
  }

  func examples(_ answers: [TextFeedback]) -> [LessonExample] { LessonExample.pairs(answers) }

  func loss(
    _ minibatch: [LessonExample], outputs: [Double]
  ) -> (loss: Double, gradients: [Double]) {
    var (total, gradients) = (0.0, [Double]())
    let share = 1 / Double(minibatch.count)
    for (index, example) in minibatch.enumerated() {
      let (first, second) = (length(example, 0), length(example, 1))
      let margin = outputs[2 * index] / first - outputs[2 * index + 1] / second
      // 1 / (2 beta) for the preferred one, 0 between equals.
      let error = margin - (2 * example.label - 1) / (2 * beta)
      total += share * error * error
      gradients += [share * 2 * error / first, -share * 2 * error / second]
    }
    return (total, gradients)
  }

  func probability(_ example: LessonExample, outputs: [Double]) -> Double {
    sigmoid(beta * (outputs[0] / length(example, 0) - outputs[1] / length(example, 1)))
  }

  private func length(_ example: LessonExample, _ side: Int) -> Double {
    Double(example.responses[side].tokens.count)
  }
}

import Schema

extension TextMethodKind {
  static let dpo = TextMethodKind(
    Declaration(
      name: "dpo",
      summary: "Direct preference optimisation: the policy itself explains which response won.",
      parameters: .answers(epochs: 3, beta: 0.1, learningRate: DPO.learningRate),
      examples: [Example("coach p method=dpo beta=0.1")],
      details: """
        -log sigma(beta D), D the log-ratio to the reference of the preferred response minus that \
        of the rejected one. Equal ones count half each way. Each learning goes on from the \
        reference with all answers.
        """,
      source: "Rafailov et al. 2023, arXiv 2305.18290"),
    kinds: [.comparison, .correction], lesson: { DPO($0) })
}

/// The reward model is the policy: r = beta log(pi / pi_ref).
struct DPO: TextLesson {
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
      let margin = outputs[2 * index] - outputs[2 * index + 1]
      let (loss, slope) = logisticLoss(beta * margin, label: example.label)
      total += share * loss
      gradients += [share * beta * slope, -share * beta * slope]
    }
    return (total, gradients)
  }

  func probability(_ example: LessonExample, outputs: [Double]) -> Double {
    sigmoid(beta * (outputs[0] - outputs[1]))
  }
}

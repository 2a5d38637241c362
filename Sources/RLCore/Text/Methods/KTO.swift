import Schema

extension TextMethodKind {
  static let kto = TextMethodKind(
    Declaration(
      name: "kto",
      summary: "Kahneman-Tversky optimisation: from single responses, each liked or not.",
      parameters: .answers(epochs: 3, beta: 0.1, learningRate: KTO.learningRate) + [
        Parameter(
          "desirable_weight", .real(from: 0), default: .setting(1.0),
          "Weight of responses that were liked."),
        Parameter(
          "undesirable_weight", .real(from: 0), default: .setting(1.0),
          "Weight of responses that were not."),
      ],
      examples: [Example("coach p method=kto beta=0.1")],
      details: """
        1 - sigma(beta (r - z)) for a liked response, 1 - sigma(beta (z - r)) for another, r its \
        log-ratio to the reference and z the divergence as responses to other prompts of the \
        minibatch show it, at least 0. Ratings count by their sign and size; of a comparison the \
        preferred response is liked and the other not.
        """,
      source: "Ethayarajh et al. 2024, arXiv 2402.01306"),
    kinds: [.rating, .comparison, .correction], lesson: { KTO($0) })
}

/// A loss that is felt like gains and losses: flat far from the reference point z.
struct KTO: TextLesson {
  static let learningRate = 1e-5

  let output = LessonOutput.logRatio
  let epochs: Int
  let batchSize: Int
  private let beta: Double
  private let desirableWeight: Double
  private let undesirableWeight: Double

  init(_ settings: Settings) {
    epochs = settings.integer("n_epochs")
    batchSize = settings.integer("batch_size")
    beta = settings.real("beta")
    desirableWeight = settings.real("desirable_weight")
    undesirableWeight = settings.real("undesirable_weight")
  }

  func examples(_ answers: [TextFeedback]) -> [LessonExample] {
    answers.flatMap { answer -> [LessonExample] in
      guard let label = answer.label else { return LessonExample.ratings([answer]) }
      return zip(answer.responses, [1, -1]).map { response, side in
        LessonExample(responses: [response], label: side * (2 * label - 1))
      }
    }.filter { $0.label != 0 }
  }

  /// Comparisons as such: only what is likelier of two shows which is liked more.
  func judged(_ answers: [TextFeedback]) -> [LessonExample] {
    answers.flatMap { LessonExample.pairs([$0]) + LessonExample.ratings([$0]) }
  }

  /// Each response, then each as an answer to the next one's prompt.
  func responses(_ minibatch: [LessonExample]) -> [TextResponse] {
    let own = minibatch.map { $0.responses[0] }
    return own + own.indices.map { own[$0].following(own[($0 + 1) % own.count]) }
  }

  func loss(
    _ minibatch: [LessonExample], outputs: [Double]
  ) -> (loss: Double, gradients: [Double]) {
    let count = minibatch.count
    // No gradient goes through the reference point.
    let point = max(0, mean(Array(outputs[count...])))
    var total = 0.0
    var gradients = Array(repeating: 0.0, count: 2 * count)
    for (index, example) in minibatch.enumerated() {
      let side = example.label > 0 ? 1.0 : -1
      let weight = abs(example.label) * (side > 0 ? desirableWeight : undesirableWeight)
      let felt = sigmoid(side * beta * (outputs[index] - point))
      let share = weight / Double(count)
      total += share * (1 - felt)
      gradients[index] = -share * side * beta * felt * (1 - felt)
    }
    return (total, gradients)
  }

  func probability(_ example: LessonExample, outputs: [Double]) -> Double {
    sigmoid(beta * (example.isPair ? outputs[0] - outputs[1] : outputs[0]))
  }
}

import Schema

extension TextMethodKind {
  static let rewardModel = TextMethodKind(
    Declaration(
      name: "reward_model",
      summary: "Fits a reward to comparisons and ratings, and leaves the policy as it is.",
      parameters: .rewardModel,
      examples: [Example("coach p method=reward_model members=3")],
      details: """
        The reference with a head on its last token: -log sigma(r_preferred - r_rejected) for \
        comparisons and corrections, half the squared error for ratings. Every method that samples \
        fits the same model where no reward function is given. Brought to mean 0 and deviation 1 \
        on the responses that were judged.
        """,
      source: "Bradley and Terry 1952; Stiennon et al. 2020, arXiv 2009.01325"),
    kinds: RewardModelLesson.kinds, lesson: { RewardModelLesson($0) })
}

/// Pairs by Bradley and Terry, ratings by regression.
struct RewardModelLesson: TextLesson {
  static let kinds: [FeedbackKind] = [.rating, .comparison, .correction]
  static let learningRate = 1e-4

  let output = LessonOutput.value
  let learningRateName = "reward_learning_rate"
  let members: Int
  let epochs: Int
  let batchSize: Int

  init(_ settings: Settings) {
    members = settings.integer("members")
    epochs = settings.integer("reward_epochs")
    batchSize = settings.integer("reward_batch_size")
  }

  func examples(_ answers: [TextFeedback]) -> [LessonExample] {
    answers.flatMap { LessonExample.pairs([$0]) + LessonExample.ratings([$0]) }
  }

  func loss(
    _ minibatch: [LessonExample], outputs: [Double]
  ) -> (loss: Double, gradients: [Double]) {
    var (total, gradients) = (0.0, [Double]())
    let share = 1 / Double(minibatch.count)
    for example in minibatch {
      if example.isPair {
        let margin = outputs[gradients.count] - outputs[gradients.count + 1]
        let (loss, slope) = logisticLoss(margin, label: example.label)
        total += share * loss
        gradients += [share * slope, -share * slope]
      } else {
        let error = outputs[gradients.count] - example.label
        total += share * error * error / 2
        gradients.append(share * error)
      }
    }
    return (total, gradients)
  }

  func probability(_ example: LessonExample, outputs: [Double]) -> Double {
    example.isPair ? sigmoid(outputs[0] - outputs[1]) : sigmoid(outputs[0])
  }
}

/// What was learned from answers: how good a response is.
public struct TextRewardModel: Sendable {
  /// Each the reference with a value head, read at the last token.
  public internal(set) var members: [LanguageModel]
  /// Of each member, mean and deviation over the judged responses.
  public internal(set) var scales: [Scale]

  /// Mean and deviation.
  public struct Scale: Sendable, Hashable {
    let mean: Double
    let deviation: Double
  }

  /// The mean of the members' rewards, in deviations over the responses that were judged; and how
  /// far the members disagree.
  ///
  /// - Parameter responses: a batch of them at a time, as they are computed side by side.
  public func rewards(
    _ responses: [TextResponse], in workspace: LanguageModel.Workspace, pool: ThreadPool? = nil
  ) -> (means: [Double], spreads: [Double]) {
    let each = zip(members, scales).map { member, scale in
      Self.values(member, responses, in: workspace, pool: pool).map {
        ($0 - scale.mean) / scale.deviation
      }
    }
    let columns = responses.indices.map { index in each.map { $0[index] } }
    return (columns.map { mean($0) }, columns.map { standardDeviation($0) })
  }

  /// What a model with a value head says of each response.
  static func values(
    _ model: LanguageModel, _ responses: [TextResponse], in workspace: LanguageModel.Workspace,
    pool: ThreadPool?
  ) -> [Double] {
    let batch = TokenBatch(responses.map(\.sequence))
    model.forward(batch, logits: false, in: workspace, pool: pool)
    return responses.indices.map { Double(workspace.values[batch.lastRow($0)]) }
  }
}

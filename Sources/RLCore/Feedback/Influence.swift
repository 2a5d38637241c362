/// A model that says what rating something would get.
protocol RatingModel: FeedbackModel {
  /// What it expects to be said.
  mutating func predicted(_ rating: Rating) -> Double
}

extension ApprovalNetwork: RatingModel {
  mutating func predicted(_ rating: Rating) -> Double {
    var values: [Float] = []
    let fragment = rating.fragment
    approval(fragment.before, count: fragment.length, into: &values)
    let width = values.count / fragment.length
    return shares(rating).reduce(0) { sum, part in
      let choice = Int(fragment.action(part.step).first!)
      return sum + part.share * Double(values[part.step * width + choice])
    }
  }
}

extension Advise: RatingModel {
  mutating func predicted(_ rating: Rating) -> Double {
    var values: [Float] = []
    let fragment = rating.fragment
    approval(fragment.before, count: fragment.length, into: &values)
    let width = values.count / fragment.length
    let steps = rating.focus.map { $0..<($0 + 1) } ?? 0..<fragment.length
    return mean(
      steps.map { Double(values[$0 * width + Int(fragment.action($0).first!)]) })
  }
}

extension PotentialShaping: RatingModel {
  mutating func predicted(_ rating: Rating) -> Double {
    shares(rating).reduce(0) { sum, part in
      sum + part.share * potential(Array(rating.fragment.observation(part.step + 1)))
    }
  }
}

/// What feedback moved an action or a return: by how much it would be another without it.
public struct Influence: Sendable, Hashable {
  /// The feedback's id.
  public let id: Int
  /// What it added: to the approval of the action taken, or to the learned return.
  public let effect: Double
}

extension Agent {
  /// Answers up to which `influence` is worth waiting for.
  public static let influenceLimit = 200

  /// By how much one answer moved how well an episode is thought of, exactly: the model is fitted
  /// again without it. The episode may be one step, for the question why that action was taken.
  ///
  /// - Returns: its effect on the mean approval of the episode's actions, on its mean potential, or
  ///   on its learned return a step.
  /// - Throws: `incompatible` where the method's knowledge lies in the weights, where there is no
  ///   such answer, or the episode is of another environment.
  public func influence(of id: Int, on episode: Episode) throws(CoreError) -> Influence {
    let kind = try FeedbackMethods.named(feedback.method)
    let given = feedback.learned.map(\.feedback).filter { kind.kinds.contains($0.kind) }
    guard given.contains(where: { $0.id == id }) else {
      throw .incompatible("the agent has learned nothing from feedback \(id)")
    }
    let fragment = Fragment(episode)
    guard fragment.fits(environment) else {
      throw .incompatible("the episode is not of \(environment.name)")
    }
    guard kind.rule == .refits, let model = feedback.model,
      let with = standing(of: fragment, by: model)
    else {
      throw .incompatible(
        "what feedback taught by `\(feedback.method)` lies in the weights: `whatif` and `retract` "
          + "show what an answer did")
    }
    let without = standing(
      of: fragment, by: try self.model(of: given.filter { $0.id != id }, by: kind))
    return Influence(id: id, effect: with - (without ?? 0))
  }

  /// How well a model thinks of an episode; nil where it thinks nothing of episodes.
  private func standing(of fragment: Fragment, by model: any FeedbackModel) -> Double? {
    if var model = model as? any RewardModelling {
      return mean(
        model.ensemble.rewards(model.ensemble.rows(fragment), count: fragment.length))
    }
    guard var model = model as? any RatingModel else { return nil }
    return model.predicted(Rating(id: 0, value: 0, fragment: fragment, focus: nil, stamps: nil))
  }
}

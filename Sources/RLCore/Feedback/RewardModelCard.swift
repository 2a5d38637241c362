/// How far what an agent learned from feedback can be trusted: held against answers that it did not
/// learn from, and against the true reward.
public struct RewardModelCard: Sendable, Hashable {
  /// The feedback method.
  public let method: String
  /// Answers that it stands on.
  public let answers: Int
  /// Answers that are held out from some member, or left out in turn; of equal ones nothing can be
  /// right.
  public let heldOut: Int
  /// The share of held-out answers that it gives too; nil for none.
  public let accuracy: Double?
  /// The 95 % interval of the accuracy, by Wilson.
  public let interval: ClosedRange<Double>?
  /// How often what was said with some probability came true, in bins of predicted probability;
  /// for comparisons.
  public let calibration: [Bin]
  /// Of each held-out answer, how strongly it is agreed with; below 0 it is not.
  public let margins: [Double]
  /// How much members disagree about pieces that people compared: the mean deviation of their
  /// returns.
  public let spreadOnAnswers: Double?
  /// The same on the latest pieces of training: where it is much greater, the agent has gone where
  /// nobody was asked.
  public let spreadOnTraining: Double?
  /// The correlation of learned and true returns over the latest pieces of training, or of the
  /// answers where none are kept.
  public let correlation: Double?
  /// What should worry, a sentence each.
  public let alarms: [String]

  /// Answers whose predicted probability lies in one range.
  public struct Bin: Sendable, Hashable {
    /// The mean predicted probability that the left one is preferred.
    public let predicted: Double
    /// The share in which it was.
    public let observed: Double
    /// Answers in the bin.
    public let count: Int
  }

  /// Below this correlation learned and true reward have parted.
  public static let leastCorrelation = 0.3
  /// Of fewer answers or pieces nothing is said that should worry: chance does the like.
  public static let fewest = 10
  /// From this many times the spread on answers the model knows nothing of the latest training.
  public static let greatestSpread = 3.0
}

extension Agent {
  /// Judges what was learned from feedback; changes no bit of the agent.
  ///
  /// - Throws: `incompatible` where there is nothing to judge: no answers, or a method without a
  ///   model of them.
  public func judge() throws(CoreError) -> RewardModelCard {
    guard let model = feedback.model, !feedback.learned.isEmpty else {
      throw .incompatible("there is nothing to judge: the agent has learned from no feedback")
    }
    if let model = model as? any RewardModelling { return judge(model) }
    let kind = try FeedbackMethods.named(feedback.method)
    guard model is any RatingModel, kind.rule == .refits else {
      throw .incompatible(
        "`\(feedback.method)` has no model of what people want that could be judged")
    }
    return try judgeRatings(kind)
  }

  /// What the reward model says an episode brings, in deviations of its reward a step.
  ///
  /// - Throws: `incompatible` where there is no reward model, or the episode is not of this
  ///   environment.
  public func learnedReturn(of episode: Episode) throws(CoreError) -> Double {
    let fragment = Fragment(episode)
    guard var model = feedback.model as? any RewardModelling, fragment.fits(environment) else {
      throw .incompatible("there is no reward model for an episode like this")
    }
    return mean(model.ensemble.returns(model.ensemble.rows(fragment)))
  }

  private func judge(_ model: any RewardModelling) -> RewardModelCard {
    var model = model
    let given = feedback.learned.map(\.feedback)
    let pairs = model.pairs(given, in: environment)
    var (margins, predictions): ([Double], [(probability: Double, label: Double)]) = ([], [])
    for (index, pair) in pairs.enumerated() where index < model.ensemble.fitted {
      guard let probability = model.ensemble.heldOutProbability(pair, index: index) else {
        continue
      }
      predictions.append((probability, pair.label))
      if pair.label != 0.5 {
        margins.append((pair.label > 0.5 ? 1 : -1) * (2 * probability - 1))
      }
    }
    let latest = feedback.clips.clips.map { Fragment($0) }
    let compared = given.flatMap(\.fragments)
    let seen = latest.isEmpty ? compared : latest
    let learned = seen.map { mean(model.ensemble.returns(model.ensemble.rows($0))) }
    let correlation = pearson(learned, seen.map(\.trueReturn))
    let onAnswers = model.ensemble.spread(compared)
    let onTraining = model.ensemble.spread(latest)
    return RewardModelCard(
      method: feedback.method, answers: feedback.learned.count, heldOut: margins.count,
      accuracy: RewardModelCard.share(margins), interval: RewardModelCard.wilson(margins),
      calibration: RewardModelCard.bins(predictions),
      margins: margins, spreadOnAnswers: onAnswers, spreadOnTraining: onTraining,
      correlation: correlation,
      alarms: alarms(
        margins, correlation, over: Set(seen).count, onAnswers, onTraining))
  }

  /// By cross-validation: a fifth of the ratings is left out in turn.
  private func judgeRatings(_ kind: FeedbackMethodKind) throws(CoreError) -> RewardModelCard {
    let given = feedback.learned.map(\.feedback).filter { kind.kinds.contains($0.kind) }
    let folds = min(5, given.count)
    var margins: [Double] = []
    for fold in 0..<folds where folds > 1 {
      let left = given.enumerated().filter { $0.offset % folds == fold }.map(\.element)
      let rest = given.enumerated().filter { $0.offset % folds != fold }.map(\.element)
      guard var model = try model(of: rest, by: kind) as? any RatingModel else { continue }
      for rating in left.compactMap(\.asRating) where rating.value != 0 {
        margins.append((rating.value > 0 ? 1 : -1) * model.predicted(rating))
      }
    }
    return RewardModelCard(
      method: feedback.method, answers: feedback.learned.count, heldOut: margins.count,
      accuracy: RewardModelCard.share(margins), interval: RewardModelCard.wilson(margins),
      calibration: [], margins: margins,
      spreadOnAnswers: nil, spreadOnTraining: nil, correlation: nil,
      alarms: alarms(margins, nil, over: 0, nil, nil))
  }

  /// The model that other feedback would have given, the agent left as it is.
  func model(
    of given: [Feedback], by kind: FeedbackMethodKind
  ) throws(CoreError) -> any FeedbackModel {
    let copy = fork()
    copy.history = FeedbackHistory()
    copy.feedback.pending = []
    copy.feedback.learned = given.map { .init(feedback: $0, steps: steps, episodes: episodes) }
    try copy.refit(kind)
    return copy.feedback.model
      ?? kind.make(feedback.settings, environment.observationSpace, environment.actionSpace)
  }

  private func alarms(
    _ margins: [Double], _ correlation: Double?, over pieces: Int, _ onAnswers: Double?,
    _ onTraining: Double?
  ) -> [String] {
    var alarms = RewardModelCard.coinAlarm(margins).map { [$0] } ?? []
    if let correlation, pieces >= RewardModelCard.fewest,
      correlation < RewardModelCard.leastCorrelation
    {
      alarms.append(
        "learned and true return have parted: their correlation is "
          + "\((correlation * 100).rounded() / 100)")
    }
    if let onAnswers, let onTraining, onTraining > RewardModelCard.greatestSpread * onAnswers {
      alarms.append("the agent has gone where nobody was asked: members disagree there")
    }
    return alarms
  }
}

/// What held-out answers say.
extension RewardModelCard {
  /// The share of answers that are agreed with; nil for none.
  static func share(_ margins: [Double]) -> Double? {
    margins.isEmpty ? nil : mean(margins.map { $0 > 0 ? 1 : $0 == 0 ? 0.5 : 0 })
  }

  static func wilson(_ margins: [Double]) -> ClosedRange<Double>? {
    share(margins).map { wilsonInterval(share: $0, count: margins.count) }
  }

  /// What is wrong where answers are predicted no better than by a coin; nil for few of them.
  static func coinAlarm(_ margins: [Double]) -> String? {
    guard let interval = wilson(margins), interval.lowerBound < 0.5, margins.count >= fewest else {
      return nil
    }
    return "held-out answers are predicted no better than by a coin"
  }

  static func bins(_ predictions: [(probability: Double, label: Double)]) -> [Bin] {
    (0..<5).compactMap { bin in
      let inside = predictions.filter { min(4, Int($0.probability * 5)) == bin }
      if inside.isEmpty { return nil }
      return Bin(
        predicted: mean(inside.map(\.probability)), observed: mean(inside.map(\.label)),
        count: inside.count)
    }
  }
}

extension RewardEnsemble {
  /// The mean deviation of the members' returns over pieces; nil for none.
  mutating func spread(_ pieces: [Fragment]) -> Double? {
    if pieces.isEmpty { return nil }
    return mean(pieces.map { standardDeviation(returns(rows($0))) })
  }
}

/// The 95 % interval of a share, by Wilson; never outside 0 and 1.
public func wilsonInterval(share: Double, count: Int) -> ClosedRange<Double> {
  let (n, z) = (Double(count), 1.959_964)
  let center = (share + z * z / (2 * n)) / (1 + z * z / n)
  let reach =
    z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
  // Where all or none agree rounding would leave the end beside 1 or 0.
  return (share == 0 ? 0 : max(0, center - reach))...(share == 1 ? 1 : min(1, center + reach))
}

/// The correlation of two lists of the same length; nil where one does not vary.
public func pearson(_ xs: [Double], _ ys: [Double]) -> Double? {
  precondition(xs.count == ys.count, "\(xs.count) numbers against \(ys.count)")
  guard xs.count > 2 else { return nil }
  let (first, second) = (standardDeviation(xs), standardDeviation(ys))
  guard first > 1e-12, second > 1e-12 else { return nil }
  let (left, right) = (mean(xs), mean(ys))
  return mean(xs.indices.map { (xs[$0] - left) * (ys[$0] - right) }) / (first * second)
}

import Schema

/// Moves a setting, such as the learning rate, by what people say: many negative answers ask for
/// faster change where what is learned from them can be trusted, and a model that predicts answers
/// badly asks for slower change. Quiet times lead back to where it began.
///
/// It moves only when two observations in a row ask for the same, so that it does not swing; and
/// never beyond a quarter or four times the base.
public struct FeedbackController: Sendable, Hashable {
  /// The setting's value at first.
  public let base: Double
  /// What the base is multiplied by now.
  public private(set) var factor = 1.0
  /// All observations with what came of them, oldest first.
  public private(set) var log: [Entry] = []
  private var lastWish = Wish.stay

  /// One observation.
  public struct Entry: Sendable, Hashable {
    /// Held-out accuracy of what was learned from answers; nil where it is not known.
    public let accuracy: Double?
    /// The share of negative answers.
    public let negativeShare: Double
    /// The setting's value afterwards.
    public let value: Double
  }

  /// How far the factor goes.
  public static let bounds = 0.25...4.0
  /// From this share on, answers are mostly negative; below `fewNegative` mostly not. Between the
  /// two nothing is wished.
  public static let manyNegative = 0.6
  /// See `manyNegative`.
  public static let fewNegative = 0.4
  /// Held-out accuracy below which answers are not followed faster but slower.
  public static let leastAccuracy = 0.6

  private enum Wish: Sendable, Hashable { case faster, slower, back, stay }

  /// - Parameter base: the setting's present value, above 0.
  public init(base: Double) {
    precondition(base > 0, "a base of \(base)")
    self.base = base
  }

  /// The setting's value.
  public var value: Double { base * factor }

  /// Takes in the answers since the last time.
  ///
  /// - Returns: whether the value moved.
  @discardableResult
  public mutating func observe(accuracy: Double?, negativeShare: Double) -> Bool {
    let wish: Wish =
      if let accuracy, accuracy < Self.leastAccuracy {
        .slower
      } else if negativeShare >= Self.manyNegative {
        .faster
      } else if negativeShare < Self.fewNegative {
        .back
      } else {
        .stay
      }
    let before = factor
    if wish == lastWish {
      switch wish {
      case .faster: factor = min(Self.bounds.upperBound, factor * 1.5)
      case .slower: factor = max(Self.bounds.lowerBound, factor / 1.5)
      case .back: factor = factor > 1 ? max(1, factor / 1.5) : min(1, factor * 1.5)
      case .stay: break
      }
    }
    lastWish = wish
    log.append(Entry(accuracy: accuracy, negativeShare: negativeShare, value: value))
    return factor != before
  }
}

extension Feedback {
  /// Whether it says that something was bad; nil where it says neither.
  public var isNegative: Bool? {
    if let rating = asRating { return rating.value == 0 ? nil : rating.value < 0 }
    if case .correction = self { return true }
    return nil
  }
}

extension Agent {
  /// Lets a controller see the latest answers, and sets `name` where it moved: a learning rate, or
  /// the steps between updates.
  ///
  /// - Parameters:
  ///   - name: a real setting takes the controller's value; an integer one, such as `train_freq`,
  ///     the base divided by the factor: updates that come sooner.
  ///   - latest: how many of the answers learned from last are looked at.
  /// - Returns: whether the setting was changed.
  /// - Throws: `unknownSetting`, `invalidSetting`, `fixedSetting`.
  public func adjust(
    _ name: String, by controller: inout FeedbackController, latest: Int = 20
  ) throws(CoreError) -> Bool {
    let said = feedback.learned.suffix(latest).compactMap { $0.feedback.isNegative }
    guard !said.isEmpty else { return false }
    let accuracy = try? judge().accuracy
    guard
      controller.observe(
        accuracy: accuracy, negativeShare: mean(said.map { $0 ? 1 : 0 }))
    else { return false }
    if settings[name]?.integer != nil {
      try set(
        name,
        to: .integer(max(1, Int((controller.base / controller.factor).rounded()))))
    } else {
      try set(name, to: .real(controller.value))
    }
    return true
  }
}

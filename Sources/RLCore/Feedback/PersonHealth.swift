/// One answer as it tells of who gave it.
public struct GivenAnswer: Sendable, Hashable {
  /// The feedback's id.
  public let id: Int
  /// What was said of a pair; nil for other kinds.
  public let choice: Preference?
  /// The answer that this one asked again, sides swapped.
  public let repeats: Int?
  /// From the question to the answer; nil where that was not measured.
  public let seconds: Double?

  /// Made of its parts.
  public init(id: Int, choice: Preference?, repeats: Int?, seconds: Double?) {
    self.id = id
    self.choice = choice
    self.repeats = repeats
    self.seconds = seconds
  }
}

/// How steadily one person answers.
public struct PersonHealth: Sendable, Hashable {
  /// Answers in all.
  public let answers: Int
  /// Pairs that were asked again, sides swapped.
  public let repeats: Int
  /// The share of these answered the same; nil for none.
  public let selfConsistency: Double?
  /// The share of decided pairs in which the left one was chosen; half is no bias. Nil for none.
  public let leftShare: Double?
  /// The 95 % interval of that share.
  public let leftInterval: ClosedRange<Double>?
  /// The share of pairs that were skipped.
  public let skipped: Double
  /// The median time of an answer; nil where none was measured.
  public let seconds: Double?
  /// What should worry, a sentence each.
  public let warnings: [String]

  /// Agreement, beyond chance or with oneself, below which to warn.
  public static let least = 0.4

  /// - Parameter given: one person's answers, oldest first.
  public init(_ given: [GivenAnswer]) {
    answers = given.count
    let pairs = given.compactMap(\.choice)
    let first = Dictionary(
      given.compactMap { answer in answer.choice.map { (answer.id, $0) } },
      uniquingKeysWith: { earlier, _ in earlier })
    let again = given.compactMap { answer -> Bool? in
      guard let repeated = answer.repeats, let before = first[repeated], let now = answer.choice
      else { return nil }
      return now == before.swapped
    }
    repeats = again.count
    let consistency = again.isEmpty ? nil : mean(again.map { $0 ? 1 : 0 })
    selfConsistency = consistency
    let decided = pairs.filter { $0 == .left || $0 == .right }
    let left = decided.isEmpty ? nil : mean(decided.map { $0 == .left ? 1 : 0 })
    leftShare = left
    let interval = left.map { wilsonInterval(share: $0, count: decided.count) }
    leftInterval = interval
    skipped = pairs.isEmpty ? 0 : mean(pairs.map { $0 == .skip ? 1 : 0 })
    let times = given.compactMap(\.seconds)
    seconds = times.isEmpty ? nil : median(times)

    var warnings: [String] = []
    // A coin agrees with itself half of the time: consistency is judged beyond that.
    if let consistency, again.count >= 5, 2 * consistency - 1 < Self.least {
      warnings.append("pairs asked again with sides swapped get other answers")
    }
    if let interval, !interval.contains(0.5) {
      warnings.append(
        "the \(interval.lowerBound > 0.5 ? "left" : "right") one is chosen too often, "
          + "whatever is shown")
    }
    self.warnings = warnings
  }
}

extension Preference {
  /// The same answer with sides swapped.
  public var swapped: Preference {
    switch self {
    case .left: .right
    case .right: .left
    case .equal, .skip: self
    }
  }
}

/// Cohen's kappa of two people who answered the same questions, in the same order; skipped ones are
/// left out.
///
/// - Throws: `outsideDomain` for lists of different lengths, and as `kappa` does.
public func agreement(_ first: [Preference], _ second: [Preference]) throws(CoreError) -> Double {
  guard first.count == second.count else {
    throw .outsideDomain("agreement takes as many answers of the one as of the other")
  }
  let options: [Preference] = [.left, .right, .equal]
  var counts = Array(repeating: Array(repeating: 0.0, count: 3), count: 3)
  for (a, b) in zip(first, second) {
    guard let row = options.firstIndex(of: a), let column = options.firstIndex(of: b) else {
      continue
    }
    counts[row][column] += 1
  }
  return try kappa(counts)
}

/// What a person or a teacher can say.
public enum FeedbackKind: String, Sendable, Hashable, CaseIterable {
  case rating, comparison, correction, demonstration, question
}

/// One thing said to an agent. Its id is what `retract` takes it back by.
public enum Feedback: Sendable, Hashable, Identifiable {
  case rating(Rating)
  case comparison(FragmentComparison)
  case correction(Correction)
  case demonstration(Demonstration)
  case question(QuestionAnswer)

  /// What `retract` takes it back by; unique to the agent.
  public var id: Int {
    switch self {
    case .rating(let rating): rating.id
    case .comparison(let comparison): comparison.id
    case .correction(let correction): correction.id
    case .demonstration(let demonstration): demonstration.id
    case .question(let answer): answer.id
    }
  }

  /// What it is.
  public var kind: FeedbackKind {
    switch self {
    case .rating: .rating
    case .comparison: .comparison
    case .correction: .correction
    case .demonstration: .demonstration
    case .question: .question
    }
  }

  /// The steps that it is about: none for a question about none, two pieces for a comparison.
  public var fragments: [Fragment] {
    switch self {
    case .rating(let rating): [rating.fragment]
    case .comparison(let comparison): [comparison.left, comparison.right]
    case .correction(let correction): [correction.fragment]
    case .demonstration(let demonstration): [demonstration.fragment]
    case .question(let answer): answer.fragment.map { [$0] } ?? []
    }
  }
}

/// A rating of an episode or of one of its steps.
public struct Rating: Sendable, Hashable {
  /// What `retract` takes it back by.
  public let id: Int
  /// From -1, bad, to 1, good; what lies outside is cut.
  public let value: Double
  /// The steps that may get credit.
  public let fragment: Fragment
  /// The rated step within the fragment; nil when the rating is about all of them.
  public let focus: Int?
  /// When it was given and when the steps were seen; nil where feedback was given turn by turn.
  public let stamps: Stamps?

  /// Times on one clock, in seconds.
  public struct Stamps: Sendable, Hashable {
    /// When the rating was given.
    public let given: Double
    /// When each step of the episode began to be shown, and when the last ended: one more than
    /// steps.
    public let steps: [Double]

    /// - Precondition: times do not go back.
    public init(given: Double, steps: [Double]) {
      precondition(zip(steps, steps.dropFirst()).allSatisfy { $0 <= $1 }, "time goes back")
      self.given = given
      self.steps = steps
    }
  }

  /// A rating of a whole episode.
  public init(id: Int, value: Double, episode: Episode) {
    self.init(id: id, value: value, fragment: Fragment(episode), focus: nil, stamps: nil)
  }

  /// A rating of one step, such as the last one made by hand; the steps before it may get some of
  /// the credit.
  ///
  /// - Parameter stamps: of all steps of the episode, where it was rated while it played.
  /// - Precondition: the episode has that step, and stamps for each step and the end.
  public init(id: Int, value: Double, step: Int, of episode: Episode, stamps: Stamps? = nil) {
    precondition(episode.actions.indices.contains(step), "the episode has no step \(step)")
    precondition(
      stamps.map { $0.steps.count == episode.length + 1 } ?? true,
      "\(stamps?.steps.count ?? 0) times for \(episode.length) steps")
    let first = max(0, step + 1 - Self.longestReach)
    self.init(
      id: id, value: value, fragment: Fragment(episode.fragment(first..<(step + 1))),
      focus: step - first,
      stamps: stamps.map { Stamps(given: $0.given, steps: Array($0.steps[first...(step + 1)])) })
  }

  /// The rated step and the steps before it that are kept: what a credit window can reach.
  public static let longestReach = 64

  init(id: Int, value: Double, fragment: Fragment, focus: Int?, stamps: Stamps?) {
    self.id = id
    self.value = min(max(value, -1), 1)
    self.fragment = fragment
    self.focus = focus
    self.stamps = stamps
  }
}

/// Which of two pieces is better.
public struct FragmentComparison: Sendable, Hashable {
  /// What `retract` takes it back by.
  public let id: Int
  /// The piece shown at the left.
  public let left: Fragment
  /// The piece shown at the right.
  public let right: Fragment
  /// What was said; a skipped one teaches nothing.
  public let choice: Preference
  /// The comparison that this one asks again with sides swapped; it teaches nothing new.
  public let repeats: Int?

  /// A comparison of two episodes or pieces of them.
  public init(
    id: Int, left: Episode, right: Episode, choice: Preference, repeats: Int? = nil
  ) {
    self.init(
      id: id, left: Fragment(left), right: Fragment(right), choice: choice, repeats: repeats)
  }

  init(id: Int, left: Fragment, right: Fragment, choice: Preference, repeats: Int?) {
    self.id = id
    self.left = left
    self.right = right
    self.choice = choice
    self.repeats = repeats
  }

  /// The probability that the label gives to the left one; nil for a skipped or repeated one.
  var label: Double? {
    if repeats != nil { return nil }
    return switch choice {
    case .left: 1
    case .right: 0
    case .equal: 0.5
    case .skip: nil
    }
  }
}

/// What should have been done in one step.
public struct Correction: Sendable, Hashable {
  /// What `retract` takes it back by.
  public let id: Int
  /// The step as it was.
  public let fragment: Fragment
  /// What should have been done, as numbers.
  let preferred: [Float]

  /// - Precondition: the episode has that step.
  public init(id: Int, step: Int, of episode: Episode, action: Action) {
    precondition(episode.actions.indices.contains(step), "the episode has no step \(step)")
    self.init(
      id: id, fragment: Fragment(episode.fragment(step..<(step + 1))),
      preferred: action.values.map { Float($0) })
  }

  init(id: Int, fragment: Fragment, preferred: [Float]) {
    self.id = id
    self.fragment = fragment
    self.preferred = preferred
  }
}

/// An episode as it should be.
public struct Demonstration: Sendable, Hashable {
  /// What `retract` takes it back by.
  public let id: Int
  /// The episode.
  public let fragment: Fragment

  /// An episode of someone who knows the task.
  public init(id: Int, episode: Episode) {
    self.init(id: id, fragment: Fragment(episode))
  }

  init(id: Int, fragment: Fragment) {
    self.id = id
    self.fragment = fragment
  }
}

/// The answer to a question with options. About an episode, options go from the best to the worst,
/// and the answer counts as a rating from 1 to -1.
public struct QuestionAnswer: Sendable, Hashable {
  /// What `retract` takes it back by.
  public let id: Int
  /// What was asked.
  public let question: String
  /// What could be answered.
  public let options: [String]
  /// The index of the option chosen.
  public let choice: Int
  /// What it was about, if anything.
  public let fragment: Fragment?

  /// - Precondition: there is such an option.
  public init(id: Int, question: String, options: [String], choice: Int, about episode: Episode?) {
    self.init(
      id: id, question: question, options: options, choice: choice,
      fragment: episode.map { Fragment($0) })
  }

  init(id: Int, question: String, options: [String], choice: Int, fragment: Fragment?) {
    precondition(options.indices.contains(choice), "no option \(choice) among \(options)")
    self.id = id
    self.question = question
    self.options = options
    self.choice = choice
    self.fragment = fragment
  }

  /// From 1 for the first option to -1 for the last; 0 where there is only one.
  public var value: Double {
    options.count < 2 ? 0 : 1 - 2 * Double(choice) / Double(options.count - 1)
  }

  /// What rating it amounts to; nil where it is about no steps.
  var rating: Rating? {
    fragment.map { Rating(id: id, value: value, fragment: $0, focus: nil, stamps: nil) }
  }
}

extension Feedback {
  /// Ratings, and answers that amount to one.
  var asRating: Rating? {
    switch self {
    case .rating(let rating): rating
    case .question(let answer): answer.rating
    default: nil
    }
  }

  /// Whether it can be about that environment.
  func fits(_ environment: EnvironmentInstance) -> Bool {
    if case .correction(let correction) = self {
      let space = environment.actionSpace
      guard correction.preferred.count == space.size,
        space.contains(Action(correction.preferred, in: space))
      else { return false }
    }
    return fragments.allSatisfy { $0.fits(environment) }
  }
}

import Schema

/// What a method made of feedback for one agent, and how that acts on it: on the choice of actions,
/// on what is learned from as reward, or on the algorithm's weights themselves.
///
/// Methods that do only one of these leave the others as they are declared here.
protocol FeedbackModel: Sendable {
  /// Learns. The model is as it was made, or as an earlier call left it, by the method's `rule`.
  ///
  /// - Throws: `notFinite`, `incompatible`.
  mutating func learn(_ lessons: Lessons, with pupil: inout Pupil) throws(CoreError)

  /// Puts what the model gave the algorithm in place again, after both were restored.
  mutating func reinstall(_ lessons: Lessons, with pupil: inout Pupil)

  /// How far what is known now is from what was said: a mean squared error, or nats.
  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double

  /// Adds everything that was learned, under names that begin with `feedback/`.
  func save(to archive: inout StateArchive)

  /// Takes back what `save` wrote.
  ///
  /// - Throws: `damagedArchive`.
  mutating func restore(from archive: StateArchive) throws(CoreError)

  // MARK: Acting

  /// How approval takes part in the choice of actions.
  var influence: ActionInfluence { get }

  /// What is thought of each action.
  ///
  /// - Parameters:
  ///   - observations: `[count, observationSpace.size]`.
  ///   - approval: `[count, actions]`, resized and overwritten.
  mutating func approval(_ observations: [Float], count: Int, into approval: inout [Float])

  // MARK: Rewarding

  /// Whether `reward` stands in place of the environment's own, or adds to it.
  var givesReward: Bool { get }

  /// What the algorithm learns from as this step's reward.
  mutating func reward(_ transition: borrowing Transition) -> Double
}

/// How feedback takes part in the choice of actions.
enum ActionInfluence: Sendable {
  /// Not at all.
  case none
  /// Approval times beta is added to each action's value.
  case added
  /// With probability beta the most approved action is taken.
  case shared
}

extension FeedbackModel {
  mutating func reinstall(_ lessons: Lessons, with pupil: inout Pupil) {}
  var influence: ActionInfluence { .none }
  mutating func approval(_ observations: [Float], count: Int, into approval: inout [Float]) {
    preconditionFailure("a method without influence on actions was asked for its approval")
  }
  var givesReward: Bool { false }
  mutating func reward(_ transition: borrowing Transition) -> Double { transition.reward }
  func save(to archive: inout StateArchive) {}
  mutating func restore(from archive: StateArchive) throws(CoreError) {}
}

/// What there is to learn from.
struct Lessons: Sendable {
  /// In the order of giving, those of kinds that the method knows.
  let all: [Feedback]
  /// Of them, those that came since the last learning.
  let new: [Feedback]
}

/// Who is taught: what a model may change and draw from.
struct Pupil {
  var algorithm: any Algorithm
  let environment: EnvironmentInstance
  /// The method's own stream, the same at each learning.
  let random: RandomSource
  /// The latest pieces of its training, where the method collects them.
  let clips: [Episode]
  /// Earlier learnings.
  let learnings: Int
  /// What a model may use at once; it must change no bit.
  let threads: Int
}

/// A nameable feedback method: its declaration and how it learns.
public struct FeedbackMethodKind: Sendable {
  /// Its name, settings and documentation.
  public let declaration: Declaration
  /// The algorithms it works with.
  public let algorithms: [String]
  /// The kinds of feedback it learns from.
  public let kinds: [FeedbackKind]
  let rule: Rule
  /// How it asks within training; nil where it does not.
  var queries: (@Sendable (Settings) -> QueryPlan)? = nil
  /// Steps of the pieces of training that it needs beside feedback; nil where it needs none.
  var collects: (@Sendable (Settings) -> Int)? = nil
  /// Makes a model that has learned nothing.
  let make: @Sendable (Settings, Space, Space) -> any FeedbackModel

  /// How learning follows on learning.
  enum Rule: Sendable {
    /// Each time from nothing and from all feedback: the model is a function of the feedback.
    case refits
    /// Each time from the new feedback: the algorithm's weights hold what was learned.
    case accumulates
  }

  /// - Throws: `incompatible` where the method is not made for this algorithm.
  func check(algorithm name: String) throws(CoreError) {
    guard algorithms.contains(name) else {
      throw .incompatible(
        "feedback by `\(declaration.name)` does not work with \(name), but with "
          + algorithms.joined(separator: ", "))
    }
  }
}

/// The built-in feedback methods.
public enum FeedbackMethods {
  /// What its members are called.
  public static let family = Family("feedback method")

  /// All of them, in the order in which they are shown. A new one is a new file and a line here.
  public static let all: [FeedbackMethodKind] = [
    .tamer, .deepTAMER, .actionBiasing, .controlSharing, .advise, .coach, .deepCOACH,
    .potentialShaping, .preferences, .trex, .bc, .dagger, .dqfd, .sqil,
  ]

  /// The one of that name.
  public static func named(_ name: String) throws(CoreError) -> FeedbackMethodKind {
    if let kind = all.first(where: { $0.declaration.name == name }) { return kind }
    throw .unknownName(
      family: family.name, name: name,
      suggestion: nearest(to: name, among: all.map(\.declaration.name)))
  }
}

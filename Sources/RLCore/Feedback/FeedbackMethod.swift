import Schema

/// What ratings taught, as something added to action values.
///
/// A function of the ratings alone: the same ratings give the same head, so that taking one back is
/// learning from the others.
protocol FeedbackHead: Sendable {
  /// All that the head learned, flat.
  var state: [Float] { get }

  /// What the ratings say of each action.
  ///
  /// - Parameters:
  ///   - observations: `[count, observationSpace.size]`.
  ///   - approval: `[count, actions]`, resized and overwritten.
  mutating func approval(_ observations: [Float], count: Int, into approval: inout [Float])

  /// The mean squared error over the ratings.
  mutating func loss(_ ratings: [Rating]) -> Double
}

/// A nameable feedback method: its declaration and how it learns.
public struct FeedbackMethodKind: Sendable {
  /// Its name, settings and documentation.
  public let declaration: Declaration
  /// The algorithms it works with.
  public let algorithms: [String]
  /// The kinds of feedback it learns from.
  public let kinds: [FeedbackKind]
  /// Learns from all ratings, from nothing.
  let fit: @Sendable (Settings, [Rating], Space, Space, RandomSource) -> any FeedbackHead
  /// Makes a head of what `state` gave; nil where it does not fit.
  let restore: @Sendable (Settings, [Float], Space, Space) -> (any FeedbackHead)?
}

/// The built-in feedback methods.
public enum FeedbackMethods {
  /// What its members are called.
  public static let family = Family("feedback method")

  /// All of them, in the order in which they are shown. A new one is a new file and a line here.
  public static let all: [FeedbackMethodKind] = [.tamer]

  /// The one of that name.
  public static func named(_ name: String) throws(CoreError) -> FeedbackMethodKind {
    if let kind = all.first(where: { $0.declaration.name == name }) { return kind }
    throw .unknownName(
      family: family.name, name: name,
      suggestion: nearest(to: name, among: all.map(\.declaration.name)))
  }
}

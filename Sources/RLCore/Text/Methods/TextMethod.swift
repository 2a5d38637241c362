import Schema

/// How feedback shapes a language model: the methods, and how they are carried out.
///
/// A `TextCoaching` is the state: the policy, the frozen reference it began as, the method with its
/// settings, the feedback received, the reward model learned from it, and the log of what was done,
/// by which any answer can be taken back to the bit. It is a value: a copy is a fork.
///
/// ```
/// var coaching = try TextCoaching(
///   model, tokenizer: tokenizer, method: "ppo", settings: ["kl_target": 12], seed: 7)
/// // `train`: methods with `trains`. A reward given here goes before a learned one.
/// let plan = try TextPlan(prompts: ["the cat"], tokens: 24, stop: ["\n"])
/// var trainer = try TextTrainer(training: coaching, steps: 30, plan: plan, reward: { … })
/// // `learn`: from what was received; it fits the reward model, or the policy where the method
/// // learns from answers directly.
/// coaching.receive(.comparison(id: 1, left: a, right: b, choice: .left))
/// var trainer = try TextTrainer(learning: coaching)
/// // `retract`: everything again without one answer.
/// var trainer = try TextTrainer(retracting: 1, from: coaching)
/// // All are pulled in the same way; `coaching` is whole after every advance.
/// loop: while true {
///   switch try trainer.advance() {
///   case .working(let share): …            // of the present iteration
///   case .iterated(let report): …          // reward, KL, entropy, length, distinct-2, a sample
///   case .finished(let end): break loop    // why, and a last measure
///   }
/// }
/// coaching = trainer.coaching
/// let model = coaching.model               // without a value head: generate, save
/// ```
///
/// A method that samples conforms to `PolicyMethod`, one that learns from answers to `TextLesson`.
/// A new one is a file with its declaration and a line in `TextMethods.all`.
public struct TextMethodKind: Sendable {
  /// Its name, settings and documentation.
  public let declaration: Declaration
  /// The kinds of feedback that `learn` takes.
  public let kinds: [FeedbackKind]
  /// What `train` does; nil for methods that only learn from answers.
  let policy: (@Sendable (Settings) -> any PolicyMethod)?
  /// What `learn` does.
  let lesson: @Sendable (Settings) -> any TextLesson

  /// Whether `train` samples from the policy and needs a reward: a function, or a learned one.
  public var trains: Bool { policy != nil }

  init(
    _ declaration: Declaration, kinds: [FeedbackKind],
    policy: (@Sendable (Settings) -> any PolicyMethod)? = nil,
    lesson: @escaping @Sendable (Settings) -> any TextLesson
  ) {
    self.declaration = declaration
    self.kinds = kinds
    self.policy = policy
    self.lesson = lesson
  }
}

/// The built-in methods for text.
public enum TextMethods {
  /// What its members are called.
  public static let family = Family("text method")

  /// All of them, in the order in which they are shown. A new one is a new file and a line here.
  public static let all: [TextMethodKind] = [
    .ppo, .rloo, .grpo, .bestOfN, .dpo, .ipo, .kto, .rewardModel,
  ]

  /// The one of that name.
  ///
  /// - Throws: `unknownName`.
  public static func named(_ name: String) throws(CoreError) -> TextMethodKind {
    if let kind = all.first(where: { $0.declaration.name == name }) { return kind }
    throw .unknownName(
      family: family.name, name: name,
      suggestion: nearest(to: name, among: all.map(\.declaration.name)))
  }
}

/// What a policy is sampled with while it trains.
public struct TextPlan: Sendable, Hashable {
  /// What responses begin from, in turn.
  public let prompts: [String]
  /// Most tokens of a response.
  public let tokens: Int
  /// Texts that end a response.
  public let stop: [String]

  /// - Throws: `invalidSetting` for no prompts, an empty one, or no tokens.
  public init(prompts: [String], tokens: Int, stop: [String] = []) throws(CoreError) {
    guard !prompts.isEmpty, !prompts.contains("") else {
      throw .invalidSetting(
        name: "prompts", value: .list(prompts.map(Setting.string)),
        expected: "a list of texts, none of them empty")
    }
    guard tokens > 0 else {
      throw .invalidSetting(
        name: "tokens", value: .integer(tokens), expected: "an integer from 1 up")
    }
    self.prompts = prompts
    self.tokens = tokens
    self.stop = stop
  }
}
